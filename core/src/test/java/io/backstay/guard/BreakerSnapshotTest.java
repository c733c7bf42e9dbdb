package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static io.backstay.guard.BreakerState.CLOSED;
import static io.backstay.guard.BreakerState.DISABLED;
import static io.backstay.guard.BreakerState.HALF_OPEN;
import static io.backstay.guard.BreakerState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BreakerSnapshotTest {

    private static final CircuitBreakerPolicy GROWING =
            CircuitBreakerPolicy.builder().growOpenTime(true).build();

    private static BreakerFixture openedTwice() {
        BreakerFixture fixture = BreakerFixture.halfOpen(CircuitBreakerPolicy.rate());
        fixture.fail(1);
        fixture.advanceSeconds(10);
        return fixture;
    }

    @Test
    void restored_staysOpenForTheRestOfTheTime_andKeepsItsStory() {
        BreakerSnapshot snapshot = openedTwice().breaker.snapshot();
        assertThat(snapshot).isEqualTo(new BreakerSnapshot(OPEN, Duration.ofSeconds(20), 2, 2, Duration.ofSeconds(40)));

        BreakerFixture next = new BreakerFixture(GROWING);
        next.breaker.restore(snapshot);
        assertThat(next.changes).containsExactly("CLOSED->OPEN: restored");
        next.advanceSeconds(20);
        assertThat(next.changes).last().asString().startsWith("OPEN->HALF_OPEN");

        next.fail(1);
        assertThat(next.breaker.retryAfter(next.time.nanoTime()))
                .as("the third in a row")
                .isBetween(Duration.ofSeconds(120), Duration.ofSeconds(132));
        assertThat(next.breaker.status().timesOpened()).isEqualTo(3);
    }

    @Test
    void recoveryAfterARestart_countsFromTheFirstOpening() {
        BreakerFixture next = new BreakerFixture(CircuitBreakerPolicy.rate());
        next.breaker.restore(openedTwice().breaker.snapshot());
        next.advanceSeconds(20);
        next.succeed(1);

        assertThat(next.breaker.status().meanTimeToRecovery()).contains(Duration.ofSeconds(60));
    }

    @ParameterizedTest
    @EnumSource
    void everyState_isRestoredAsItWas(BreakerState state) {
        BreakerFixture fixture = new BreakerFixture(CircuitBreakerPolicy.rate());
        fixture.breaker.restore(new BreakerSnapshot(state, Duration.ofSeconds(7), 1, 1, Duration.ofSeconds(1)));

        assertThat(fixture.state()).isEqualTo(state);
        assertThat(fixture.breaker.snapshot().state()).isEqualTo(state);
    }

    @Test
    void openTimeFromOutside_isBoundedByThePolicy() {
        BreakerFixture fixture = new BreakerFixture(CircuitBreakerPolicy.rate());
        fixture.breaker.restore(
                new BreakerSnapshot(OPEN, Duration.ofSeconds(Long.MAX_VALUE), 1, 1, Duration.ofSeconds(1)));

        assertThat(fixture.breaker.retryAfter(fixture.time.nanoTime())).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void ageFromOutside_isNoTroubleHoweverGreat() {
        BreakerFixture fixture = new BreakerFixture(CircuitBreakerPolicy.rate());
        fixture.breaker.restore(
                new BreakerSnapshot(HALF_OPEN, Duration.ZERO, 1, 1, Duration.ofSeconds(Long.MAX_VALUE)));
        fixture.succeed(1);

        assertThat(fixture.state()).isEqualTo(CLOSED);
        assertThat(fixture.breaker.status().meanTimeToRecovery().orElseThrow()).isPositive();
    }

    @Test
    void disabledPolicy_isNotOpenedByARestore() {
        BreakerFixture fixture = new BreakerFixture(CircuitBreakerPolicy.disabled());
        fixture.breaker.restore(openedTwice().breaker.snapshot());

        assertThat(fixture.state()).isEqualTo(DISABLED);
    }

    @Test
    void nonsense_isRefused() {
        assertThatThrownBy(() -> new BreakerSnapshot(OPEN, Duration.ofSeconds(-1), 0, 0, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("negative");
        assertThatThrownBy(() -> new BreakerSnapshot(OPEN, Duration.ZERO, -1, 0, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void hintOfAQuorum_lowersTheThresholds_butOpensNothingByItself() {
        BreakerFixture fixture = new BreakerFixture(CircuitBreakerPolicy.rate());
        fixture.fail(2);
        assertThat(fixture.breaker.hint(2, 3, Duration.ofSeconds(30))).isTrue();
        fixture.succeed(7);
        assertThat(fixture.state()).isEqualTo(CLOSED);

        fixture.fail(1);

        assertThat(fixture.changes).containsExactly("CLOSED->OPEN: failure rate 30 % of 10 calls");
    }

    @Test
    void hintOfAQuorum_halvesTheRowOfFailures() {
        BreakerFixture fixture = new BreakerFixture(CircuitBreakerPolicy.consecutive());
        fixture.breaker.hint(2, 2, Duration.ofSeconds(30));
        fixture.fail(3);

        assertThat(fixture.changes).containsExactly("CLOSED->OPEN: threshold reached: 3/3");
    }

    @Test
    void oneBadPeer_orHalfOfThem_isNoQuorum() {
        BreakerFixture fixture = new BreakerFixture(CircuitBreakerPolicy.consecutive());
        assertThat(fixture.breaker.hint(1, 1, Duration.ofSeconds(30))).isFalse();
        assertThat(fixture.breaker.hint(2, 4, Duration.ofSeconds(30))).isFalse();
        assertThat(fixture.breaker.hint(0, 0, Duration.ofSeconds(30))).isFalse();
        fixture.fail(4);

        assertThat(fixture.state()).isEqualTo(CLOSED);
    }

    @Test
    void hint_endsWithItsTime_orWithTheQuorum() {
        BreakerFixture fixture = new BreakerFixture(CircuitBreakerPolicy.consecutive());
        fixture.breaker.hint(3, 3, Duration.ofSeconds(30));
        fixture.advanceSeconds(30);
        fixture.fail(4);
        assertThat(fixture.state()).isEqualTo(CLOSED);

        fixture.succeed(1);
        fixture.breaker.hint(3, 3, Duration.ofSeconds(30));
        fixture.breaker.hint(0, 3, Duration.ofSeconds(30));
        fixture.fail(4);
        assertThat(fixture.state()).isEqualTo(CLOSED);
    }

    @Test
    void breakerThatItsPolicyDisabled_isRestoredAsClosed_andOneThatAHandDidAsDisabled() {
        BreakerFixture off = new BreakerFixture(CircuitBreakerPolicy.disabled());
        assertThat(off.breaker.snapshot().state()).isEqualTo(CLOSED);

        off.breaker.disable();
        BreakerFixture next = new BreakerFixture(CircuitBreakerPolicy.disabled());
        next.breaker.restore(off.breaker.snapshot());
        next.breaker.update(CircuitBreakerPolicy.rate());
        assertThat(next.state()).isEqualTo(DISABLED);
    }
}
