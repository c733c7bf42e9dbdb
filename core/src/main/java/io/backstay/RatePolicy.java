package io.backstay;

/**
 * How many calls a service gets in a time: a bucket of {@link #burst} tokens, filled steadily with {@link #perSecond}. Immutable.
 *
 * <p>The bucket is shared by priority. Each leaves the last tokens to those above it: {@link Priority#CRITICAL} none,
 * {@link Priority#HIGH} 10 % of the bucket, {@link Priority#NORMAL} 25 %, {@link Priority#LOW} 50 %, each rounded down, so that
 * a bucket of one token serves all. When the demand is greater than the rate, the less important are refused first.
 */
public final class RatePolicy {

    private static final RatePolicy UNLIMITED = new RatePolicy(builder(), false);

    private final boolean enabled;
    private final double perSecond;
    private final int burst;
    private final int maxWaiting;

    private RatePolicy(Builder builder, boolean enabled) {
        this.enabled = enabled;
        this.perSecond = builder.perSecond;
        this.burst = builder.burst;
        this.maxWaiting = builder.maxWaiting;
    }

    /** No limit. */
    public static RatePolicy unlimited() {
        return UNLIMITED;
    }

    /** So many a second, in bursts of at most a second's worth (at least 1). */
    public static RatePolicy perSecond(double calls) {
        Builder builder = builder().perSecond(calls);
        return builder.burst(Math.max(1, (int) calls)).build();
    }

    /** Starts from the defaults: 100 a second, bursts of 100. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts from this policy; what it builds has a limit, even when this one has none. */
    public Builder toBuilder() {
        return new Builder().perSecond(perSecond).burst(burst).maxWaiting(maxWaiting);
    }

    /** Whether there is a limit at all. */
    public boolean enabled() {
        return enabled;
    }

    /** Tokens per second. */
    public double perSecond() {
        return perSecond;
    }

    /** How many tokens the bucket holds. */
    public int burst() {
        return burst;
    }

    /** How many callers may wait for a token at once. */
    public int maxWaiting() {
        return maxWaiting;
    }

    /** How many tokens a priority leaves to those above it. */
    public int leftByPriority(Priority priority) {
        int percent = switch (priority) {
            case CRITICAL -> 0;
            case HIGH -> 10;
            case NORMAL -> 25;
            case LOW -> 50;
        };
        return (int) (burst * (long) percent / 100);
    }

    @Override
    public String toString() {
        return enabled
                ? "RatePolicy[" + perSecond + "/s, burst " + burst + ", " + maxWaiting + " waiting]"
                : "RatePolicy[unlimited]";
    }

    /** Builds a {@link RatePolicy}. Not thread-safe. */
    public static final class Builder {

        private double perSecond = Settings.RATE_PER_SECOND.defaultValue();
        private int burst = Settings.RATE_BURST.defaultValue();
        private int maxWaiting = Settings.RATE_MAX_WAITING.defaultValue();

        private Builder() {}

        /** Tokens per second; 0.001 to 1,000,000, default 100. */
        public Builder perSecond(double tokens) {
            this.perSecond = Settings.RATE_PER_SECOND.check(tokens);
            return this;
        }

        /** How many tokens the bucket holds; 1 to 1,000,000, default 100. With 1, calls are spaced evenly. */
        public Builder burst(int tokens) {
            this.burst = Settings.RATE_BURST.check(tokens);
            return this;
        }

        /** How many callers may wait for a token at once; 0 to 10,000, default 100. */
        public Builder maxWaiting(int callers) {
            this.maxWaiting = Settings.RATE_MAX_WAITING.check(callers);
            return this;
        }

        /** The policy. */
        public RatePolicy build() {
            return new RatePolicy(this, true);
        }
    }
}
