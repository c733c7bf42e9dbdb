package io.backstay.guard;

/** What a circuit breaker does with calls. */
public enum BreakerState {
    /** Lets all through. */
    CLOSED,
    /** Refuses all for a while. */
    OPEN,
    /** Lets a probe through to see whether the service is back. */
    HALF_OPEN
}
