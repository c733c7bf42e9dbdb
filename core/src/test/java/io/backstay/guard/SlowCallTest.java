package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static io.backstay.guard.BreakerState.CLOSED;
import static io.backstay.guard.BreakerState.HALF_OPEN;
import static io.backstay.guard.BreakerState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

class SlowCallTest {

    private static final CircuitBreakerPolicy HALF_OF_TEN =
            CircuitBreakerPolicy.builder().slowCallRate(50).minimumCalls(10).build();

    private final BreakerFixture fixture = new BreakerFixture(HALF_OF_TEN);
    private final CircuitBreaker breaker = fixture.breaker;

    private List<Long> start(int calls) {
        List<Long> permits = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            permits.add(fixture.acquire());
        }
        return permits;
    }

    @Test
    void opens_whenHalfOfTheCallsWereSlow() {
        fixture.succeed(5);
        List<Long> slow = start(5);
        fixture.advance(Duration.ofMillis(5_001));
        slow.subList(0, 4).forEach(fixture::succeed);
        assertThat(fixture.state()).isEqualTo(CLOSED);
        fixture.succeed(slow.get(4));

        assertThat(fixture.changes).containsExactly("CLOSED->OPEN: slow-call rate 50 % of 10 calls");
    }

    @Test
    void callsThatHang_openItWhileTheyAreOnTheirWay() {
        fixture.succeed(5);
        start(10);
        fixture.advance(Duration.ofMillis(5_500));
        assertThat(fixture.acquire())
                .as("5.5 s after they began in a bucket that ended after 1 s")
                .isNotNegative();

        fixture.advance(Duration.ofMillis(500));

        assertThat(fixture.refuses()).isTrue();
        assertThat(fixture.changes).containsExactly("CLOSED->OPEN: slow-call rate 67 % of 15 calls");
    }

    @Test
    void status_countsCallsThatHangAsSlow() {
        fixture.succeed(12);
        start(4);
        fixture.advanceSeconds(6);

        BreakerStatus status = breaker.status();
        assertThat(status.counts().inFlight()).isEqualTo(4);
        assertThat(status.counts().slow()).isEqualTo(4);
        assertThat(status.slowCallRate()).isEqualTo(25.0);
        assertThat(status.calls()).isEqualTo(12);
        assertThat(status.failureRate()).isZero();
    }

    @Test
    void hangingForMinutes_staysCountedOnce_andEndsCounted() {
        List<Long> hanging = start(3);
        for (int minute = 0; minute < 30; minute++) {
            fixture.advanceSeconds(60);
            fixture.succeed(1);
            assertThat(breaker.status().counts().inFlight()).isEqualTo(3);
        }

        hanging.forEach(fixture::fail);

        BreakerCounts counts = breaker.status().counts();
        assertThat(counts.inFlight()).isZero();
        assertThat(counts.failures()).isEqualTo(3);
        assertThat(counts.slow()).isEqualTo(3);
    }

    @Test
    void callOfExactlyTheTime_isNotSlow_andOneAMillisecondLongerIs() {
        fixture.succeedAfter(Duration.ofSeconds(5));
        assertThat(breaker.status().counts().slow()).isZero();

        fixture.succeedAfter(Duration.ofMillis(5_001));
        assertThat(breaker.status().counts().slow()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {1_000_000, 1_100_000, 1_048_576, 1_048_577, 3_000_000})
    void shortTime_isNeverCutShort_andIsExceededByLessThanAThirdOfAMillisecond(long slowNanos) {
        BreakerFixture exact = new BreakerFixture(HALF_OF_TEN.toBuilder()
                .slowCallTime(Duration.ofNanos(slowNanos))
                .build());
        for (int i = 0; i < 500; i++) {
            exact.advance(Duration.ofNanos(12_347));
            exact.succeedAfter(Duration.ofNanos(slowNanos));
        }
        assertThat(exact.changes).isEmpty();
        assertThat(exact.breaker.status().counts().slow())
                .as("of those of the time")
                .isZero();

        for (int i = 0; i < 400; i++) {
            exact.advance(Duration.ofNanos(12_347));
            exact.succeedAfter(Duration.ofNanos(slowNanos + 300_000));
        }
        assertThat(exact.breaker.status().counts().slow()).as("of longer ones").isEqualTo(400);
    }

    @Test
    void waitingBetweenAttempts_isNeverSlow() {
        long permit = fixture.acquire();
        for (int attempt = 0; attempt < 4; attempt++) {
            fixture.advanceSeconds(2);
            permit = breaker.suspend(permit, fixture.time.nanoTime());
            assertThat(breaker.status().counts().inFlight()).isZero();
            fixture.advanceSeconds(20);
            permit = breaker.resume(permit, fixture.time.nanoTime());
            assertThat(breaker.status().counts().inFlight()).isEqualTo(1);
        }
        fixture.succeed(permit);

        BreakerCounts counts = breaker.status().counts();
        assertThat(counts.calls()).isEqualTo(1);
        assertThat(counts.slow()).isZero();
        assertThat(counts.inFlight()).isZero();
    }

    @Test
    void slowAttempt_marksItsCallForGood() {
        long permit = fixture.acquire();
        fixture.advanceSeconds(6);
        permit = breaker.suspend(permit, fixture.time.nanoTime());
        permit = breaker.resume(permit, fixture.time.nanoTime());
        fixture.succeed(permit);

        assertThat(breaker.status().counts().slow()).isEqualTo(1);
    }

    @Test
    void call_mayEndWhileItIsSuspended() {
        long permit = breaker.suspend(fixture.acquire(), fixture.time.nanoTime());
        fixture.advanceSeconds(60);
        fixture.fail(permit);

        BreakerCounts counts = breaker.status().counts();
        assertThat(counts.failures()).isEqualTo(1);
        assertThat(counts.slow()).isZero();
        assertThat(counts.inFlight()).isZero();
    }

    @Test
    void suspendAndResume_ofAnOlderPhase_changeNothing() {
        long early = fixture.acquire();
        breaker.reset();

        long resumed = breaker.resume(breaker.suspend(early, fixture.time.nanoTime()), fixture.time.nanoTime());

        assertThat(resumed).isEqualTo(early);
        assertThat(breaker.status().counts().inFlight()).isZero();
    }

    @Test
    void timeoutThatTheCallerCutShort_isNoFailureButStaysSlow() {
        long cut = fixture.acquire();
        fixture.advanceSeconds(6);
        breaker.onIgnored(cut, fixture.time.nanoTime());
        breaker.onIgnored(fixture.acquire(), fixture.time.nanoTime());

        BreakerCounts counts = breaker.status().counts();
        assertThat(counts.calls()).isZero();
        assertThat(counts.slow()).isEqualTo(1);
        assertThat(counts.slowCallRate()).isEqualTo(100.0);
        assertThat(counts.inFlight()).isZero();
    }

    @Test
    void cancelledCall_isNotSlowHoweverLongItTook() {
        long cancelled = fixture.acquire();
        fixture.advanceSeconds(60);
        breaker.onIgnored(cancelled);

        assertThat(breaker.status().counts().slow()).isZero();
        assertThat(breaker.status().counts().inFlight()).isZero();
    }

    @Test
    void byDefault_opensOnlyWhenAllCallsAreSlow() {
        BreakerFixture standard = new BreakerFixture(CircuitBreakerPolicy.rate());
        standard.succeed(1);
        for (int i = 0; i < 30; i++) {
            standard.acquire();
        }
        standard.advanceSeconds(9);
        standard.acquire();
        assertThat(standard.state()).as("one of 31 was fast").isEqualTo(CLOSED);

        standard.advanceSeconds(1);
        standard.acquire();
        assertThat(standard.state()).as("and has left the window").isEqualTo(OPEN);
    }

    @Test
    void slowProbe_doesNotCloseIt() {
        BreakerFixture halfOpen = BreakerFixture.halfOpen(CircuitBreakerPolicy.rate());
        halfOpen.succeedAfter(Duration.ofSeconds(6));

        assertThat(halfOpen.state()).isEqualTo(OPEN);
        assertThat(halfOpen.changes).last().isEqualTo("HALF_OPEN->OPEN: probe was slow");
    }

    @Test
    void probeThatWaitsBetweenAttempts_isNotSlow_andKeepsItsPlace() {
        BreakerFixture halfOpen = BreakerFixture.halfOpen(CircuitBreakerPolicy.rate());
        long probe = halfOpen.breaker.suspend(halfOpen.acquire(), halfOpen.time.nanoTime());
        halfOpen.advanceSeconds(20);
        assertThat(halfOpen.refuses()).isTrue();
        assertThat(halfOpen.state()).isEqualTo(HALF_OPEN);

        halfOpen.succeed(halfOpen.breaker.resume(probe, halfOpen.time.nanoTime()));
        assertThat(halfOpen.state()).isEqualTo(CLOSED);
    }

    @Test
    void longSlowTime_isNotTakenForReachedWhenTheWindowHasPassed() {
        BreakerFixture patient = new BreakerFixture(
                HALF_OF_TEN.toBuilder().slowCallTime(Duration.ofMinutes(5)).build());
        for (int i = 0; i < 20; i++) {
            patient.acquire();
        }
        patient.advanceSeconds(299);
        patient.acquire();
        assertThat(patient.breaker.status().counts().slow()).isZero();

        patient.advanceSeconds(60);
        assertThat(patient.refuses()).isTrue();
        assertThat(patient.changes).containsExactly("CLOSED->OPEN: slow-call rate 100 % of 20 calls");
    }

    @Test
    void windowOfCalls_seesCallsThatHangToo() {
        BreakerFixture byCount =
                new BreakerFixture(HALF_OF_TEN.toBuilder().lastCalls(10).build());
        byCount.succeed(5);
        for (int i = 0; i < 5; i++) {
            byCount.acquire();
        }
        byCount.advanceSeconds(6);

        assertThat(byCount.refuses()).isTrue();
    }

    @Test
    void withoutSlowCallRate_nothingIsSlow() {
        BreakerFixture patient = new BreakerFixture(CircuitBreakerPolicy.consecutive());
        for (int i = 0; i < 30; i++) {
            patient.succeedAfter(Duration.ofMinutes(1));
        }
        assertThat(patient.state()).isEqualTo(CLOSED);
        assertThat(patient.breaker.status().counts().slow()).isZero();
    }
}
