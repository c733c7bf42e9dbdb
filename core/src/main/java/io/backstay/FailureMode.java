package io.backstay;

/** What a failed call is to its caller, once the fallbacks of its request have been asked. */
public enum FailureMode {
    /** A failure, unless a fallback of the request has answered. The default. */
    STANDARD,
    /** A failure, whatever fallbacks the request has: where a made-up answer would do harm, as for payments and permissions. */
    FAIL_CLOSED,
    /**
     * Nothing: while the service is unavailable, or answers with a status of 500 or above, 408 or 429, the answer is empty, for callers
     * that can do without. Empty is what has no
     * content in the type that is wanted: an {@code Optional}, a collection, a map, an array, a {@code String}; for {@code Void}
     * it is null. Of other types there is no such value, and the failure stays.
     */
    FAIL_OPEN,
    /**
     * Nothing, whatever the failure: as {@code FAIL_OPEN}, but also when the service has refused or cannot be understood. Only a call that
     * was cancelled fails.
     */
    BEST_EFFORT
}
