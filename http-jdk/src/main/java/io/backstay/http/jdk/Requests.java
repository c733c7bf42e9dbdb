package io.backstay.http.jdk;

import io.backstay.FailureKind;
import io.backstay.ProxySettings;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportRequest;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Turns our request into the client's. */
final class Requests {

    /**
     * The client's timer counts in milliseconds and may be early by two; it must not be earlier than ours, since it
     * reports a head or a body that it cuts off as a lost connection.
     */
    private static final Duration CLIENT_TIMER_DELAY = Duration.ofMillis(5);

    private Requests() {}

    /**
     * The client's request, with a timeout of its own only where asked, and with this body, if any, in place of octets.
     *
     * @throws ExchangeException when the client refuses it; nothing was sent
     */
    static HttpRequest of(
            TransportRequest request,
            @Nullable BodyPublisher streamed,
            HttpVersion version,
            @Nullable ProxySettings proxy,
            boolean timed)
            throws ExchangeException {
        boolean secure = "https".equals(request.instance().baseUri().getScheme());
        String[] part = {"the address"};
        try {
            HttpRequest.Builder builder = HttpRequest.newBuilder(request.uri()).version(version.forRequest(secure));
            request.headers().forEach((name, value) -> {
                part[0] = name;
                builder.header(name, value);
            });
            if (proxy != null && !request.headers().contains(ProxyPassword.FIELD)) {
                part[0] = ProxyPassword.FIELD;
                ProxyPassword.forRequestTo(request.instance(), proxy)
                        .ifPresent(value -> builder.header(ProxyPassword.FIELD, value));
            }
            if (timed) {
                builder.timeout(request.timeout().plus(CLIENT_TIMER_DELAY));
            }
            part[0] = "the method";
            return withMethod(builder, request, streamed).build();
        } catch (IllegalArgumentException e) {
            // Its message may hold a header's value or the path, so it goes no further.
            throw new ExchangeException(
                    FailureKind.UNEXPECTED,
                    false,
                    "the JDK's client refuses " + part[0] + " of the request to "
                            + request.instance().address(),
                    null);
        }
    }

    /** GET and DELETE without a body say nothing of a length this way (on JDK 17 they say that it is 0 all the same). */
    private static HttpRequest.Builder withMethod(
            HttpRequest.Builder builder, TransportRequest request, @Nullable BodyPublisher streamed) {
        if (streamed != null) {
            return builder.method(request.method(), streamed);
        }
        byte[] body = request.body();
        if (body == null && request.method().equals("GET")) {
            return builder.GET();
        }
        if (body == null && request.method().equals("DELETE")) {
            return builder.DELETE();
        }
        BodyPublisher publisher = body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body);
        return builder.method(request.method(), publisher);
    }
}
