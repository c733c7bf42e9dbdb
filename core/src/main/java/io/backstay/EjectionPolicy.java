package io.backstay;

import java.time.Duration;

/**
 * When an instance is left out for a while for what its attempts came to. Immutable.
 *
 * <p>It is ejected after so many failures in a row, or when its success rate is an outlier among those of its peers: below their mean less
 * so many standard deviations of all of them, and by five points at least. Each time for longer, up to the longest; the count sinks by
 * one with each minute that it does well. Never more than the greatest share is ejected, and one is always kept. A failure that an
 * endpoint has on most instances tells nothing of a single one; an instance that fails at one endpoint and does well elsewhere is avoided
 * for that endpoint alone. A passed health check ends an ejection.
 */
public final class EjectionPolicy {

    private static final EjectionPolicy DEFAULT = builder().build();
    private static final EjectionPolicy OFF = new EjectionPolicy(builder(), false);

    private final boolean enabled;
    private final int consecutiveFailures;
    private final double deviations;
    private final int minimumInstances;
    private final int minimumCalls;
    private final Duration time;
    private final Duration maxTime;
    private final double maxPercent;

    private EjectionPolicy(Builder builder, boolean enabled) {
        this.enabled = enabled;
        this.consecutiveFailures = builder.consecutiveFailures;
        this.deviations = builder.deviations;
        this.minimumInstances = builder.minimumInstances;
        this.minimumCalls = builder.minimumCalls;
        this.time = builder.time;
        this.maxTime = builder.maxTime;
        this.maxPercent = builder.maxPercent;
    }

    /** 5 failures in a row, or 1.9 deviations below the mean of 5 instances with 100 calls each; 30 s to 5 min, at most half. */
    public static EjectionPolicy standard() {
        return DEFAULT;
    }

    /** No instance is ever ejected. */
    public static EjectionPolicy off() {
        return OFF;
    }

    /** Starts from {@link #standard()}. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts from this policy; what it builds is on, even when this one is off. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.consecutiveFailures = consecutiveFailures;
        builder.deviations = deviations;
        builder.minimumInstances = minimumInstances;
        builder.minimumCalls = minimumCalls;
        builder.time = time;
        builder.maxTime = maxTime;
        builder.maxPercent = maxPercent;
        return builder;
    }

    /** Whether instances are ejected at all. */
    public boolean enabled() {
        return enabled;
    }

    /** After how many failures in a row. */
    public int consecutiveFailures() {
        return consecutiveFailures;
    }

    /** How many standard deviations below the mean a success rate is an outlier; 0 where rates do not count. */
    public double deviations() {
        return deviations;
    }

    /** How many instances must have enough calls before rates count. */
    public int minimumInstances() {
        return minimumInstances;
    }

    /** How many calls an instance must have had before its rate counts. */
    public int minimumCalls() {
        return minimumCalls;
    }

    /** How long the first ejection lasts; the second twice as long, and so on. */
    public Duration time() {
        return time;
    }

    /** How long an ejection lasts at most. */
    public Duration maxTime() {
        return maxTime;
    }

    /** The greatest share of instances that is ejected at a time, in percent. */
    public double maxPercent() {
        return maxPercent;
    }

    @Override
    public String toString() {
        return enabled
                ? "EjectionPolicy[" + consecutiveFailures + " in a row, " + deviations + " deviations of "
                        + minimumInstances + " instances with " + minimumCalls + " calls, " + time + " to " + maxTime
                        + ", at most " + maxPercent + " %]"
                : "EjectionPolicy[off]";
    }

    /** Builds an {@link EjectionPolicy}. Not thread-safe. */
    public static final class Builder {

        private int consecutiveFailures = Settings.EJECTION_CONSECUTIVE_FAILURES.defaultValue();
        private double deviations = Settings.EJECTION_DEVIATIONS.defaultValue();
        private int minimumInstances = Settings.EJECTION_MINIMUM_INSTANCES.defaultValue();
        private int minimumCalls = Settings.EJECTION_MINIMUM_CALLS.defaultValue();
        private Duration time = Settings.EJECTION_TIME.defaultValue();
        private Duration maxTime = Settings.EJECTION_MAX_TIME.defaultValue();
        private double maxPercent = Settings.EJECTION_MAX_PERCENT.defaultValue();

        private Builder() {}

        /** After how many failures in a row; 1 to 10,000, default 5. */
        public Builder consecutiveFailures(int number) {
            this.consecutiveFailures = Settings.EJECTION_CONSECUTIVE_FAILURES.check(number);
            return this;
        }

        /** How many standard deviations below the mean; 0 (rates do not count) to 10, default 1.9. */
        public Builder deviations(double number) {
            this.deviations = Settings.EJECTION_DEVIATIONS.check(number);
            return this;
        }

        /** Of how many instances at least; 3 to 100,000, default 5. */
        public Builder minimumInstances(int number) {
            this.minimumInstances = Settings.EJECTION_MINIMUM_INSTANCES.check(number);
            return this;
        }

        /** After how many calls of each, within a minute; 10 to 1,000,000, default 100. */
        public Builder minimumCalls(int number) {
            this.minimumCalls = Settings.EJECTION_MINIMUM_CALLS.check(number);
            return this;
        }

        /** How long the first ejection lasts; 1 ms to 1 day, default 30 s. */
        public Builder time(Duration time) {
            this.time = Settings.EJECTION_TIME.check(time);
            return this;
        }

        /** How long one lasts at most; 1 ms to 1 day, default 5 min, and never less than the first. */
        public Builder maxTime(Duration time) {
            this.maxTime = Settings.EJECTION_MAX_TIME.check(time);
            return this;
        }

        /** The greatest share ejected at a time; 0 to 100, default 50. */
        public Builder maxPercent(double percent) {
            this.maxPercent = Settings.EJECTION_MAX_PERCENT.check(percent);
            return this;
        }

        /** The policy, switched on. */
        public EjectionPolicy build() {
            return new EjectionPolicy(this, true);
        }
    }
}
