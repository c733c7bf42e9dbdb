package io.backstay.internal;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.guard.CircuitBreaker;
import io.backstay.guard.CircuitBreakers;
import io.backstay.spi.TimeSource;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The breakers of a service's endpoints: the same ones under every policy, however many calls go by an older one. Thread-safe. */
final class EndpointBreakers {

    private final CircuitBreakers breakers;
    private volatile CircuitBreakerPolicy policy;

    EndpointBreakers(
            CircuitBreakerPolicy policy,
            BiFunction<String, CircuitBreakerPolicy, CircuitBreaker> maker,
            TimeSource time,
            BreakerBounds bounds) {
        this.policy = policy;
        this.breakers =
                new CircuitBreakers(name -> maker.apply(name, this.policy), time, bounds.most(), bounds.idleTime());
    }

    /** Has all follow another policy, and those that are made from now on. */
    void follow(CircuitBreakerPolicy next) {
        policy = next;
        breakers.forEach(breaker -> breaker.update(next));
    }

    /** That of an endpoint, made now if there is none; null where there is no room for one more. */
    @Nullable
    CircuitBreaker get(String endpoint) {
        try {
            return breakers.get(endpoint);
        } catch (IllegalStateException full) {
            return null;
        }
    }

    /** All there are now. */
    List<CircuitBreaker> all() {
        return breakers.all();
    }
}
