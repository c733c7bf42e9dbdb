package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.spi.RandomSource;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A breaker on virtual time, and what it told its listener. */
final class BreakerFixture {

    final VirtualTime time = new VirtualTime();
    final List<String> changes = new ArrayList<>();
    final CircuitBreaker breaker;

    BreakerFixture(CircuitBreakerPolicy policy) {
        this(policy, RandomSource.seeded(1));
    }

    BreakerFixture(CircuitBreakerPolicy policy, RandomSource random) {
        this.breaker = new CircuitBreaker(
                "users",
                policy,
                time,
                time,
                random,
                (changed, from, to, reason) -> changes.add(from + "->" + to + ": " + reason));
    }

    static BreakerFixture halfOpen(CircuitBreakerPolicy policy) {
        BreakerFixture fixture = new BreakerFixture(policy);
        fixture.fail(policy.consecutiveFailures());
        fixture.advance(policy.openTime());
        return fixture;
    }

    long acquire() {
        return breaker.tryAcquire(time.nanoTime());
    }

    boolean refuses() {
        return acquire() == CircuitBreaker.REFUSED;
    }

    void succeed(long permit) {
        breaker.onSuccess(permit, time.nanoTime());
    }

    void fail(long permit) {
        breaker.onFailure(permit, time.nanoTime());
    }

    void succeed(int times) {
        for (int i = 0; i < times; i++) {
            succeed(acquire());
        }
    }

    void fail(int times) {
        for (int i = 0; i < times; i++) {
            fail(acquire());
        }
    }

    /** A call that succeeds after so long. */
    void succeedAfter(Duration took) {
        long permit = acquire();
        advance(took);
        succeed(permit);
    }

    void advance(Duration duration) {
        time.advance(duration);
    }

    void advanceSeconds(long seconds) {
        time.advance(Duration.ofSeconds(seconds));
    }

    BreakerState state() {
        return breaker.state();
    }
}
