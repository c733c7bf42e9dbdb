package io.backstay.http.okhttp;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportRequest;
import java.util.List;
import java.util.Set;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/** Turns our request into OkHttp's. */
final class Requests {

    static final String ACCEPT_ENCODING = "Accept-Encoding";
    static final String IDENTITY = "identity";

    /** What the JDK's client refuses too, and one more, by which a request could lie about where its body ends. */
    private static final List<String> OURS =
            List.of("Connection", "Content-Length", "Expect", "Host", "Transfer-Encoding", "Upgrade");

    /** OkHttp wants a body with these. */
    private static final Set<String> NEVER_WITHOUT_BODY =
            Set.of("POST", "PUT", "PATCH", "PROPPATCH", "QUERY", "REPORT");

    private static final RequestBody NOTHING = RequestBody.create(new byte[0], null);

    private Requests() {}

    /**
     * OkHttp's request, tagged with what its interceptors are to know, with the body that is streamed out, if any.
     *
     * @throws ExchangeException when it cannot be sent as it is; nothing was sent
     */
    static Request of(TransportRequest request, Addresses addresses, Wire wire, @Nullable StreamedBody streamed)
            throws ExchangeException {
        HttpUrl url = addresses.of(request);
        if (url == null) {
            throw refused(request, "it reads another address out of it: its path has dot segments or is not encoded");
        }
        Request.Builder builder =
                new Request.Builder().url(url).headers(headers(request)).tag(Wire.class, wire);
        try {
            return builder.method(request.method(), streamed == null ? buffered(request) : streamed)
                    .build();
        } catch (IllegalArgumentException e) {
            boolean bodiless = request.body() == null && streamed == null;
            throw refused(request, "of its method " + request.method() + (bodiless ? "" : " with a body"));
        }
    }

    private static Headers headers(TransportRequest request) throws ExchangeException {
        Headers.Builder builder = new Headers.Builder();
        for (String name : OURS) {
            if (request.headers().contains(name)) {
                throw refused(request, "of the header field " + name + ", which is its own");
            }
        }
        try {
            request.headers().forEach(builder::add);
        } catch (IllegalArgumentException e) {
            // Its message holds the value.
            throw refused(request, "of a header field");
        }
        if (!request.headers().contains(ACCEPT_ENCODING)) {
            builder.add(ACCEPT_ENCODING, IDENTITY);
        }
        return builder.build();
    }

    private static @Nullable RequestBody buffered(TransportRequest request) {
        byte[] octets = request.body();
        if (octets != null) {
            // Without a media type: OkHttp would put its own Content-Type in place of ours.
            return RequestBody.create(octets, null);
        }
        return NEVER_WITHOUT_BODY.contains(request.method()) ? NOTHING : null;
    }

    private static ExchangeException refused(TransportRequest request, String because) {
        return new ExchangeException(
                FailureKind.UNEXPECTED,
                false,
                "OkHttp cannot send the request to " + request.instance().address() + " because " + because,
                null);
    }
}
