package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.spi.RandomSource;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Several threads at one breaker: nothing is counted twice, lost, or left taken. */
class BreakerThreadsTest {

    private static final int THREADS = 8;
    private static final int CALLS = 20_000;
    private static final CircuitBreakerPolicy COUNTING = CircuitBreakerPolicy.builder()
            .window(Duration.ofHours(1))
            .failureRate(100)
            .build();

    private final VirtualTime time = new VirtualTime();

    private CircuitBreaker breaker(CircuitBreakerPolicy policy) {
        return new CircuitBreaker(
                "users", policy, time, time, RandomSource.seeded(1), (changed, from, to, reason) -> {});
    }

    @Test
    void everyCall_isCountedOnce() throws Exception {
        CircuitBreaker breaker = breaker(COUNTING);
        Parallel.run(THREADS, thread -> {
            for (int i = 0; i < CALLS; i++) {
                long permit = breaker.tryAcquire(i);
                if (i % 4 == 3) {
                    breaker.onFailure(permit, i);
                } else {
                    breaker.onSuccess(permit, i);
                }
            }
        });

        BreakerCounts counts = breaker.status().counts();
        assertThat(counts.calls()).isEqualTo(THREADS * CALLS);
        assertThat(counts.failures()).isEqualTo(THREADS * CALLS / 4);
        assertThat(counts.inFlight()).isZero();
    }

    @Test
    void permitsGivenBackByOtherThreads_andInOtherBuckets_areNoneLeftTaken() throws Exception {
        CircuitBreaker breaker = breaker(CircuitBreakerPolicy.builder()
                .window(Duration.ofMillis(100))
                .failureRate(100)
                .build());
        ConcurrentLinkedQueue<Long> onTheirWay = new ConcurrentLinkedQueue<>();
        Parallel.run(THREADS, thread -> {
            for (int i = 0; i < CALLS; i++) {
                long now = i * 100_000L;
                onTheirWay.add(breaker.tryAcquire(now));
                Long permit = i % 3 == 0 ? null : onTheirWay.poll();
                if (permit != null) {
                    breaker.onSuccess(permit, now);
                }
            }
        });
        assertThat(breaker.status().counts().inFlight()).isEqualTo(onTheirWay.size());

        long now = CALLS * 100_000L;
        onTheirWay.forEach(permit -> breaker.onSuccess(permit, now));
        assertThat(breaker.status().counts().inFlight()).isZero();
    }

    @Test
    void callsThatHang_areSeenWhileTheirBucketIsUsedAgain() throws Exception {
        TimeBuckets buckets = new TimeBuckets(1, 0);
        AtomicInteger hanging = new AtomicInteger();
        AtomicInteger missed = new AtomicInteger();
        Parallel.run(2, thread -> {
            while (hanging.get() < CALLS) {
                int least = hanging.get();
                if (thread == 0) {
                    buckets.enter((long) least * TimeBuckets.SLOTS);
                    hanging.set(least + 1);
                } else if (buckets.inFlight() < least) {
                    missed.incrementAndGet();
                }
            }
        });
        assertThat(missed).hasValue(0);
        assertThat(buckets.inFlight()).isEqualTo(CALLS);
    }

    @Test
    void windowOfCalls_neverHoldsMoreThanItsSize() throws Exception {
        CircuitBreaker breaker = breaker(
                CircuitBreakerPolicy.builder().lastCalls(50).failureRate(100).build());
        Parallel.run(THREADS, thread -> {
            for (int i = 0; i < CALLS; i++) {
                breaker.onSuccess(breaker.tryAcquire(i), i);
            }
        });
        assertThat(breaker.status().calls()).isEqualTo(50);
        assertThat(breaker.status().counts().inFlight()).isZero();
    }

    @Test
    void updatesWhileCallsAreOnTheirWay_leaveNoPermitTaken() throws Exception {
        CircuitBreaker breaker = breaker(COUNTING);
        Parallel.run(THREADS, thread -> {
            for (int i = 0; i < 2_000; i++) {
                if (thread == 0 && i % 10 == 0) {
                    breaker.update(COUNTING.toBuilder()
                            .window(Duration.ofMinutes(30 + i % 20))
                            .build());
                }
                breaker.onSuccess(breaker.tryAcquire(i), i);
            }
        });
        assertThat(breaker.status().counts().inFlight()).isZero();
        assertThat(breaker.state()).isEqualTo(BreakerState.CLOSED);
    }

    @Test
    void halfOpen_admitsAsManyAsItHasPlaces() throws Exception {
        CircuitBreakerPolicy three = CircuitBreakerPolicy.builder().probes(3).build();
        for (int round = 0; round < 200; round++) {
            CircuitBreaker breaker = breaker(three);
            breaker.restore(new BreakerSnapshot(BreakerState.HALF_OPEN, Duration.ZERO, 1, 1, Duration.ZERO));
            AtomicInteger admitted = new AtomicInteger();
            Parallel.run(THREADS, thread -> {
                if (breaker.tryAcquire(0) != CircuitBreaker.REFUSED) {
                    admitted.incrementAndGet();
                }
            });
            assertThat(admitted).hasValue(3);
        }
    }

    @Test
    void changesByManyThreads_areToldOneAfterTheOther() throws Exception {
        List<BreakerState> told = new ArrayList<>();
        CircuitBreaker breaker = new CircuitBreaker(
                "users",
                CircuitBreakerPolicy.rate(),
                time,
                time,
                RandomSource.seeded(1),
                (changed, from, to, reason) -> {
                    told.add(from);
                    told.add(to);
                });
        Parallel.run(THREADS, thread -> {
            for (int i = 0; i < 200; i++) {
                if (thread % 2 == 0) {
                    breaker.forceOpen();
                } else {
                    breaker.close();
                }
            }
        });
        assertThat(told).hasSizeGreaterThan(1).first().isEqualTo(BreakerState.CLOSED);
        for (int i = 2; i < told.size(); i += 2) {
            assertThat(told.get(i))
                    .as("change %d begins where the one before ended", i / 2)
                    .isEqualTo(told.get(i - 1));
        }
        assertThat(told).last().isEqualTo(breaker.state());
    }
}
