package io.backstay.spi;

import io.backstay.Headers;

/** What came back. Immutable; the octets of the body must not be changed. */
public final class TransportResponse {

    private final int status;
    private final Headers headers;
    private final byte[] body;

    /** Status, fields, and the body's octets as they arrived: empty where there is no body. */
    public TransportResponse(int status, Headers headers, byte[] body) {
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    /** The status code. */
    public int status() {
        return status;
    }

    /** The header fields. */
    public Headers headers() {
        return headers;
    }

    /** The body's octets; empty where there is no body. */
    public byte[] body() {
        return body;
    }

    @Override
    public String toString() {
        return "status " + status + ", " + body.length + " B";
    }
}
