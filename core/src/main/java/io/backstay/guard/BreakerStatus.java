package io.backstay.guard;

import java.time.Duration;

/**
 * A circuit breaker as it stood at one moment.
 *
 * @param state the state
 * @param inStateFor since when
 * @param calls how many calls the window holds; 0 unless closed
 * @param failures how many of them failed
 * @param consecutiveFailures how many failed in a row up to now
 * @param retryAfter how long it will go on refusing
 */
public record BreakerStatus(
        BreakerState state,
        Duration inStateFor,
        int calls,
        int failures,
        int consecutiveFailures,
        Duration retryAfter) {

    /** The share of failed calls in the window, in percent; 0 while it is empty. */
    public double failureRate() {
        return calls == 0 ? 0 : 100.0 * failures / calls;
    }
}
