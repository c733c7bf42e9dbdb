package io.backstay.http.jdk;

import io.backstay.FailureKind;
import io.backstay.ProxySettings;
import io.backstay.spi.BodyMode;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportRequest;
import java.net.URI;
import java.net.http.HttpClient;
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

    /** What the client sends of an array at a time. */
    private static final int PIECE_BYTES = 16 * 1024;

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
                refuseFraming(name);
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

    /** The client refuses the other fields that are its own, but lets this one say that the body ends elsewhere. */
    private static void refuseFraming(String name) {
        if (name.equalsIgnoreCase("Transfer-Encoding")) {
            throw new IllegalArgumentException();
        }
    }

    /**
     * Whether nothing of its exchange can block or takes long: HTTP/1.1 in cleartext, so no handshake; an address that needs no
     * look-up, which the client would do once more before it resends; no user's stream to be read or written; a body that is
     * sent in one piece.
     */
    static boolean isPlain(TransportRequest request, HttpVersion version, @Nullable ProxySettings proxy) {
        URI address = request.instance().baseUri();
        return proxy == null
                && "http".equals(address.getScheme())
                && version.forRequest(false) == HttpClient.Version.HTTP_1_1
                && request.bodySource() == null
                && isShort(request.body())
                && request.responseMode() == BodyMode.BUFFERED
                && needsNoLookUp(address.getHost());
    }

    private static boolean isShort(byte @Nullable [] body) {
        return body == null || body.length <= PIECE_BYTES;
    }

    /** Of four numbers, or in brackets. */
    private static boolean needsNoLookUp(String host) {
        if (host.startsWith("[")) {
            return true;
        }
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c != '.' && (c < '0' || c > '9')) {
                return false;
            }
        }
        return true;
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
