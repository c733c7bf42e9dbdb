package io.backstay.testkit;

/** A demand of {@link HttpTransportContract} that a transport over a foreign client may be unable to meet. */
public enum Requirement {
    /** After a response that is not HTTP the connection of an exchange that blocks is closed; of one that does not, always. */
    CLOSES_AFTER_PROTOCOL_ERROR,
    /** A head that is cut off is told from one that is wrong. */
    TELLS_CUT_OFF_HEADS,
    /** Trust and identity come from {@link io.backstay.spi.ProviderContext#tls()}, not from a client set up elsewhere. */
    TLS_BY_SETTINGS,
    /** The proxy comes from {@link io.backstay.spi.ProviderContext#proxy()}, not from a client set up elsewhere. */
    PROXY_BY_SETTINGS,
    /** A proxy that wants a password is given it before it opens a tunnel, with nothing set for the whole JVM. */
    PASSWORD_FOR_TUNNEL,
    /** What an HTTP/2 server has begun to process comes to its end after the server's GOAWAY. */
    COMPLETES_AFTER_GOAWAY,
    /**
     * A response is refused when its status, a header field or a chunk's size is malformed in a way that misleads nobody about
     * where it ends; one that does mislead is always to be refused.
     */
    REFUSES_MALFORMED_RESPONSES,
    /** A chunk that is longer than it says fails the response. */
    CHECKS_CHUNK_ENDS,
    /** What arrives behind a whole response, before another was asked for, is not the answer to the next request. */
    DROPS_WHAT_NOBODY_ASKED_FOR,
    /** A request has no header fields but the caller's, those of HTTP, and User-Agent. */
    ADDS_NO_FIELDS,
    /** A server that agrees to HTTP/2 and does not greet by it fails the exchange before its time is up. */
    NOTICES_FALSE_GREETING
}
