package io.backstay.guard;

import io.backstay.Backoff;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.ConcurrencyPolicy;
import io.backstay.ConfigurationException;
import io.backstay.Fallback;
import io.backstay.GuardPolicy;
import io.backstay.RatePolicy;
import io.backstay.RetryBudgetPolicy;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.RandomSource;
import io.backstay.spi.TimeSource;
import io.backstay.spi.VirtualTime;
import io.backstay.spi.Waiter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Builds a {@link Guard}. Not thread-safe. What is out of range is refused at once. */
public final class GuardBuilder {

    private final String name;
    private GuardPolicy.Builder policy = GuardPolicy.builder();
    private GuardClocks clocks = GuardClocks.ofMachine();
    private CircuitBreaker.TransitionListener listener = (breaker, from, to, reason) -> {};

    GuardBuilder(String name) {
        if (name == null || name.isBlank() || name.chars().anyMatch(Character::isISOControl)) {
            throw new ConfigurationException("the name of a guard must not be null, blank or hold control characters");
        }
        this.name = name;
    }

    /** Starts again from this policy. */
    public GuardBuilder policy(GuardPolicy start) {
        this.policy = required("guard policy", start).toBuilder();
        return this;
    }

    /** {@link GuardPolicy.Builder#breaker}. */
    public GuardBuilder breaker(CircuitBreakerPolicy value) {
        policy.breaker(value);
        return this;
    }

    /** {@link GuardPolicy.Builder#concurrency}. */
    public GuardBuilder concurrency(ConcurrencyPolicy value) {
        policy.concurrency(value);
        return this;
    }

    /** {@link GuardPolicy.Builder#rate}. */
    public GuardBuilder rate(RatePolicy value) {
        policy.rate(value);
        return this;
    }

    /** {@link GuardPolicy.Builder#timeout}. */
    public GuardBuilder timeout(Duration value) {
        policy.timeout(value);
        return this;
    }

    /** {@link GuardPolicy.Builder#deadline}. */
    public GuardBuilder deadline(Duration value) {
        policy.deadline(value);
        return this;
    }

    /** {@link GuardPolicy.Builder#retry(int)}. */
    public GuardBuilder retry(int attempts) {
        policy.retry(attempts);
        return this;
    }

    /** {@link GuardPolicy.Builder#retry(int, Backoff)}. */
    public GuardBuilder retry(int attempts, Backoff delays) {
        policy.retry(attempts, delays);
        return this;
    }

    /** {@link GuardPolicy.Builder#retryBudget}. */
    public GuardBuilder retryBudget(RetryBudgetPolicy value) {
        policy.retryBudget(value);
        return this;
    }

    /** {@link GuardPolicy.Builder#fallback}. */
    public GuardBuilder fallback(Fallback value) {
        policy.fallback(value);
        return this;
    }

    /** Is told of each change of the breaker's state. */
    public GuardBuilder onTransition(CircuitBreaker.TransitionListener value) {
        this.listener = required("listener", value);
        return this;
    }

    /** Where to read time, leave tasks for later, wait and find chance. */
    public GuardBuilder clocks(TimeSource time, DelayScheduler scheduler, Waiter waiter, RandomSource random) {
        this.clocks = new GuardClocks(
                required("time source", time),
                required("delay scheduler", scheduler),
                required("waiter", waiter),
                required("random source", random));
        return this;
    }

    /** Runs everything on time by hand: reads, delays and waits. */
    public GuardBuilder virtualTime(VirtualTime time) {
        return clocks(time, time, time, clocks.random());
    }

    static <T> T required(String what, @Nullable T value) {
        if (value == null) {
            throw new ConfigurationException(what + " must not be null");
        }
        return value;
    }

    /** The guard. */
    public Guard build() {
        return new Guard(name, policy.build(), clocks, listener);
    }
}
