package io.backstay;

import java.time.Duration;
import java.util.function.IntPredicate;

/**
 * When a circuit breaker opens and for how long. Immutable.
 *
 * <p>It opens when the share of failed calls in the window reaches the failure rate, once the window holds enough calls;
 * below that number, when so many calls in a row have failed. Presets: {@link #rate()}, {@link #consecutive()},
 * {@link #disabled()}.
 */
public final class CircuitBreakerPolicy {

    private static final CircuitBreakerPolicy RATE = builder().build();
    private static final CircuitBreakerPolicy CONSECUTIVE =
            builder().withoutFailureRate().openTime(Duration.ofSeconds(60)).build();
    private static final CircuitBreakerPolicy DISABLED = builder().disabled().build();

    private final boolean enabled;
    private final boolean usesFailureRate;
    private final double failureRate;
    private final int minimumCalls;
    private final int consecutiveFailures;
    private final Duration window;
    private final Duration openTime;
    private final Duration probeWait;
    private final IntPredicate failureStatus;

    private CircuitBreakerPolicy(Builder builder) {
        this.enabled = builder.enabled;
        this.usesFailureRate = builder.usesFailureRate;
        this.failureRate = builder.failureRate;
        this.minimumCalls = builder.minimumCalls;
        this.consecutiveFailures = builder.consecutiveFailures;
        this.window = builder.window;
        this.openTime = builder.openTime;
        this.probeWait = builder.probeWait;
        this.failureStatus = builder.failureStatus;
    }

    /** 50 % of at least 20 calls in 10 s, or 5 in a row below that; open for 30 s. The default. */
    public static CircuitBreakerPolicy rate() {
        return RATE;
    }

    /** 5 failures in a row, whatever the rate; open for 60 s. */
    public static CircuitBreakerPolicy consecutive() {
        return CONSECUTIVE;
    }

    /** Never opens. */
    public static CircuitBreakerPolicy disabled() {
        return DISABLED;
    }

    /** Starts from {@link #rate()}. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts from this policy. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.enabled = enabled;
        builder.usesFailureRate = usesFailureRate;
        builder.failureRate = failureRate;
        builder.minimumCalls = minimumCalls;
        builder.consecutiveFailures = consecutiveFailures;
        builder.window = window;
        builder.openTime = openTime;
        builder.probeWait = probeWait;
        builder.failureStatus = failureStatus;
        return builder;
    }

    /** Whether there is a breaker at all. */
    public boolean enabled() {
        return enabled;
    }

    /** Whether the failure rate counts, and not only failures in a row. */
    public boolean usesFailureRate() {
        return usesFailureRate;
    }

    /** The failure rate in percent at which it opens, where it counts. */
    public double failureRate() {
        return failureRate;
    }

    /** How many calls the window must hold before the rate counts. */
    public int minimumCalls() {
        return minimumCalls;
    }

    /** How many failures in a row open it. */
    public int consecutiveFailures() {
        return consecutiveFailures;
    }

    /** How far back it looks. */
    public Duration window() {
        return window;
    }

    /** How long it stays open before a probe. */
    public Duration openTime() {
        return openTime;
    }

    /** How long it waits for a probe's outcome before it lets another through. */
    public Duration probeWait() {
        return probeWait;
    }

    /** Whether an answer of this status counts as a failure. */
    public boolean isFailure(int status) {
        return failureStatus.test(status);
    }

    @Override
    public String toString() {
        return enabled
                ? "CircuitBreakerPolicy["
                        + (usesFailureRate ? failureRate + " % of " + minimumCalls + " in " + window + ", " : "")
                        + consecutiveFailures + " in a row, open " + openTime + "]"
                : "CircuitBreakerPolicy[disabled]";
    }

    /** Builds a {@link CircuitBreakerPolicy}. Not thread-safe. */
    public static final class Builder {

        private boolean enabled = true;
        private boolean usesFailureRate = true;
        private double failureRate = Settings.BREAKER_FAILURE_RATE.defaultValue();
        private int minimumCalls = Settings.BREAKER_MINIMUM_CALLS.defaultValue();
        private int consecutiveFailures = Settings.BREAKER_CONSECUTIVE_FAILURES.defaultValue();
        private Duration window = Settings.BREAKER_WINDOW.defaultValue();
        private Duration openTime = Settings.BREAKER_OPEN_TIME.defaultValue();
        private Duration probeWait = Settings.BREAKER_PROBE_WAIT.defaultValue();
        private IntPredicate failureStatus = status -> status >= 500;

        private Builder() {}

        /** Opens at this share of failed calls, in percent; above 0 to 100, default 50. */
        public Builder failureRate(double percent) {
            this.failureRate = Settings.BREAKER_FAILURE_RATE.check(percent);
            this.usesFailureRate = true;
            return this;
        }

        /** Counts failures in a row only, whatever their rate. */
        public Builder withoutFailureRate() {
            this.usesFailureRate = false;
            return this;
        }

        /** How many calls the window must hold before the rate counts; default 20. */
        public Builder minimumCalls(int calls) {
            this.minimumCalls = Settings.BREAKER_MINIMUM_CALLS.check(calls);
            return this;
        }

        /** How many failures in a row open it; default 5. */
        public Builder consecutiveFailures(int failures) {
            this.consecutiveFailures = Settings.BREAKER_CONSECUTIVE_FAILURES.check(failures);
            return this;
        }

        /** How far back it looks; 100 ms to 1 h, default 10 s. */
        public Builder window(Duration length) {
            this.window = Settings.BREAKER_WINDOW.check(length);
            return this;
        }

        /** How long it stays open before a probe; default 30 s. */
        public Builder openTime(Duration time) {
            this.openTime = Settings.BREAKER_OPEN_TIME.check(time);
            return this;
        }

        /** How long it waits for a probe's outcome before it lets another through; default 30 s. */
        public Builder probeWait(Duration time) {
            this.probeWait = Settings.BREAKER_PROBE_WAIT.check(time);
            return this;
        }

        /** Which statuses count as failures; by default 500 and above. */
        public Builder failureStatus(IntPredicate predicate) {
            this.failureStatus = Require.nonNull("breaker failureStatus", predicate);
            return this;
        }

        private Builder disabled() {
            this.enabled = false;
            return this;
        }

        /** The policy. */
        public CircuitBreakerPolicy build() {
            return new CircuitBreakerPolicy(this);
        }
    }
}
