package io.backstay.internal;

import io.backstay.CallPolicy;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.ConcurrencyPolicy;
import io.backstay.HedgePolicy;
import io.backstay.RatePolicy;
import io.backstay.ServiceInstance;
import io.backstay.event.BreakerStateChanged;
import io.backstay.guard.CircuitBreaker;
import io.backstay.guard.ConcurrencyLimit;
import io.backstay.guard.GuardRegistry;
import io.backstay.guard.RateLimit;
import io.backstay.guard.RetryBudget;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.RandomSource;
import io.backstay.spi.TimeSource;
import io.backstay.spi.Waiter;
import org.jspecify.annotations.Nullable;

/** Makes the guards that a policy asks for, and has guards that are there follow another policy. Thread-safe. */
final class GuardMaker {

    private final TimeSource time;
    private final DelayScheduler scheduler;
    private final Waiter waiter;
    private final RandomSource random;
    private final Events events;
    private final BreakerBounds bounds;
    private final @Nullable BreakerSharing sharing;

    /** @param sharing what keeps the states of services' breakers in a shared store; null where there is none */
    GuardMaker(Parts parts, @Nullable BreakerSharing sharing) {
        this.time = parts.time();
        this.scheduler = parts.scheduler();
        this.waiter = parts.waiter();
        this.random = parts.random();
        this.events = parts.events();
        this.bounds = parts.breakerBounds();
        this.sharing = sharing;
    }

    /** For guards round code, whose breakers tell of themselves as those of services do. */
    static GuardRegistry registry(Parts parts) {
        return new GuardRegistry(
                parts.time(),
                parts.scheduler(),
                parts.waiter(),
                parts.random(),
                (changed, from, to, reason) -> parts.events()
                        .publish(new BreakerStateChanged(
                                changed.name(), parts.time().now(), from, to, reason)),
                parts.breakerBounds().most(),
                parts.breakerBounds().idleTime());
    }

    TimeSource time() {
        return time;
    }

    ServiceGuards make(String service, CallPolicy policy) {
        return new ServiceGuards(
                policy,
                breaker(null, service, policy.breaker()),
                endpoints(null, policy.breaker()),
                changeLimit(null, service, policy.concurrency()),
                rate(null, service, policy.rate()),
                new RetryBudget(policy.retry().budget(), time),
                hedging(null, policy.hedge()));
    }

    ServiceGuards change(String service, ServiceGuards present, CallPolicy next) {
        present.retryBudget().update(next.retry().budget());
        return new ServiceGuards(
                next,
                breaker(present.breaker(), service, next.breaker()),
                endpoints(present.endpoints(), next.breaker()),
                changeLimit(present.concurrency(), service, next.concurrency()),
                rate(present.rate(), service, next.rate()),
                present.retryBudget(),
                hedging(present.hedging(), next.hedge()));
    }

    private @Nullable CircuitBreaker breaker(
            @Nullable CircuitBreaker present, String service, CircuitBreakerPolicy policy) {
        if (!policy.enabled() || policy.perEndpoint()) {
            return null;
        }
        if (present != null) {
            present.update(policy);
            return present;
        }
        return newBreaker(service, policy);
    }

    private @Nullable EndpointBreakers endpoints(@Nullable EndpointBreakers present, CircuitBreakerPolicy policy) {
        if (!policy.enabled() || !policy.perEndpoint()) {
            return null;
        }
        if (present != null) {
            present.follow(policy);
            return present;
        }
        return new EndpointBreakers(policy, this::newBreaker, time, bounds);
    }

    private CircuitBreaker newBreaker(String name, CircuitBreakerPolicy policy) {
        CircuitBreaker made = new CircuitBreaker(name, policy, time, scheduler, random, (changed, from, to, reason) -> {
            if (sharing != null) {
                sharing.onTransition(changed);
            }
            events.publish(new BreakerStateChanged(name, time.now(), from, to, reason));
        });
        if (sharing != null) {
            sharing.add(made);
        }
        return made;
    }

    @Nullable
    ConcurrencyLimit instanceLimit(ServiceInstance instance, ConcurrencyPolicy policy) {
        return changeLimit(null, instance.address(), policy);
    }

    @Nullable
    ConcurrencyLimit changeLimit(@Nullable ConcurrencyLimit present, String name, ConcurrencyPolicy policy) {
        if (!policy.enabled()) {
            return null;
        }
        if (present != null) {
            present.update(policy);
            return present;
        }
        return new ConcurrencyLimit(name, policy, time, scheduler, waiter);
    }

    private @Nullable RateLimit rate(@Nullable RateLimit present, String service, RatePolicy policy) {
        if (!policy.enabled()) {
            return null;
        }
        if (present != null) {
            present.update(policy);
            return present;
        }
        return new RateLimit(service, policy, time, scheduler, waiter);
    }

    private @Nullable Hedging hedging(@Nullable Hedging present, HedgePolicy policy) {
        if (!policy.enabled()) {
            return null;
        }
        return present == null ? new Hedging(policy, time) : present.following(policy, time);
    }
}
