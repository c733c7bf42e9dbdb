package io.backstay.guard;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A circuit breaker as it stood at one moment. Immutable. */
public final class BreakerStatus {

    private final BreakerState state;
    private final Instant at;
    private final Duration inStateFor;
    private final BreakerCounts counts;
    private final Duration retryAfter;
    private final int timesOpened;
    private final @Nullable Duration meanTimeToRecovery;

    BreakerStatus(
            BreakerState state,
            Instant at,
            Duration inStateFor,
            BreakerCounts counts,
            Duration retryAfter,
            int timesOpened,
            @Nullable Duration meanTimeToRecovery) {
        this.state = state;
        this.at = at;
        this.inStateFor = inStateFor;
        this.counts = counts;
        this.retryAfter = retryAfter;
        this.timesOpened = timesOpened;
        this.meanTimeToRecovery = meanTimeToRecovery;
    }

    /** The state. */
    public BreakerState state() {
        return state;
    }

    /** How long it has been in it. */
    public Duration inStateFor() {
        return inStateFor;
    }

    /** Since when, by the wall clock. */
    public Instant since() {
        return at.minus(inStateFor);
    }

    /** What it has counted. */
    public BreakerCounts counts() {
        return counts;
    }

    /** How many calls the window holds. */
    public int calls() {
        return counts.calls();
    }

    /** How many of them failed. */
    public int failures() {
        return counts.failures();
    }

    /** How many calls failed in a row up to now. */
    public int consecutiveFailures() {
        return counts.consecutiveFailures();
    }

    /** The share of failed calls in the window, in percent; 0 while it is empty. */
    public double failureRate() {
        return counts.failureRate();
    }

    /** The share of slow calls, those that are still on their way included, in percent; 0 where there is none. */
    public double slowCallRate() {
        return counts.slowCallRate();
    }

    /** How long it will go on refusing; zero where it does not, or where only a hand can end it. */
    public Duration retryAfter() {
        return retryAfter;
    }

    /** When an open breaker lets the next probe through, by the wall clock; empty in other states. */
    public Optional<Instant> nextProbeAt() {
        return state == BreakerState.OPEN ? Optional.of(at.plus(retryAfter)) : Optional.empty();
    }

    /** How often it has opened, after probes that failed included. */
    public int timesOpened() {
        return timesOpened;
    }

    /** From the opening of a closed breaker to its closing, on average (MTTR); empty before the first recovery. */
    public Optional<Duration> meanTimeToRecovery() {
        return Optional.ofNullable(meanTimeToRecovery);
    }

    @Override
    public String toString() {
        return state + " for " + inStateFor + ", " + counts.failures() + " of " + counts.calls() + " calls failed";
    }
}
