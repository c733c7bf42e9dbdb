package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.spi.RandomSource;
import io.backstay.spi.SystemTime;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

import static io.backstay.guard.BreakerState.CLOSED;
import static io.backstay.guard.BreakerState.HALF_OPEN;
import static io.backstay.guard.BreakerState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

class CircuitBreakerTest {

    private final VirtualTime time = new VirtualTime();
    private final List<String> changes = new ArrayList<>();

    private CircuitBreaker breaker(CircuitBreakerPolicy policy) {
        return new CircuitBreaker(
                "users",
                policy,
                time,
                time,
                RandomSource.seeded(1),
                (breaker, from, to, reason) -> changes.add(to + ": " + reason));
    }

    private long acquire(CircuitBreaker breaker) {
        return breaker.tryAcquire(time.nanoTime());
    }

    private void succeed(CircuitBreaker breaker, int times) {
        for (int i = 0; i < times; i++) {
            breaker.onSuccess(acquire(breaker), time.nanoTime());
        }
    }

    private void fail(CircuitBreaker breaker, int times) {
        for (int i = 0; i < times; i++) {
            breaker.onFailure(acquire(breaker), time.nanoTime());
        }
    }

    @Test
    void opens_whenHalfOfTwentyCallsFail() {
        CircuitBreaker breaker = breaker(CircuitBreakerPolicy.rate());
        for (int i = 0; i < 9; i++) {
            succeed(breaker, 1);
            fail(breaker, 1);
        }
        succeed(breaker, 1);
        assertThat(breaker.state()).isEqualTo(CLOSED);

        fail(breaker, 1);

        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(changes).containsExactly("OPEN: failure rate 50 % of 20 calls");
        assertThat(acquire(breaker)).isEqualTo(CircuitBreaker.REFUSED);
    }

    @Test
    void opens_afterFiveInARowWhileThereAreTooFewCallsForARate() {
        CircuitBreaker breaker = breaker(CircuitBreakerPolicy.rate());
        fail(breaker, 4);
        succeed(breaker, 1);
        fail(breaker, 4);
        assertThat(breaker.state()).isEqualTo(CLOSED);

        fail(breaker, 1);

        assertThat(changes).containsExactly("OPEN: threshold reached: 5/5");
    }

    @Test
    void staysClosed_whenFiveInARowAreFewAmongMany() {
        CircuitBreaker breaker = breaker(CircuitBreakerPolicy.rate());
        succeed(breaker, 95);
        fail(breaker, 30);

        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(breaker.status().failureRate()).isEqualTo(24.0);
        assertThat(breaker.status().consecutiveFailures()).isEqualTo(30);
    }

