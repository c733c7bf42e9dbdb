package io.backstay.internal;

import io.backstay.CallPolicy;
import io.backstay.guard.CircuitBreaker;
import io.backstay.guard.ConcurrencyLimit;
import io.backstay.guard.RateLimit;
import io.backstay.guard.RetryBudget;
import org.jspecify.annotations.Nullable;

/**
 * A service's policy and the guards that follow it; null where the policy has none of a kind. A call keeps to the set with which
 * it began. When the policy changes, a new set takes over the guards of the old, with all that they know.
 *
 * @param retryBudget always there, since a policy may begin to retry
 */
record ServiceGuards(
        CallPolicy policy,
        @Nullable CircuitBreaker breaker,
        @Nullable ConcurrencyLimit concurrency,
        @Nullable RateLimit rate,
        RetryBudget retryBudget,
        @Nullable Hedging hedging) {}
