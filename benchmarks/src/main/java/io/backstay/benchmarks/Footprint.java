package io.backstay.benchmarks;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.guard.BreakerState;
import io.backstay.guard.CircuitBreaker;
import io.backstay.guard.CircuitBreaker.TransitionListener;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.RandomSource;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import org.openjdk.jol.info.GraphLayout;

/** What one breaker takes of the heap: all that it reaches, less what breakers share, as name, policy, clocks and listener. */
final class Footprint {

    private static final Surroundings SHARED = new Surroundings();

    private Footprint() {}

    static long bytesOfBreaker() {
        CircuitBreaker first = breaker();
        long one = GraphLayout.parseInstance(first).totalSize();
        return GraphLayout.parseInstance(first, breaker()).totalSize() - one;
    }

    private static CircuitBreaker breaker() {
        return new CircuitBreaker("user-service", CircuitBreakerPolicy.rate(), SHARED, SHARED, SHARED, SHARED);
    }

    /** Prints it. */
    public static void main(String[] args) {
        System.out.println("one breaker: " + bytesOfBreaker() + " B");
    }

    /** What breakers share, as a class without any lambda, since JOL cannot look into those. */
    private static final class Surroundings implements TimeSource, DelayScheduler, RandomSource, TransitionListener {
        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public Instant now() {
            return Instant.EPOCH;
        }

        @Override
        public Cancellable schedule(Runnable task, Duration delay) {
            throw new UnsupportedOperationException("nothing opens here");
        }

        @Override
        public long nextLong() {
            return 0;
        }

        @Override
        public void onTransition(CircuitBreaker breaker, BreakerState from, BreakerState to, String reason) {}
    }
}
