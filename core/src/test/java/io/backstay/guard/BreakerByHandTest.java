package io.backstay.guard;

import io.backstay.CallRejectedException;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.spi.RandomSource;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

import static io.backstay.guard.BreakerState.CLOSED;
import static io.backstay.guard.BreakerState.DISABLED;
import static io.backstay.guard.BreakerState.FORCED_OPEN;
import static io.backstay.guard.BreakerState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BreakerByHandTest {

    private final BreakerFixture fixture = new BreakerFixture(CircuitBreakerPolicy.rate());
    private final CircuitBreaker breaker = fixture.breaker;

    @Test
    void forcedOpen_refusesForGood() {
        breaker.forceOpen();
        fixture.advance(Duration.ofDays(1));

        assertThat(fixture.refuses()).isTrue();
        assertThat(breaker.status().nextProbeAt()).isEmpty();
        breaker.close();
        assertThat(fixture.acquire()).isNotNegative();
        assertThat(fixture.changes)
                .containsExactly("CLOSED->FORCED_OPEN: forced open by hand", "FORCED_OPEN->CLOSED: closed by hand");
    }

    @Test
    void forcedOpenWhileOpen_isNotMadeHalfOpenByTheOldTimer() {
        fixture.fail(5);
        breaker.forceOpen();
        assertThat(fixture.time.pendingTasks()).isZero();
        fixture.advanceSeconds(60);

        assertThat(fixture.state()).isEqualTo(FORCED_OPEN);
    }

    @Test
    void disabled_letsAllThroughAndGoesOnCounting() {
        breaker.disable();
        fixture.fail(100);

        assertThat(fixture.state()).isEqualTo(DISABLED);
        assertThat(breaker.status().failures()).isEqualTo(100);
        assertThat(fixture.acquire()).isNotNegative();
    }

    @Test
    void close_endsAnOutage() {
        fixture.fail(5);
        fixture.advanceSeconds(10);
        breaker.close();

        assertThat(fixture.acquire()).isNotNegative();
        assertThat(breaker.status().meanTimeToRecovery()).contains(Duration.ofSeconds(10));
        assertThat(fixture.time.pendingTasks()).isZero();
    }

    @Test
    void close_whenClosed_keepsWhatWasCounted() {
        fixture.fail(3);
        breaker.close();

        assertThat(breaker.status().failures()).isEqualTo(3);
        assertThat(fixture.changes).isEmpty();
    }

    @Test
    void reset_forgetsEverything() {
        fixture.fail(5);
        breaker.reset();

        BreakerStatus status = breaker.status();
        assertThat(status.state()).isEqualTo(CLOSED);
        assertThat(status.timesOpened()).isZero();
        assertThat(status.calls()).isZero();
        assertThat(status.meanTimeToRecovery()).isEmpty();
        assertThat(fixture.changes).last().isEqualTo("OPEN->CLOSED: reset by hand");
    }

    @Test
    void permitFromBeforeAHandWasLaidOn_changesNothing() {
        long early = fixture.acquire();
        breaker.forceOpen();
        breaker.close();
        fixture.fail(early);

        assertThat(breaker.status().failures()).isZero();
        assertThat(breaker.status().counts().inFlight()).isZero();
    }

    @Test
    void status_tellsTimesAndRecoveries() {
        fixture.advanceSeconds(100);
        fixture.fail(5);
        BreakerStatus open = breaker.status();
        assertThat(open.since()).isEqualTo(Instant.parse("2026-01-01T00:01:40Z"));
        assertThat(open.nextProbeAt()).contains(Instant.parse("2026-01-01T00:02:10Z"));
        assertThat(open.counts()).isEqualTo(BreakerCounts.NONE);

        fixture.advanceSeconds(30);
        fixture.fail(1);
        fixture.advanceSeconds(30);
        fixture.succeed(1);
        fixture.fail(5);
        fixture.advanceSeconds(30);
        fixture.advanceSeconds(10);
        fixture.succeed(1);

        BreakerStatus closed = breaker.status();
        assertThat(closed.timesOpened()).isEqualTo(3);
        assertThat(closed.meanTimeToRecovery())
                .as("60 s from the first opening through a failed probe, then 40 s")
                .contains(Duration.ofSeconds(50));
        assertThat(closed.nextProbeAt()).isEmpty();
    }

    @Test
    void permitInATryBlock_countsWhatWasSaid() {
        try (CircuitBreaker.Permit permit = breaker.acquire()) {
            permit.succeed();
        }
        try (CircuitBreaker.Permit permit = breaker.acquire()) {
            permit.ignore();
        }
        assertThat(breaker.status().calls()).isEqualTo(1);
        assertThat(breaker.status().failures()).isZero();
        assertThat(breaker.status().counts().inFlight()).isZero();
    }

    @Test
    void permitInATryBlockLeftByAnException_countsAsFailed() {
        assertThatThrownBy(() -> {
                    try (CircuitBreaker.Permit permit = breaker.acquire()) {
                        throw new IllegalStateException("no answer");
                    }
                })
                .isInstanceOf(IllegalStateException.class);
        assertThat(breaker.status().failures()).isEqualTo(1);
    }

    @Test
    void acquire_whenOpen_throwsWhatCallersKnow() {
        fixture.fail(5);

        assertThatThrownBy(breaker::acquire).isInstanceOfSatisfying(CallRejectedException.class, refused -> {
            assertThat(refused.guard()).isEqualTo("circuit breaker");
            assertThat(refused.retryAfter()).contains(Duration.ofSeconds(30));
            assertThat(refused.getMessage()).contains("users", "OPEN");
        });
    }

    @Test
    void breakerOfADisabledPolicy_isDisabled_andStaysSoWhenClosedByHand() {
        BreakerFixture off = new BreakerFixture(CircuitBreakerPolicy.disabled());
        off.fail(50);
        off.breaker.forceOpen();
        off.breaker.close();

        assertThat(off.state()).isEqualTo(DISABLED);
    }

    @Test
    void listenerThatActsOnTheBreaker_isToldOfAllInOrder() {
        StringBuilder told = new StringBuilder();
        CircuitBreaker reacting = new CircuitBreaker(
                "users",
                CircuitBreakerPolicy.rate(),
                fixture.time,
                fixture.time,
                RandomSource.seeded(1),
                (changed, from, to, reason) -> {
                    if (to == OPEN) {
                        changed.forceOpen();
                    }
                    told.append(from).append("->").append(to).append(' ');
                    if (to == FORCED_OPEN) {
                        throw new AssertionError("a bug");
                    }
                });
        for (int i = 0; i < 5; i++) {
            reacting.onFailure(reacting.tryAcquire());
        }
        reacting.close();

        assertThat(told).hasToString("CLOSED->OPEN OPEN->FORCED_OPEN FORCED_OPEN->CLOSED ");
    }
}
