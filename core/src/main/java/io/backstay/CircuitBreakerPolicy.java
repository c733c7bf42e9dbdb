package io.backstay;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * When a circuit breaker opens and for how long. Immutable.
 *
 * <p>It opens when the share of failed calls in the window reaches the failure rate, once the window holds enough calls;
 * below that number, when so many calls in a row have failed; and when the share of slow calls reaches the slow-call rate, which by
 * default means that all of them are slow. The window is of time, or of the last so many calls. Presets: {@link #rate()},
 * {@link #consecutive()}, {@link #disabled()}.
 */
public final class CircuitBreakerPolicy {

    private static final CircuitBreakerPolicy RATE = builder().build();
    private static final CircuitBreakerPolicy CONSECUTIVE = builder()
            .withoutFailureRate()
            .withoutSlowCallRate()
            .openTime(Duration.ofSeconds(60))
            .followRetryAfter(false)
            .build();
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
    private final int lastCalls;
    private final boolean usesSlowCallRate;
    private final double slowCallRate;
    private final Duration slowCallTime;
    private final boolean growsOpenTime;
    private final Duration maxOpenTime;
    private final boolean followsRetryAfter;
    private final int probes;
    private final int probeSuccesses;
    private final boolean probesByHealthCheck;
    private final Duration ramp;
    private final boolean perEndpoint;

    private CircuitBreakerPolicy(Builder builder) {
        this.enabled = builder.enabled;
        this.usesFailureRate = builder.usesFailureRate;
        this.failureRate = builder.failureRate;
        this.minimumCalls = builder.minimumCallsOrDefault();
        this.consecutiveFailures = builder.consecutiveFailures;
        this.window = builder.window;
        this.openTime = builder.openTime;
        this.probeWait = builder.probeWait;
        this.failureStatus = builder.failureStatus;
        this.lastCalls = builder.lastCalls;
        this.usesSlowCallRate = builder.usesSlowCallRate;
        this.slowCallRate = builder.slowCallRate;
        this.slowCallTime = builder.slowCallTime;
        this.growsOpenTime = builder.growsOpenTime;
        this.followsRetryAfter = builder.followsRetryAfter;
        this.probes = builder.probes;
        this.probeSuccesses = builder.probeSuccesses;
        this.probesByHealthCheck = builder.probesByHealthCheck;
        this.ramp = builder.ramp;
        this.perEndpoint = builder.perEndpoint;
        this.maxOpenTime = builder.maxOpenTimeOrDefault();
    }

    /**
     * 50 % of at least 20 calls in 10 s failed, or 5 in a row below that, or all of them took 5 s and more; open for 30 s. The
     * default.
     */
    public static CircuitBreakerPolicy rate() {
        return RATE;
    }

    /** 5 failures in a row, whatever the rate and however slow; open for 60 s, whatever the server says. */
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
        builder.lastCalls = lastCalls;
        builder.usesSlowCallRate = usesSlowCallRate;
        builder.slowCallRate = slowCallRate;
        builder.slowCallTime = slowCallTime;
        builder.growsOpenTime = growsOpenTime;
        builder.maxOpenTime = maxOpenTime;
        builder.followsRetryAfter = followsRetryAfter;
        builder.probes = probes;
        builder.probeSuccesses = probeSuccesses;
        builder.probesByHealthCheck = probesByHealthCheck;
        builder.ramp = ramp;
        builder.perEndpoint = perEndpoint;
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

    /** How many calls it looks back on; empty where it looks back in time. */
    public OptionalInt lastCalls() {
        return lastCalls == 0 ? OptionalInt.empty() : OptionalInt.of(lastCalls);
    }

    /** Whether slow calls count. */
    public boolean usesSlowCallRate() {
        return usesSlowCallRate;
    }

    /** The share of slow calls in percent at which it opens, where it counts. */
    public double slowCallRate() {
        return slowCallRate;
    }

    /** How long an attempt may take before its call is slow. */
    public Duration slowCallTime() {
        return slowCallTime;
    }

    /** Whether each opening in a row lasts twice as long as the one before. */
    public boolean growsOpenTime() {
        return growsOpenTime;
    }

    /** The greatest open time, where it grows or the server sets it. */
    public Duration maxOpenTime() {
        return maxOpenTime;
    }

    /** Whether a server's {@code Retry-After} sets the open time. */
    public boolean followsRetryAfter() {
        return followsRetryAfter;
    }

    /** The longest that this policy can ever stay open at a time. */
    public Duration longestOpenTime() {
        return growsOpenTime || followsRetryAfter ? maxOpenTime : openTime;
    }

    /** How many probes it lets through at a time. */
    public int probes() {
        return probes;
    }

    /** How many probes must go well before it closes. */
    public int probeSuccesses() {
        return probeSuccesses;
    }

    /** Whether it waits for a health check to report, and not for a call, to see whether the service is back. */
    public boolean probesByHealthCheck() {
        return probesByHealthCheck;
    }

    /** How long admission grows after the service has recovered; zero for not at all. */
    public Duration ramp() {
        return ramp;
    }

    /** How long it stays open before a probe; the first time, where it grows. */
    public Duration openTime() {
        return openTime;
    }

    /** How long it waits for a probe's outcome before it lets another through. */
    public Duration probeWait() {
        return probeWait;
    }

    /** Whether each endpoint of a service, a method with a path template, has a breaker of its own. */
    public boolean perEndpoint() {
        return perEndpoint;
    }

    /** Whether an answer of this status counts as a failure. */
    public boolean isFailure(int status) {
        return failureStatus.test(status);
    }

    @Override
    public String toString() {
        return enabled
                ? "CircuitBreakerPolicy["
                        + (usesFailureRate
                                ? failureRate + " % of " + minimumCalls + " in "
                                        + (lastCalls == 0 ? window : lastCalls + " calls") + ", "
                                : "")
                        + consecutiveFailures + " in a row, open " + openTime + "]"
                : "CircuitBreakerPolicy[disabled]";
    }

    /** Builds a {@link CircuitBreakerPolicy}. Not thread-safe. */
    public static final class Builder {

        private boolean enabled = true;
        private boolean usesFailureRate = true;
        private double failureRate = Settings.BREAKER_FAILURE_RATE.defaultValue();
        private @Nullable Integer minimumCalls;
        private int consecutiveFailures = Settings.BREAKER_CONSECUTIVE_FAILURES.defaultValue();
        private Duration window = Settings.BREAKER_WINDOW.defaultValue();
        private Duration openTime = Settings.BREAKER_OPEN_TIME.defaultValue();
        private Duration probeWait = Settings.BREAKER_PROBE_WAIT.defaultValue();
        private IntPredicate failureStatus = status -> status >= 500;
        private int lastCalls;
        private boolean usesSlowCallRate = true;
        private double slowCallRate = Settings.BREAKER_SLOW_CALL_RATE.defaultValue();
        private Duration slowCallTime = Settings.BREAKER_SLOW_CALL_TIME.defaultValue();
        private boolean growsOpenTime;
        private @Nullable Duration maxOpenTime;
        private boolean followsRetryAfter = true;
        private int probes = Settings.BREAKER_PROBES.defaultValue();
        private int probeSuccesses = Settings.BREAKER_PROBE_SUCCESSES.defaultValue();
        private boolean probesByHealthCheck;
        private boolean perEndpoint;
        private Duration ramp = Settings.BREAKER_RAMP.defaultValue();

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

        /** How many calls the window must hold before a rate counts; default 20, or all of a window of fewer calls. */
        public Builder minimumCalls(int calls) {
            this.minimumCalls = Settings.BREAKER_MINIMUM_CALLS.check(calls);
            return this;
        }

        /** How many failures in a row open it; default 5. */
        public Builder consecutiveFailures(int failures) {
            this.consecutiveFailures = Settings.BREAKER_CONSECUTIVE_FAILURES.check(failures);
            return this;
        }

        /** Looks back in time, so far; 100 ms to 1 h, default 10 s. */
        public Builder window(Duration length) {
            this.window = Settings.BREAKER_WINDOW.check(length);
            this.lastCalls = 0;
            return this;
        }

        /** Looks back on so many calls, whenever they were; 1 to 50,000. */
        public Builder lastCalls(int calls) {
            this.lastCalls = Settings.BREAKER_LAST_CALLS.check(calls);
            return this;
        }

        /** Opens at this share of slow calls, in percent; above 0 to 100, default 100. */
        public Builder slowCallRate(double percent) {
            this.slowCallRate = Settings.BREAKER_SLOW_CALL_RATE.check(percent);
            this.usesSlowCallRate = true;
            return this;
        }

        /** Does not mind how slow calls are. */
        public Builder withoutSlowCallRate() {
            this.usesSlowCallRate = false;
            return this;
        }

        /**
         * How long an attempt may take before its call is slow; 1 ms to 1 h, default 5 s. One that takes no longer never is; what is longer is
         * found out to 0.3 ms.
         */
        public Builder slowCallTime(Duration time) {
            this.slowCallTime = Settings.BREAKER_SLOW_CALL_TIME.check(time);
            return this;
        }

        /** Each opening in a row lasts twice as long as the one before, and by chance up to a tenth more; off by default. */
        public Builder growOpenTime(boolean grow) {
            this.growsOpenTime = grow;
            return this;
        }

        /**
         * The greatest open time, where it grows or the server sets it; not below the open time; default 5 min, or the open time
         * where that is more.
         */
        public Builder maxOpenTime(Duration time) {
            this.maxOpenTime = Settings.BREAKER_MAX_OPEN_TIME.check(time);
            return this;
        }

        /** Whether a server's {@code Retry-After} sets the open time, within the greatest; default true. */
        public Builder followRetryAfter(boolean follow) {
            this.followsRetryAfter = follow;
            return this;
        }

        /** How many probes it lets through at a time; 1 to 100, default 1. */
        public Builder probes(int atATime) {
            this.probes = Settings.BREAKER_PROBES.check(atATime);
            return this;
        }

        /** How many probes must go well before it closes; 1 to 1,000, default 1. */
        public Builder probeSuccesses(int successes) {
            this.probeSuccesses = Settings.BREAKER_PROBE_SUCCESSES.check(successes);
            return this;
        }

        /**
         * Whether a half-open breaker waits for a health check to report, and not for a call; default false. Where none reports
         * within the wait for a probe, a call is let through all the same.
         */
        public Builder probeByHealthCheck(boolean healthCheck) {
            this.probesByHealthCheck = healthCheck;
            return this;
        }

        /** How long admission grows, from 10 % to 100 %, after the service has recovered; to 1 h, default zero: not at all. */
        public Builder ramp(Duration length) {
            this.ramp = Settings.BREAKER_RAMP.check(length);
            return this;
        }

        /**
         * Whether each endpoint of a service, a method with a path template, has a breaker of its own in place of one for all; false by
         * default. Where one is slow or broken by itself, the others go on.
         */
        public Builder perEndpoint(boolean each) {
            this.perEndpoint = each;
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

        private int minimumCallsOrDefault() {
            if (minimumCalls != null) {
                return minimumCalls;
            }
            int standard = Settings.BREAKER_MINIMUM_CALLS.defaultValue();
            return lastCalls == 0 ? standard : Math.min(standard, lastCalls);
        }

        private Duration maxOpenTimeOrDefault() {
            if (maxOpenTime != null) {
                return maxOpenTime;
            }
            Duration standard = Settings.BREAKER_MAX_OPEN_TIME.defaultValue();
            return openTime.compareTo(standard) > 0 ? openTime : standard;
        }

        /**
         * The policy.
         *
         * @throws ConfigurationException when the minimum of calls is more than the window of last calls can hold, or the greatest
         *     open time is below the open time
         */
        public CircuitBreakerPolicy build() {
            if (lastCalls != 0 && minimumCallsOrDefault() > lastCalls) {
                throw new ConfigurationException(Settings.BREAKER_MINIMUM_CALLS.name() + " cannot be " + minimumCalls
                        + "; allowed: from 1 to " + Settings.BREAKER_LAST_CALLS.name() + ", which is " + lastCalls);
            }
            if (maxOpenTimeOrDefault().compareTo(openTime) < 0) {
                throw new ConfigurationException(Settings.BREAKER_MAX_OPEN_TIME.name() + " cannot be " + maxOpenTime
                        + "; allowed: from " + Settings.BREAKER_OPEN_TIME.name() + ", which is " + openTime);
            }
            return new CircuitBreakerPolicy(this);
        }
    }
}
