package io.backstay.guard;

import io.backstay.Backoff;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.ConcurrencyPolicy;
import io.backstay.GuardPolicy;
import io.backstay.guard.GuardScript.Mode;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.RandomSource;
import io.backstay.spi.UnseenFailures;
import io.backstay.spi.VirtualTime;
import io.backstay.spi.Waiter;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A retry waits, and the breaker may have changed its mind when it is over. */
class RetryAfterOpeningTest {

    private static final Duration WAIT = Duration.ofSeconds(3);

    private final VirtualTime time = new VirtualTime();
    private final GuardScript script = new GuardScript(time);
    private final IOException broken = new IOException("no route");
    private final Guard guard = guard(GuardPolicy.builder());
    private final CircuitBreaker breaker = guard.breaker().orElseThrow();

    private Guard guard(GuardPolicy.Builder policy) {
        CircuitBreakerPolicy quick = CircuitBreakerPolicy.builder()
                .openTime(Duration.ofSeconds(1))
                .growOpenTime(false)
                .build();
        return Guard.builder("ledger")
                .policy(policy.breaker(quick)
                        .retry(3, Backoff.fixed(WAIT))
                        .concurrency(ConcurrencyPolicy.fixed(2))
                        .build())
                .virtualTime(time)
                .build();
    }

    private void at(Duration when, Runnable task) {
        time.schedule(task, when);
    }

    private void tripByOthers() {
        for (int i = 0; i < 5; i++) {
            breaker.onFailure(breaker.tryAcquire());
        }
        assertThat(breaker.state()).isEqualTo(BreakerState.OPEN);
    }

    private void holdsNothing() {
        assertThat(guard.status().concurrency().orElseThrow().inFlight()).isZero();
        assertThat(breaker.status().counts().inFlight()).isZero();
        time.advance(UnseenFailures.GRACE);
        assertThat(time.pendingTasks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void retry_whenTheBreakerOpensDuringItsWait_reportsTheFailureAndRunsNothing(Mode mode) {
        at(Duration.ofSeconds(1), breaker::forceOpen);

        assertThatThrownBy(() -> mode.call(guard, script.fail(broken).answer("never")))
                .isSameAs(broken);

        assertThat(script.attempts()).isEqualTo(1);
        assertThat(Duration.ofNanos(time.nanoTime())).isEqualTo(WAIT);
        assertThat(guard.status().failed()).isEqualTo(1);
        assertThat(guard.status().retries()).isZero();
        assertThat(guard.status().retryBudget().withdrawn())
                .as("what was not sent is not paid for")
                .isZero();
        holdsNothing();
    }

    @ParameterizedTest
    @EnumSource
    void retry_whenTheBreakerIsHalfOpenByThen_isItsProbe(Mode mode) throws Throwable {
        at(Duration.ofSeconds(1), this::tripByOthers);

        assertThat(mode.call(guard, script.fail(broken).answer("probe"))).isEqualTo("probe");

        assertThat(breaker.state()).isEqualTo(BreakerState.CLOSED);
        holdsNothing();
    }

    @ParameterizedTest
    @EnumSource
    void retry_whenItIsTheProbeAndFails_opensTheBreakerAgain(Mode mode) {
        at(Duration.ofSeconds(1), this::tripByOthers);

        assertThatThrownBy(() -> mode.call(guard, script.fail(broken))).isSameAs(broken);

        assertThat(script.attempts()).isEqualTo(3);
        assertThat(breaker.state()).isEqualTo(BreakerState.OPEN);
        assertThat(breaker.status().timesOpened()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void retry_whenAnotherProbeIsOutByThen_isNoSecondOne(Mode mode) {
        at(Duration.ofSeconds(1), this::tripByOthers);
        at(Duration.ofMillis(2_500), () -> assertThat(breaker.tryAcquire()).isNotEqualTo(CircuitBreaker.REFUSED));

        assertThatThrownBy(() -> mode.call(guard, script.fail(broken).answer("over-admitted")))
                .isSameAs(broken);

        assertThat(script.attempts()).isEqualTo(1);
        assertThat(breaker.state()).as("it says nothing to the probe").isEqualTo(BreakerState.HALF_OPEN);
        assertThat(guard.status().concurrency().orElseThrow().inFlight()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void retry_whenTheBreakerHasOpenedAndClosedByThen_countsInTheNewState(Mode mode) throws Throwable {
        at(Duration.ofSeconds(1), breaker::forceOpen);
        at(Duration.ofSeconds(2), breaker::close);

        assertThat(mode.call(guard, script.fail(broken).answer("second"))).isEqualTo("second");

        assertThat(breaker.status().counts().calls()).isEqualTo(1);
        assertThat(breaker.status().counts().failures()).isZero();
        holdsNothing();
    }

    /** Its own breaker is as good as closed when the wait is over; nothing is gained by giving up at once. */
    @ParameterizedTest
    @EnumSource
    void retry_whenTheBreakerIsOpenNowButNotAfterTheWait_waits(Mode mode) throws Throwable {
        script.fail(broken).answer("probe");
        Guard.Code<String, Exception> first = () -> {
            if (script.attempts() == 0) {
                tripByOthers();
            }
            return script.block();
        };
        if (mode == Mode.BLOCKING) {
            assertThat(guard.call(first)).isEqualTo("probe");
        } else {
            var future = guard.callAsync(() -> {
                if (script.attempts() == 0) {
                    tripByOthers();
                }
                return script.stage();
            });
            time.await(future);
            assertThat(future.join()).isEqualTo("probe");
        }
        assertThat(breaker.state()).isEqualTo(BreakerState.CLOSED);
    }

    /** Delays and waits that end a second late, as on a machine with too much to do. */
    private final class Late implements Waiter {

        DelayScheduler.Cancellable schedule(Runnable task, Duration delay) {
            return time.schedule(task, delay.plusSeconds(1));
        }

        @Override
        public void await(Future<?> future) throws InterruptedException {
            time.await(future);
        }

        @Override
        public boolean await(Future<?> future, long nanos) throws InterruptedException {
            return time.await(future, nanos + Duration.ofSeconds(1).toNanos());
        }
    }

    @ParameterizedTest
    @EnumSource
    void retry_whenItsWaitEndsLateAndTheDeadlineHasPassed_reportsTheFailure(Mode mode) {
        Late late = new Late();
        Guard hurried = Guard.builder("ledger")
                .retry(3, Backoff.fixed(WAIT))
                .deadline(WAIT.plusMillis(1))
                .clocks(time, late::schedule, late, RandomSource.seeded(1))
                .build();

        assertThatThrownBy(() -> mode.call(hurried, script.fail(broken).answer("late")))
                .isSameAs(broken);

        assertThat(script.attempts()).isEqualTo(1);
    }

    @Test
    void probeThatWasGivenUp_takesNoPlaceWhenItGoesOn() {
        tripByOthers();
        time.advance(Duration.ofSeconds(1));
        long slow = breaker.suspend(breaker.tryAcquire(), time.nanoTime());
        time.advance(Duration.ofSeconds(30));
        long other = breaker.tryAcquire();
        assertThat(other).isNotEqualTo(CircuitBreaker.REFUSED);

        assertThat(breaker.resume(slow, time.nanoTime())).isEqualTo(slow);

        breaker.onSuccess(other);
        assertThat(breaker.state()).isEqualTo(BreakerState.CLOSED);
    }
}
