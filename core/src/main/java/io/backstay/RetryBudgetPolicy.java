package io.backstay;

/**
 * How many retries a service gets on top of its calls, so that retries cannot multiply an overload: a share of the calls of the
 * last 10 seconds, plus a floor that does not depend on them. By default 20 % and 10 per second, as in Finagle. Immutable.
 */
public final class RetryBudgetPolicy {

    private static final RetryBudgetPolicy DEFAULT = builder().build();

    private final double percent;
    private final int minPerSecond;

    private RetryBudgetPolicy(Builder builder) {
        this.percent = builder.percent;
        this.minPerSecond = builder.minPerSecond;
    }

    /** 20 % of the calls and 10 per second. */
    public static RetryBudgetPolicy standard() {
        return DEFAULT;
    }

    /** Starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts from this policy. */
    public Builder toBuilder() {
        return new Builder().percent(percent).minPerSecond(minPerSecond);
    }

    /** Retries for each hundred calls. */
    public double percent() {
        return percent;
    }

    /** Retries per second that need no calls. */
    public int minPerSecond() {
        return minPerSecond;
    }

    @Override
    public String toString() {
        return "RetryBudgetPolicy[" + percent + " % of calls + " + minPerSecond + "/s]";
    }

    /** Builds a {@link RetryBudgetPolicy}. Not thread-safe. */
    public static final class Builder {

        private double percent = Settings.RETRY_BUDGET_PERCENT.defaultValue();
        private int minPerSecond = Settings.RETRY_BUDGET_MIN_PER_SECOND.defaultValue();

        private Builder() {}

        /** Retries for each hundred calls; 0 to 100, default 20. */
        public Builder percent(double percent) {
            this.percent = Settings.RETRY_BUDGET_PERCENT.check(percent);
            return this;
        }

        /** Retries per second that need no calls; 0 is no floor, default 10. */
        public Builder minPerSecond(int retries) {
            this.minPerSecond = Settings.RETRY_BUDGET_MIN_PER_SECOND.check(retries);
            return this;
        }

        /** The policy. */
        public RetryBudgetPolicy build() {
            return new RetryBudgetPolicy(this);
        }
    }
}
