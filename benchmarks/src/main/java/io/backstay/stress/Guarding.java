package io.backstay.stress;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.ConcurrencyPolicy;
import io.backstay.RetryBudgetPolicy;
import io.backstay.guard.BreakerSnapshot;
import io.backstay.guard.BreakerState;
import io.backstay.guard.CircuitBreaker;
import io.backstay.guard.ConcurrencyLimit;
import io.backstay.guard.RetryBudget;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.RandomSource;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;

/** Guards on a clock that stands still, which start no timers. */
final class Guarding {

    /** A second bucket begins here. */
    static final long NEXT_BUCKET = Duration.ofMillis(1_500).toNanos();

    /** A bucket begins here that takes the place of the first. */
    static final long SAME_PLACE = Duration.ofSeconds(16).toNanos();

    private static final TimeSource STILL = new TimeSource() {
        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public Instant now() {
            return Instant.EPOCH;
        }
    };
    private static final DelayScheduler NEVER = (task, delay) -> () -> {};
    private static final RandomSource RANDOM = RandomSource.seeded(1);

    private Guarding() {}

    static CircuitBreaker closed(CircuitBreakerPolicy policy) {
        return new CircuitBreaker("users", policy, STILL, NEVER, RANDOM, (breaker, from, to, reason) -> {});
    }

    static ConcurrencyLimit limit(ConcurrencyPolicy policy) {
        return new ConcurrencyLimit("users", policy, STILL, NEVER, SystemTime.shared());
    }

    static RetryBudget budget(RetryBudgetPolicy policy) {
        return new RetryBudget(policy, STILL);
    }

    static CircuitBreaker halfOpen(CircuitBreakerPolicy policy) {
        CircuitBreaker breaker = closed(policy);
        breaker.restore(new BreakerSnapshot(BreakerState.HALF_OPEN, Duration.ZERO, 1, 1, Duration.ZERO));
        return breaker;
    }
}