    @Test
    void consecutivePreset_looksAtNoRate() {
        CircuitBreaker breaker = breaker(CircuitBreakerPolicy.consecutive());
        for (int i = 0; i < 50; i++) {
            fail(breaker, 4);
            succeed(breaker, 1);
        }
        assertThat(breaker.state()).isEqualTo(CLOSED);

        fail(breaker, 5);

        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(breaker.retryAfter(time.nanoTime())).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void window_forgetsWhatIsOlderThanItself() {
        CircuitBreaker breaker = breaker(
                CircuitBreakerPolicy.builder().consecutiveFailures(1_000).build());
        fail(breaker, 15);
        time.advance(Duration.ofSeconds(9));
        assertThat(breaker.status().failures()).isEqualTo(15);

        time.advance(Duration.ofSeconds(1));
        assertThat(breaker.status().calls()).isZero();
        fail(breaker, 19);
        assertThat(breaker.state()).isEqualTo(CLOSED);
    }

    @Test
    void becomesHalfOpenInTime_withoutAnyCall() {
        CircuitBreaker breaker = breaker(CircuitBreakerPolicy.rate());
        fail(breaker, 5);

        time.advance(Duration.ofSeconds(30).minusNanos(1));
        assertThat(changes).hasSize(1);
        time.advance(Duration.ofNanos(1));

        assertThat(changes).containsExactly("OPEN: threshold reached: 5/5", "HALF_OPEN: after 30000 ms");
        assertThat(breaker.state()).isEqualTo(HALF_OPEN);
    }

    @Test
    void halfOpen_letsOneProbeThroughAtATime() {
        CircuitBreaker breaker = halfOpen();

        long probe = acquire(breaker);
        assertThat(probe).isNotEqualTo(CircuitBreaker.REFUSED);
        assertThat(acquire(breaker)).isEqualTo(CircuitBreaker.REFUSED);

        breaker.onSuccess(probe, time.nanoTime());
        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(changes).endsWith("CLOSED: service recovered");
    }

    @Test
    void halfOpen_doesNotStickOnAProbeThatNeverEnds() {
        CircuitBreaker breaker = halfOpen();
        long lost = acquire(breaker);
        time.advance(Duration.ofSeconds(30));

        long next = acquire(breaker);
        assertThat(next).isNotEqualTo(CircuitBreaker.REFUSED);
        breaker.onIgnored(lost);
        assertThat(acquire(breaker))
                .as("the lost probe's end frees no second place")
                .isEqualTo(CircuitBreaker.REFUSED);

        breaker.onSuccess(next, time.nanoTime());
        assertThat(breaker.state()).isEqualTo(CLOSED);
    }

    @Test
    void halfOpen_letsAnotherThroughWhenAProbeSaysNothing() {
        CircuitBreaker breaker = halfOpen();

        breaker.onIgnored(acquire(breaker));

        assertThat(acquire(breaker)).isNotEqualTo(CircuitBreaker.REFUSED);
    }

    @Test
    void halfOpen_isNotDecidedByAProbeThatWasGivenUp() {
        CircuitBreaker breaker = halfOpen();
        long lost = acquire(breaker);
        time.advance(Duration.ofSeconds(30));
        long next = acquire(breaker);

        breaker.onFailure(lost, time.nanoTime());
        breaker.onSuccess(lost, time.nanoTime());
        breaker.onAlive(lost, time.nanoTime());
        assertThat(breaker.state()).isEqualTo(HALF_OPEN);

        breaker.onSuccess(next, time.nanoTime());
        assertThat(breaker.state()).isEqualTo(CLOSED);
    }

    @Test
    void answerThatIsNoFailure_endsARowOfFailuresAndCountsInNoRate() {
        CircuitBreaker breaker = breaker(CircuitBreakerPolicy.rate());
        fail(breaker, 4);
        breaker.onAlive(acquire(breaker), time.nanoTime());
        fail(breaker, 4);

        assertThat(breaker.state()).isEqualTo(CLOSED);
        assertThat(breaker.status().calls()).isEqualTo(8);
    }

    @Test
    void listenerThatThrows_keepsItNeitherFromOpeningNorFromBecomingHalfOpen() {
        CircuitBreaker breaker = new CircuitBreaker(
                "users",
                CircuitBreakerPolicy.rate(),
                time,
                time,
                RandomSource.seeded(1),
                (changed, from, to, reason) -> {
                    throw new IllegalStateException("a bug");
                });
        fail(breaker, 5);
        assertThat(breaker.state()).isEqualTo(OPEN);
        assertThat(time.pendingTasks()).isEqualTo(1);
    }

    @Test
    void lateSuccess_fromBeforeItOpened_doesNotCloseIt() {
        CircuitBreaker breaker = breaker(CircuitBreakerPolicy.rate());
        long early = acquire(breaker);
        fail(breaker, 5);
        time.advance(Duration.ofSeconds(30));

        breaker.onSuccess(early, time.nanoTime());
        assertThat(breaker.state()).isEqualTo(HALF_OPEN);

        long probe = acquire(breaker);
        breaker.onFailure(early, time.nanoTime());
        assertThat(breaker.state()).isEqualTo(HALF_OPEN);
        breaker.onSuccess(probe, time.nanoTime());
        assertThat(breaker.state()).isEqualTo(CLOSED);
    }

    @Test
    void lateFailure_fromBeforeItClosed_doesNotCountAgain() {
        CircuitBreaker breaker = breaker(CircuitBreakerPolicy.rate());
        long early = acquire(breaker);
        fail(breaker, 5);
        time.advance(Duration.ofSeconds(30));
        succeed(breaker, 1);

        breaker.onFailure(early, time.nanoTime());

        assertThat(breaker.status().failures()).isZero();
    }

    @Test
    void eightThreads_atAHalfOpenBreaker_getOneProbe() throws Exception {
        for (int round = 0; round < 200; round++) {
            CircuitBreaker breaker = halfOpen();
            AtomicInteger probes = new AtomicInteger();
            Parallel.run(8, thread -> {
                if (acquire(breaker) != CircuitBreaker.REFUSED) {
                    probes.incrementAndGet();
                }
            });
            assertThat(probes).hasValue(1);
        }
    }

    @Test
    void eightThreads_failingAtOnce_openItOnce() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        SystemTime system = SystemTime.shared();
        CircuitBreaker breaker = new CircuitBreaker(
                "users",
                CircuitBreakerPolicy.rate(),
                system,
                system,
                RandomSource.system(),
                (b, from, to, reason) -> opened.incrementAndGet());
        Parallel.run(8, thread -> {
            for (int i = 0; i < 1_000; i++) {
                long now = system.nanoTime();
                breaker.onFailure(breaker.tryAcquire(now), now);
            }
        });

        assertThat(opened).hasValue(1);
        assertThat(breaker.state()).isEqualTo(OPEN);
    }

    private CircuitBreaker halfOpen() {
        CircuitBreaker breaker = breaker(CircuitBreakerPolicy.rate());
        fail(breaker, 5);
        time.advance(Duration.ofSeconds(30));
        assertThat(breaker.state()).isEqualTo(HALF_OPEN);
        return breaker;
    }
}
