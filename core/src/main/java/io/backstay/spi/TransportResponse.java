package io.backstay.spi;

import io.backstay.Headers;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * What came back. Immutable; the octets of a buffered body must not be changed, the stream of a streamed one belongs to who
 * got the response, who closes it.
 */
public final class TransportResponse {

    private static final byte[] NOTHING = new byte[0];

    private final int status;
    private final Headers headers;
    private final byte[] body;
    private final @Nullable InputStream stream;

    /** Status, fields, and the body's octets as they arrived: empty where there is no body. */
    public TransportResponse(int status, Headers headers, byte[] body) {
        this(status, headers, body, null);
    }

    private TransportResponse(int status, Headers headers, byte[] body, @Nullable InputStream stream) {
        this.status = status;
        this.headers = headers;
        this.body = body;
        this.stream = stream;
    }

    /** Status, fields, and a body that is still on its way: see {@link TransportCall} for what its stream must do. */
    public static TransportResponse streamed(int status, Headers headers, InputStream stream) {
        return new TransportResponse(status, headers, NOTHING, stream);
    }

    /** The status code. */
    public int status() {
        return status;
    }

    /** The header fields. */
    public Headers headers() {
        return headers;
    }

    /** The body's octets; empty where there is no body, or where it is streamed. */
    public byte[] body() {
        return body;
    }

    /** The body as it arrives, at its end at once where there is none; null where it is buffered. */
    public @Nullable InputStream stream() {
        return stream;
    }

    @Override
    public String toString() {
        return "status " + status + (stream == null ? ", " + body.length + " B" : ", streamed");
    }
}
