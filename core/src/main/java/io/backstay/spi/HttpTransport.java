package io.backstay.spi;

import java.util.Set;

/**
 * Makes single HTTP exchanges and nothing more: it never retries, follows redirects, caches, authenticates or knows a
 * policy. Thread-safe. {@code HttpTransportContract} in {@code backstay-testkit} tells whether an implementation is right.
 */
public interface HttpTransport extends AutoCloseable {

    /** What a transport can do, or does of its own accord. */
    enum Capability {
        /** Speaks HTTP/2. */
        HTTP_2,
        /** May send a request of a safe method a second time by itself when the connection is lost under it. */
        MAY_RESEND_SAFE_METHODS
    }

    /** What this transport can do. */
    Set<Capability> capabilities();

    /** An exchange that is ready to be made, once. Sends nothing yet and does not block. */
    TransportCall newCall(TransportRequest request);

    /**
     * Frees what the transport holds; exchanges still running fail as cancelled. May be called twice.
     */
    @Override
    void close();
}
