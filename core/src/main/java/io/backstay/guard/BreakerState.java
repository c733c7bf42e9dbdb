package io.backstay.guard;

/** What a circuit breaker does with calls. */
public enum BreakerState {
    /** Lets calls through and watches how they end; during a recovery ramp a growing share of them. */
    CLOSED,
    /** Refuses all for a while. */
    OPEN,
    /** Lets a few probes through to see whether the service is back. */
    HALF_OPEN,
    /** Refuses all until somebody says otherwise. Set by hand only. */
    FORCED_OPEN,
    /** Lets all through and goes on counting, but never opens. Set by hand, or by a policy that is disabled. */
    DISABLED
}
