package io.backstay;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which failures are tried again, how often and after what wait. By default: 3 attempts; connection failures, timeouts, 429,
 * 502, 503 and 504; {@link Backoff#standard()}. Only what is safe is ever repeated: idempotent methods, requests with an
 * {@code Idempotency-Key}, requests marked idempotent, and requests that certainly never left; and only while the service's
 * {@link RetryBudgetPolicy budget} lasts. Immutable.
 */
public final class RetryPolicy {

    private static final RetryPolicy DEFAULT = builder().build();
    private static final RetryPolicy NEVER = builder().maxAttempts(1).build();
    private static final RetryPolicy TRANSIENT_ONLY = builder().handleStatuses().build();

    private final int maxAttempts;
    private final Backoff backoff;
    private final Set<FailureKind> kinds;
    private final int[] statuses;
    private final RetryBudgetPolicy budget;

    private RetryPolicy(Builder builder) {
        this.maxAttempts = builder.maxAttempts;
        this.backoff = builder.backoff;
        this.kinds = builder.kinds.isEmpty() ? EnumSet.noneOf(FailureKind.class) : EnumSet.copyOf(builder.kinds);
        this.statuses = builder.statuses.stream().mapToInt(Integer::intValue).toArray();
        this.budget = builder.budget;
    }

    /** What is described above. */
    public static RetryPolicy standard() {
        return DEFAULT;
    }

    /** One attempt and no more. */
    public static RetryPolicy never() {
        return NEVER;
    }

    /** Connection failures and timeouts, but no status at all. */
    public static RetryPolicy transientOnly() {
        return TRANSIENT_ONLY;
    }

    /** Starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts from this policy. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.maxAttempts = maxAttempts;
        builder.backoff = backoff;
        builder.budget = budget;
        builder.kinds.clear();
        builder.kinds.addAll(kinds);
        return builder.handleStatuses(statuses);
    }

    /** How many attempts at most, the first included. */
    public int maxAttempts() {
        return maxAttempts;
    }

    /** How long to wait before each retry. */
    public Backoff backoff() {
        return backoff;
    }

    /** Whether a failure of this kind is tried again; statuses are asked for by {@link #handlesStatus}. */
    public boolean handles(FailureKind kind) {
        return kinds.contains(kind);
    }

    /** Whether an answer of this status is tried again. */
    public boolean handlesStatus(int status) {
        return Arrays.binarySearch(statuses, status) >= 0;
    }

    /** How many retries the service gets in all. */
    public RetryBudgetPolicy budget() {
        return budget;
    }

    @Override
    public String toString() {
        return "RetryPolicy[maxAttempts=" + maxAttempts + ", backoff=" + backoff + ", kinds=" + kinds + ", statuses="
                + Arrays.toString(statuses) + "]";
    }

    /** Builds a {@link RetryPolicy}. Not thread-safe. */
    public static final class Builder {

        private int maxAttempts = Settings.RETRY_MAX_ATTEMPTS.defaultValue();
        private RetryBudgetPolicy budget = RetryBudgetPolicy.standard();
        private Backoff backoff = Backoff.standard();
        private final Set<FailureKind> kinds = EnumSet.of(
                FailureKind.UNKNOWN_HOST,
                FailureKind.CONNECT_FAILED,
                FailureKind.CONNECT_TIMEOUT,
                FailureKind.CONNECTION_LOST,
                FailureKind.TIMEOUT);
        private final Set<Integer> statuses = new TreeSet<>(Set.of(429, 502, 503, 504));

        private Builder() {}

        /** How many attempts at most, the first included; 1 to 100, default 3. */
        public Builder maxAttempts(int attempts) {
            this.maxAttempts = Settings.RETRY_MAX_ATTEMPTS.check(attempts);
            return this;
        }

        /** How long to wait before each retry. */
        public Builder backoff(Backoff value) {
            this.backoff = Require.nonNull("retry backoff", value);
            return this;
        }

        /** Tries these statuses again and no others; 400 to 599. */
        public Builder handleStatuses(int... values) {
            statuses.clear();
            for (int status : values) {
                statuses.add(requireErrorStatus("retry", status));
            }
            return this;
        }

        /** Tries failures of these kinds again and no others. */
        public Builder handleKinds(FailureKind... values) {
            kinds.clear();
            for (FailureKind kind : values) {
                if (kind == FailureKind.REJECTED || kind == FailureKind.CANCELLED || kind == FailureKind.STATUS) {
                    throw new ConfigurationException("retry cannot handle " + kind
                            + ": a refusal and a cancellation are final, statuses are named by handleStatuses");
                }
                kinds.add(kind);
            }
            return this;
        }

        /** How many retries the service gets in all; by default 20 % of its calls and 10 per second. */
        public Builder budget(RetryBudgetPolicy policy) {
            this.budget = Require.nonNull("retry budget", policy);
            return this;
        }

        /** The policy. */
        public RetryPolicy build() {
            return new RetryPolicy(this);
        }
    }

    static int requireErrorStatus(String what, int status) {
        if (status < 400 || status > 599) {
            throw new ConfigurationException(what + " status cannot be " + status + "; allowed: from 400 to 599");
        }
        return status;
    }
}
