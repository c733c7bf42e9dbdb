package io.backstay;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When a call that takes long is sent a second time, to another instance, the first answer winning. Off by default. Only what
 * may be retried is ever hedged. By default a hedge goes out once the call has taken longer than 95 % of the recent ones (at
 * least 1 ms), one for a call, and at most 5 for a hundred calls. Immutable.
 */
public final class HedgePolicy {

    private static final HedgePolicy OFF = new HedgePolicy(builder(), false);
    private static final HedgePolicy DEFAULT = builder().build();

    private final boolean enabled;
    private final @Nullable Duration fixedDelay;
    private final double percentile;
    private final Duration minDelay;
    private final int maxExtraAttempts;
    private final double budgetPercent;

    private HedgePolicy(Builder builder, boolean enabled) {
        this.enabled = enabled;
        this.fixedDelay = builder.fixedDelay;
        this.percentile = builder.percentile;
        this.minDelay = builder.minDelay;
        this.maxExtraAttempts = builder.maxExtraAttempts;
        this.budgetPercent = builder.budgetPercent;
    }

    /** No hedges. */
    public static HedgePolicy off() {
        return OFF;
    }

    /** On, as described above. */
    public static HedgePolicy standard() {
        return DEFAULT;
    }

    /** Starts from {@link #standard()}. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts from this policy; what it builds is on, even when this one is off. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.fixedDelay = fixedDelay;
        builder.percentile = percentile;
        builder.minDelay = minDelay;
        builder.maxExtraAttempts = maxExtraAttempts;
        builder.budgetPercent = budgetPercent;
        return builder;
    }

    /** Whether there are hedges at all. */
    public boolean enabled() {
        return enabled;
    }

    /** The delay before a hedge, where it does not follow the latencies. */
    public Optional<Duration> fixedDelay() {
        return Optional.ofNullable(fixedDelay);
    }

    /** Which percentile of the recent latencies is the delay, where it is not fixed. */
    public double percentile() {
        return percentile;
    }

    /** The least delay, whatever the latencies. */
    public Duration minDelay() {
        return minDelay;
    }

    /** How many hedges one call gets. */
    public int maxExtraAttempts() {
        return maxExtraAttempts;
    }

    /** The budget of all hedges of a service: a share of its calls, without a floor. */
    public RetryBudgetPolicy budget() {
        return RetryBudgetPolicy.builder()
                .percent(budgetPercent)
                .minPerSecond(0)
                .build();
    }

    @Override
    public String toString() {
        return enabled
                ? "HedgePolicy[after " + (fixedDelay != null ? fixedDelay : "p" + percentile + ", at least " + minDelay)
                        + ", " + maxExtraAttempts + " a call, " + budgetPercent + " % of calls]"
                : "HedgePolicy[off]";
    }

    /** Builds a {@link HedgePolicy}. Not thread-safe. */
    public static final class Builder {

        private @Nullable Duration fixedDelay;
        private double percentile = Settings.HEDGE_PERCENTILE.defaultValue();
        private Duration minDelay = Settings.HEDGE_MIN_DELAY.defaultValue();
        private int maxExtraAttempts = Settings.HEDGE_MAX_EXTRA_ATTEMPTS.defaultValue();
        private double budgetPercent = Settings.HEDGE_BUDGET_PERCENT.defaultValue();

        private Builder() {}

        /** Always after this delay; 1 ms to 1 h. */
        public Builder fixedDelay(Duration delay) {
            this.fixedDelay = Settings.HEDGE_DELAY.check(delay);
            return this;
        }

        /** After this percentile of the recent latencies; 50 to 99.9, default 95. */
        public Builder percentile(double percentile) {
            this.percentile = Settings.HEDGE_PERCENTILE.check(percentile);
            this.fixedDelay = null;
            return this;
        }

        /** The least delay that the percentile may give; 1 ms to 1 h, default 1 ms. */
        public Builder minDelay(Duration delay) {
            this.minDelay = Settings.HEDGE_MIN_DELAY.check(delay);
            return this;
        }

        /** How many hedges one call gets; 1 to 5, default 1. */
        public Builder maxExtraAttempts(int attempts) {
            this.maxExtraAttempts = Settings.HEDGE_MAX_EXTRA_ATTEMPTS.check(attempts);
            return this;
        }

        /** Hedges for each hundred calls of the service; 0 to 100, default 5. */
        public Builder budgetPercent(double percent) {
            this.budgetPercent = Settings.HEDGE_BUDGET_PERCENT.check(percent);
            return this;
        }

        /** The policy, switched on. */
        public HedgePolicy build() {
            return new HedgePolicy(this, true);
        }
    }
}
