package io.backstay.guard;

import io.backstay.GuardPolicy;
import io.backstay.Priority;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A policy and what follows it; null where the policy has none of a kind. Immutable: a call keeps to the set with which it began.
 * When the policy changes, a new set takes over the parts of the old, with all that they know.
 */
final class GuardParts {

    /** In place of a permit of a part that is not there; never read. */
    static final long NONE = 0;

    final GuardPolicy policy;
    final @Nullable CircuitBreaker breaker;
    final @Nullable ConcurrencyLimit concurrency;
    final @Nullable RateLimit rate;
    /** Always there, since a policy may begin to retry. */
    final RetryBudget budget;

    final boolean mayRetry;
    /** Whether a call needs neither timers nor tokens. */
    final boolean isPlain;
    /** {@link Long#MAX_VALUE} for none. */
    final long timeoutNanos;

    private GuardParts(
            GuardPolicy policy,
            @Nullable CircuitBreaker breaker,
            @Nullable ConcurrencyLimit concurrency,
            @Nullable RateLimit rate,
            RetryBudget budget) {
        this.policy = policy;
        this.breaker = breaker;
        this.concurrency = concurrency;
        this.rate = rate;
        this.budget = budget;
        this.mayRetry = policy.maxAttempts() > 1;
        this.timeoutNanos = policy.timeout().map(Duration::toNanos).orElse(Long.MAX_VALUE);
        this.isPlain = rate == null
                && timeoutNanos == Long.MAX_VALUE
                && policy.deadline().isEmpty();
    }

    static GuardParts make(
            String name, GuardPolicy policy, GuardClocks clocks, CircuitBreaker.TransitionListener listener) {
        return following(null, name, policy, clocks, listener);
    }

    /** The same parts under a policy that differs in no more than what is up to each call: timeout, retry, fallback. */
    GuardParts with(GuardPolicy other) {
        return new GuardParts(other, breaker, concurrency, rate, budget);
    }

    GuardParts follow(String name, GuardPolicy next, GuardClocks clocks, CircuitBreaker.TransitionListener listener) {
        return following(this, name, next, clocks, listener);
    }

    private static GuardParts following(
            @Nullable GuardParts present,
            String name,
            GuardPolicy next,
            GuardClocks clocks,
            CircuitBreaker.TransitionListener listener) {
        RetryBudget budget = present == null ? new RetryBudget(next.retryBudget(), clocks.time()) : present.budget;
        budget.update(next.retryBudget());
        return new GuardParts(
                next,
                breaker(present == null ? null : present.breaker, name, next, clocks, listener),
                concurrency(present == null ? null : present.concurrency, name, next, clocks),
                rate(present == null ? null : present.rate, name, next, clocks),
                budget);
    }

    private static @Nullable CircuitBreaker breaker(
            @Nullable CircuitBreaker present,
            String name,
            GuardPolicy next,
            GuardClocks clocks,
            CircuitBreaker.TransitionListener listener) {
        if (present != null) {
            present.update(next.breaker());
            return present;
        }
        return next.breaker().enabled()
                ? new CircuitBreaker(name, next.breaker(), clocks.time(), clocks.scheduler(), clocks.random(), listener)
                : null;
    }

    private static @Nullable ConcurrencyLimit concurrency(
            @Nullable ConcurrencyLimit present, String name, GuardPolicy next, GuardClocks clocks) {
        if (present != null) {
            present.update(next.concurrency());
            return present;
        }
        return next.concurrency().enabled()
                ? new ConcurrencyLimit(name, next.concurrency(), clocks.time(), clocks.scheduler(), clocks.waiter())
                : null;
    }

    private static @Nullable RateLimit rate(
            @Nullable RateLimit present, String name, GuardPolicy next, GuardClocks clocks) {
        if (present != null) {
            present.update(next.rate());
            return present;
        }
        return next.rate().enabled()
                ? new RateLimit(name, next.rate(), clocks.time(), clocks.scheduler(), clocks.waiter())
                : null;
    }

    /** Whether a call that began now would surely be refused by the breaker. */
    boolean isRefusing(long nowNanos) {
        return breaker != null && breaker.isRefusing(nowNanos);
    }

    boolean takeToken(Priority priority, long nowNanos) {
        return rate == null || rate.tryAcquire(priority, nowNanos);
    }

    void giveTokenBack() {
        if (rate != null) {
            rate.giveBack();
        }
    }

    /** A permit to run, {@link #NONE} where none is needed, or {@link ConcurrencyLimit#REFUSED}. */
    long takePlace(Priority priority, long nowNanos) {
        return concurrency == null ? NONE : concurrency.tryAcquire(priority, nowNanos);
    }

    void leavePlace(long place) {
        if (concurrency != null) {
            concurrency.onIgnored(place);
        }
    }

    /** A permit of the breaker, {@link #NONE} where none is needed, or {@link CircuitBreaker#REFUSED}. */
    long takePermit(long nowNanos) {
        return breaker == null ? NONE : breaker.tryAcquire(nowNanos);
    }

    void pay(long nowNanos) {
        if (mayRetry) {
            budget.onCall(nowNanos);
        }
    }

    /** A call of a single attempt went well. */
    void succeed(long place, long permit, long nowNanos) {
        if (breaker != null) {
            breaker.onSuccess(permit, nowNanos);
        }
        if (concurrency != null) {
            concurrency.onSuccess(place, nowNanos);
        }
    }
}
