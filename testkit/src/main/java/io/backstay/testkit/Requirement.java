package io.backstay.testkit;

/** A demand of {@link HttpTransportContract} that a transport over a foreign client may be unable to meet. */
public enum Requirement {
    /** After a response that is not HTTP the connection is closed. */
    CLOSES_AFTER_PROTOCOL_ERROR
}
