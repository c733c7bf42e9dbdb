package io.backstay.guard;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A guard as it stood at one moment; counts are from its beginning. Immutable. */
public final class GuardStatus {

    private final @Nullable BreakerStatus breaker;
    private final @Nullable ConcurrencyStatus concurrency;
    private final @Nullable RateStatus rate;
    private final RetryBudgetStatus retryBudget;
    private final long failed;
    private final long timedOut;
    private final long refused;
    private final long retries;
    private final long fallbacks;

    GuardStatus(GuardParts parts, GuardCounters counters) {
        this.breaker = parts.breaker == null ? null : parts.breaker.status();
        this.concurrency = parts.concurrency == null ? null : parts.concurrency.status();
        this.rate = parts.rate == null ? null : parts.rate.status();
        this.retryBudget = parts.budget.status();
        this.failed = counters.failed.sum();
        this.timedOut = counters.timedOut.sum();
        this.refused = counters.refused.sum();
        this.retries = counters.retries.sum();
        this.fallbacks = counters.fallbacks.sum();
    }

    /** The breaker, where the policy has one. */
    public Optional<BreakerStatus> breaker() {
        return Optional.ofNullable(breaker);
    }

    /** The concurrency limit, where the policy has one. */
    public Optional<ConcurrencyStatus> concurrency() {
        return Optional.ofNullable(concurrency);
    }

    /** The rate limit, where the policy has one. */
    public Optional<RateStatus> rate() {
        return Optional.ofNullable(rate);
    }

    /** The retry budget; calls are paid in only where the policy retries. */
    public RetryBudgetStatus retryBudget() {
        return retryBudget;
    }

    /** How many calls ended with a failure that is not ignored, timeouts among them, whether or not a fallback answered. */
    public long failed() {
        return failed;
    }

    /** How many attempts took too long. */
    public long timedOut() {
        return timedOut;
    }

    /** How many calls and permits were refused. */
    public long refused() {
        return refused;
    }

    /** How many attempts were retries. */
    public long retries() {
        return retries;
    }

    /** How many calls were answered by a fallback. */
    public long fallbacks() {
        return fallbacks;
    }

    @Override
    public String toString() {
        return "GuardStatus[breaker="
                + (breaker == null ? "none" : breaker.state()) + ", failed=" + failed + ", timedOut=" + timedOut
                + ", refused=" + refused + ", retries=" + retries + ", fallbacks=" + fallbacks + "]";
    }
}
