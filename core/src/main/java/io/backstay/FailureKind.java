package io.backstay;

/**
 * Why a call or an attempt failed. {@link #isTransient()} tells whether the same call may well succeed later;
 * {@link #wasNeverSent()} whether it is certain that the server saw nothing of it.
 */
public enum FailureKind {
    /** The host's name could not be resolved. */
    UNKNOWN_HOST("unknown host", true, true),
    /** The connection was refused or the host could not be reached. */
    CONNECT_FAILED("connection failed", true, true),
    /** No connection came about in time. */
    CONNECT_TIMEOUT("connection timed out", true, true),
    /** The TLS handshake failed: wrong host name, unknown issuer, expired certificate. */
    TLS_FAILED("TLS handshake failed", false, true),
    /** The connection was lost before the whole response had been read. */
    CONNECTION_LOST("connection lost", true, false),
    /** The peer does not speak HTTP as it should. */
    PROTOCOL_ERROR("protocol error", false, false),
    /** The response is larger than the policy allows. */
    RESPONSE_TOO_LARGE("response too large", false, false),
    /** The whole response was not there in time. */
    TIMEOUT("timed out", true, false),
    /** A guard refused the call: an open breaker, a limit, a shut-down, no instance to call. */
    REJECTED("rejected", true, true),
    /** The server answered with an error status. */
    STATUS("error status", false, false),
    /** The body of the response could not be decoded. */
    UNDECODABLE("body not decodable", false, false),
    /** The caller gave up. */
    CANCELLED("cancelled", false, false),
    /** Anything else that a transport, an interceptor or a codec threw. */
    UNEXPECTED("unexpected failure", false, false);

    private final String words;
    private final boolean isTransient;
    private final boolean neverSent;

    FailureKind(String words, boolean isTransient, boolean neverSent) {
        this.words = words;
        this.isTransient = isTransient;
        this.neverSent = neverSent;
    }

    /** Whether the same call may succeed later, by this kind alone; a status decides for {@link #STATUS}. */
    public boolean isTransient() {
        return isTransient;
    }

    /** Whether a failure of this kind always means that the server saw nothing of the request. */
    public boolean wasNeverSent() {
        return neverSent;
    }

    /** The kind in words, as log lines have it. */
    public String words() {
        return words;
    }
}
