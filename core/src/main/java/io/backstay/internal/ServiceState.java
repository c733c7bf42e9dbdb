package io.backstay.internal;

import io.backstay.CallPolicy;
import io.backstay.guard.CircuitBreaker;
import org.jspecify.annotations.Nullable;

/** What is kept for one service from call to call. */
final class ServiceState {

    final String name;
    final InstanceList instances = new InstanceList();
    final ServiceMetrics metrics = new ServiceMetrics();
    /** Null where the policy has none. */
    final @Nullable CircuitBreaker breaker;

    private final CallPolicy policy;

    ServiceState(String name, CallPolicy policy, @Nullable CircuitBreaker breaker) {
        this.name = name;
        this.policy = policy;
        this.breaker = breaker;
    }

    CallPolicy policy() {
        return policy;
    }
}
