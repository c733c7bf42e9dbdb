package io.backstay.internal;

import io.backstay.CallPolicy;
import io.backstay.ServiceRequest;
import io.backstay.guard.CircuitBreaker;
import io.backstay.guard.ConcurrencyLimit;
import io.backstay.guard.RateLimit;
import io.backstay.guard.RetryBudget;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A service's policy and the guards that follow it; null where the policy has none of a kind. A call keeps to the set with which
 * it began. When the policy changes, a new set takes over the guards of the old, with all that they know.
 *
 * @param breaker of the service as a whole
 * @param endpoints in place of it, where each endpoint has one of its own
 * @param retryBudget always there, since a policy may begin to retry
 */
record ServiceGuards(
        CallPolicy policy,
        @Nullable CircuitBreaker breaker,
        @Nullable EndpointBreakers endpoints,
        @Nullable ConcurrencyLimit concurrency,
        @Nullable RateLimit rate,
        RetryBudget retryBudget,
        @Nullable Hedging hedging) {

    /** The breaker that a request is up to; null where there is none, or more endpoints than there may be breakers. */
    @Nullable
    CircuitBreaker breakerFor(ServiceRequest request) {
        return endpoints == null
                ? breaker
                : endpoints.get(request.service() + " " + request.method() + " " + request.pathTemplate());
    }

    /** All breakers there are now. */
    List<CircuitBreaker> breakers() {
        if (endpoints != null) {
            return endpoints.all();
        }
        return breaker == null ? List.of() : List.of(breaker);
    }
}
