package io.backstay;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link io.backstay.guard.Guard} keeps any piece of code working: breaker, limits, timeout, retry, fallback. Immutable.
 *
 * <p>By default there is a breaker and nothing else. Every exception of the code is a failure to the breaker but those that are
 * {@linkplain Builder#ignore ignored}; an {@link Error} and an interrupt say nothing about what the code calls. Nothing is
 * repeated unless {@link Builder#retry(int) retry} is set, since only whoever wrote the code knows whether that is safe.
 */
public final class GuardPolicy {

    private static final GuardPolicy DEFAULT = builder().build();

    private final CircuitBreakerPolicy breaker;
    private final ConcurrencyPolicy concurrency;
    private final RatePolicy rate;
    private final @Nullable Duration timeout;
    private final @Nullable Duration deadline;
    private final int maxAttempts;
    private final Backoff backoff;
    private final RetryBudgetPolicy retryBudget;
    private final Predicate<Exception> ignored;
    private final @Nullable Predicate<Exception> retried;
    private final @Nullable Fallback fallback;

    private GuardPolicy(Builder builder) {
        this.breaker = builder.breaker;
        this.concurrency = builder.concurrency;
        this.rate = builder.rate;
        this.timeout = builder.timeout;
        this.deadline = builder.deadline;
        this.maxAttempts = builder.maxAttempts;
        this.backoff = builder.backoff;
        this.retryBudget = builder.retryBudget;
        this.ignored = builder.ignored;
        this.retried = builder.retried;
        this.fallback = builder.fallback;
    }

    /** A breaker by rate and nothing else. */
    public static GuardPolicy standard() {
        return DEFAULT;
    }

    /** Starts from {@link #standard()}. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts from this policy. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.breaker = breaker;
        builder.concurrency = concurrency;
        builder.rate = rate;
        builder.timeout = timeout;
        builder.deadline = deadline;
        builder.maxAttempts = maxAttempts;
        builder.backoff = backoff;
        builder.retryBudget = retryBudget;
        builder.ignored = ignored;
        builder.retried = retried;
        builder.fallback = fallback;
        return builder;
    }

    /** When calls are refused for a while. */
    public CircuitBreakerPolicy breaker() {
        return breaker;
    }

    /** How many calls may run at once. */
    public ConcurrencyPolicy concurrency() {
        return concurrency;
    }

    /** How many calls may be made in a time. */
    public RatePolicy rate() {
        return rate;
    }

    /** Time of one attempt; empty where only the deadline, if any, holds. */
    public Optional<Duration> timeout() {
        return Optional.ofNullable(timeout);
    }

    /** Total time of a call, all waits and attempts included; empty where only that of the work in hand, if any, holds. */
    public Optional<Duration> deadline() {
        return Optional.ofNullable(deadline);
    }

    /** How many attempts at most, the first included. */
    public int maxAttempts() {
        return maxAttempts;
    }

    /** How long to wait before each retry. */
    public Backoff backoff() {
        return backoff;
    }

    /** How many retries there are in all. */
    public RetryBudgetPolicy retryBudget() {
        return retryBudget;
    }

    /** Whether this exception of the code says nothing about what the code calls. */
    public boolean ignores(Exception failure) {
        return ignored.test(failure);
    }

    /** Whether this exception is worth another attempt, as long as there are any. */
    public boolean retries(Exception failure) {
        return retried != null
                ? retried.test(failure)
                : !(failure instanceof CallRejectedException) && !ignores(failure);
    }

    /** What answers in place of the code. */
    public Optional<Fallback> fallback() {
        return Optional.ofNullable(fallback);
    }

    @Override
    public String toString() {
        return "GuardPolicy[" + breaker + ", " + concurrency + ", " + rate + ", timeout=" + timeout + ", deadline="
                + deadline + ", maxAttempts=" + maxAttempts + ", backoff=" + backoff
                + (fallback == null ? "" : ", fallback " + fallback.name()) + "]";
    }

    /** Builds a {@link GuardPolicy}. Not thread-safe. What is out of range is refused at once. */
    public static final class Builder {

        private CircuitBreakerPolicy breaker = CircuitBreakerPolicy.rate();
        private ConcurrencyPolicy concurrency = ConcurrencyPolicy.unlimited();
        private RatePolicy rate = RatePolicy.unlimited();
        private @Nullable Duration timeout;
        private @Nullable Duration deadline;
        private int maxAttempts = 1;
        private Backoff backoff = Backoff.standard();
        private RetryBudgetPolicy retryBudget = RetryBudgetPolicy.standard();
        private Predicate<Exception> ignored = failure -> false;
        private @Nullable Predicate<Exception> retried;
        private @Nullable Fallback fallback;

        private Builder() {}

        /**
         * When calls are refused for a while; by default {@link CircuitBreakerPolicy#rate()}.
         *
         * @throws ConfigurationException when the policy is for each endpoint, which a guard has not
         */
        public Builder breaker(CircuitBreakerPolicy policy) {
            if (Require.nonNull("breaker policy", policy).perEndpoint()) {
                throw new ConfigurationException(
                        Settings.BREAKER_PER_ENDPOINT.name() + " cannot be true in a guard; allowed: false");
            }
            this.breaker = policy;
            return this;
        }

        /** How many calls may run at once; by default any number. Who finds no room waits within the deadline, if there is one. */
        public Builder concurrency(ConcurrencyPolicy policy) {
            this.concurrency = Require.nonNull("concurrency policy", policy);
            return this;
        }

        /** How many calls may be made in a time; by default any number. Who finds no token waits within the deadline, if any. */
        public Builder rate(RatePolicy policy) {
            this.rate = Require.nonNull("rate policy", policy);
            return this;
        }

        /** Time of one attempt; by default any. */
        public Builder timeout(Duration time) {
            this.timeout = Settings.ATTEMPT_TIMEOUT.check(time);
            return this;
        }

        /** Lets an attempt take any time. */
        public Builder withoutTimeout() {
            this.timeout = null;
            return this;
        }

        /** Total time of a call, all waits and attempts included; by default any. A call without a deadline waits for no permit. */
        public Builder deadline(Duration time) {
            this.deadline = Settings.DEADLINE.check(time);
            return this;
        }

        /** Lets a call take any time. */
        public Builder withoutDeadline() {
            this.deadline = null;
            return this;
        }

        /** How many attempts at most, the first included; 1 to 100, default 1. To be set where the code may be repeated. */
        public Builder retry(int attempts) {
            this.maxAttempts = Settings.RETRY_MAX_ATTEMPTS.check(attempts);
            return this;
        }

        /** The same, with how long to wait before each retry; by default {@link Backoff#standard()}. */
        public Builder retry(int attempts, Backoff delays) {
            this.backoff = Require.nonNull("retry backoff", delays);
            return retry(attempts);
        }

        /** How many retries there are in all; by default 20 % of the calls and 10 per second. */
        public Builder retryBudget(RetryBudgetPolicy policy) {
            this.retryBudget = Require.nonNull("retry budget", policy);
            return this;
        }

        /** Ignores exceptions of these types too: they say nothing about what the code calls, and are not repeated. */
        @SafeVarargs
        @SuppressWarnings("varargs")
        public final Builder ignore(Class<? extends Exception>... types) {
            return ignoreIf(isOneOf("ignored exception", types == null ? null : Arrays.asList(types)));
        }

        /** Ignores the exceptions that this holds of too. */
        public Builder ignoreIf(Predicate<? super Exception> condition) {
            Require.nonNull("condition", condition);
            Predicate<Exception> before = ignored;
            this.ignored = failure -> before.test(failure) || condition.test(failure);
            return this;
        }

        /** Repeats after exceptions of these types, and after no others but those named likewise before or after. */
        @SafeVarargs
        @SuppressWarnings("varargs")
        public final Builder retryOn(Class<? extends Exception>... types) {
            return retryIf(isOneOf("retried exception", types == null ? null : Arrays.asList(types)));
        }

        /** Repeats after exceptions of these types and after no others, whatever was said before. */
        @SafeVarargs
        @SuppressWarnings("varargs")
        public final Builder retryOnlyOn(Class<? extends Exception>... types) {
            this.retried = null;
            return retryOn(types);
        }

        /**
         * Repeats after the exceptions that this holds of, and after no others but those named likewise before or after. By
         * default after all that are not ignored, but for a {@link CallRejectedException}.
         */
        public Builder retryIf(Predicate<? super Exception> condition) {
            Require.nonNull("condition", condition);
            Predicate<Exception> before = retried;
            this.retried = failure -> (before != null && before.test(failure)) || condition.test(failure);
            return this;
        }

        private static Predicate<Exception> isOneOf(String what, @Nullable List<? extends Class<?>> types) {
            List<Class<?>> all = new ArrayList<>();
            Require.nonNull(what + " types", types).forEach(type -> all.add(Require.nonNull(what, type)));
            return failure -> {
                for (Class<?> type : all) {
                    if (type.isInstance(failure)) {
                        return true;
                    }
                }
                return false;
            };
        }

        /**
         * Answers in place of the code when a call has failed or was refused. It is handed what the code threw as the cause of a
         * {@link UnexpectedCallException}, unless that was a {@link CallException} itself. Must give what the code would: a value
         * of another type is a {@link ClassCastException} at the caller's.
         */
        public Builder fallback(Fallback answer) {
            this.fallback = Require.nonNull("fallback", answer);
            return this;
        }

        /** Leaves a failed call failed. */
        public Builder withoutFallback() {
            this.fallback = null;
            return this;
        }

        /** The policy. */
        public GuardPolicy build() {
            return new GuardPolicy(this);
        }
    }
}
