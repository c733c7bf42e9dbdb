package io.backstay.it.discovery;

import io.backstay.Backstay;
import io.backstay.BalancePolicy;
import io.backstay.CallPolicy;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.EjectionPolicy;
import java.time.Duration;
import java.util.Map;

/** How every process of a fleet is set up: as in production, but that what takes a minute there takes seconds here. */
final class FleetSettings {

    static final String SERVICE = "orders";
    static final Duration LEASE = Duration.ofSeconds(2);
    /** Within which a crash has been seen: the lease, and the second in which expired leases are looked for. */
    static final Duration CRASH_SEEN = LEASE.plusSeconds(1);

    static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(1);
    static final Duration CHECK_INTERVAL = Duration.ofMillis(300);

    private FleetSettings() {}

    /** A process that shares its state through this Redis. */
    static Backstay.Builder process(String redis) {
        return Backstay.builder()
                .environment(Map.of())
                .setting("backstay.transport", "jdk")
                .setting("backstay.store", "redis")
                .setting("backstay.store.redis.uri", redis)
                .setting("backstay.store.redis.command-timeout", "500ms")
                .setting("backstay.registry.lease", LEASE.toMillis() + "ms")
                .setting("backstay.registry.drain-time", "500ms")
                .setting("backstay.registry.health-check.interval", CHECK_INTERVAL.toMillis() + "ms")
                .setting("backstay.registry.health-check.timeout", "1s")
                .policy(CallPolicy.builder()
                        .attemptTimeout(ATTEMPT_TIMEOUT)
                        .deadline(Duration.ofSeconds(10))
                        // The default balancer, which has its trial calls here as often as a lease runs out.
                        .balance(BalancePolicy.builder()
                                .decay(LEASE.dividedBy(2))
                                .slowStart(LEASE)
                                .build())
                        .ejection(EjectionPolicy.builder().time(LEASE).build())
                        .breaker(CircuitBreakerPolicy.rate().toBuilder()
                                .openTime(LEASE)
                                .build())
                        .build());
    }
}
