package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import java.time.Duration;
import org.junit.jupiter.api.Test;

import static io.backstay.guard.BreakerState.CLOSED;
import static io.backstay.guard.BreakerState.DISABLED;
import static io.backstay.guard.BreakerState.HALF_OPEN;
import static io.backstay.guard.BreakerState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

class BreakerUpdateTest {

    private static final CircuitBreakerPolicy RATE = CircuitBreakerPolicy.rate();
    private static final CircuitBreakerPolicy LAST_40 =
            RATE.toBuilder().lastCalls(40).build();

    /** 16 calls of which 4 failed, one each 500 ms, and two that are on their way. */
    private static BreakerFixture busy(CircuitBreakerPolicy policy) {
        BreakerFixture fixture = new BreakerFixture(policy);
        for (int i = 0; i < 4; i++) {
            fixture.succeed(3);
            fixture.fail(1);
            fixture.advance(Duration.ofMillis(500));
        }
        return fixture;
    }

    private static void assertKept(BreakerFixture fixture, long onItsWay) {
        assertThat(fixture.breaker.status().calls()).isEqualTo(16);
        assertThat(fixture.breaker.status().failures()).isEqualTo(4);
        assertThat(fixture.breaker.status().consecutiveFailures()).isEqualTo(1);
        assertThat(fixture.breaker.status().counts().inFlight()).isEqualTo(1);

        fixture.fail(onItsWay);
        assertThat(fixture.breaker.status().failures()).isEqualTo(5);
        assertThat(fixture.breaker.status().counts().inFlight()).isZero();
        assertThat(fixture.changes).isEmpty();
    }

    private static void assertKept(CircuitBreakerPolicy from, CircuitBreakerPolicy to) {
        BreakerFixture fixture = busy(from);
        long onItsWay = fixture.acquire();
        fixture.breaker.update(to);
        assertThat(fixture.breaker.policy()).isSameAs(to);
        assertKept(fixture, onItsWay);
    }

    @Test
    void otherThresholds_loseNoStatisticsAndNoPermits() {
        assertKept(
                RATE,
                RATE.toBuilder().failureRate(90).openTime(Duration.ofSeconds(1)).build());
    }

    @Test
    void longerWindow_keepsAllThatTheShorterHeld() {
        assertKept(RATE, RATE.toBuilder().window(Duration.ofSeconds(60)).build());
    }

    @Test
    void shorterWindow_keepsWhatIsStillWithinIt() {
        BreakerFixture fixture = busy(RATE);
        fixture.breaker.update(RATE.toBuilder().window(Duration.ofSeconds(1)).build());

        assertThat(fixture.breaker.status().calls()).isEqualTo(8);
        assertThat(fixture.breaker.status().failures()).isEqualTo(2);
    }

    @Test
    void timeToCalls_andBack_keepsTheTotals() {
        assertKept(RATE, LAST_40);
        assertKept(LAST_40, RATE);
    }

    @Test
    void windowOfFewerCalls_keepsTheNewest() {
        BreakerFixture fixture = busy(LAST_40);
        fixture.breaker.update(LAST_40.toBuilder().lastCalls(6).minimumCalls(6).build());

        assertThat(fixture.breaker.status().calls()).isEqualTo(6);
        assertThat(fixture.breaker.status().failures()).isEqualTo(2);
    }

    @Test
    void timeToFewerCalls_keepsTheRate() {
        BreakerFixture fixture = busy(RATE);
        fixture.breaker.update(LAST_40.toBuilder().lastCalls(8).minimumCalls(8).build());

        assertThat(fixture.breaker.status().calls()).isEqualTo(8);
        assertThat(fixture.breaker.status().failures()).isEqualTo(2);
    }

    @Test
    void manyUpdates_keepCountOfWhatIsOnItsWay() {
        BreakerFixture fixture = new BreakerFixture(RATE);
        long[] permits = new long[6];
        for (int i = 0; i < permits.length; i++) {
            permits[i] = fixture.acquire();
            fixture.breaker.update(
                    RATE.toBuilder().window(Duration.ofSeconds(20 + i)).build());
            assertThat(fixture.breaker.status().counts().inFlight()).isEqualTo(i + 1);
        }
        for (int i = 0; i < permits.length; i++) {
            fixture.succeed(permits[i]);
            assertThat(fixture.breaker.status().counts().inFlight()).isEqualTo(5 - i);
        }
        assertThat(fixture.breaker.status().calls()).isEqualTo(6);
    }

    @Test
    void callThatHangsOverAnUpdate_becomesSlowAllTheSame() {
        BreakerFixture fixture = new BreakerFixture(RATE);
        fixture.succeed(20);
        fixture.acquire();
        fixture.breaker.update(RATE.toBuilder().window(Duration.ofSeconds(30)).build());
        fixture.advanceSeconds(6);

        assertThat(fixture.breaker.status().counts().slow()).isEqualTo(1);
    }

    @Test
    void lowerThreshold_worksFromTheNextFailureOn() {
        BreakerFixture fixture = busy(RATE);
        fixture.breaker.update(RATE.toBuilder().failureRate(10).minimumCalls(5).build());
        assertThat(fixture.state()).isEqualTo(CLOSED);

        fixture.fail(1);
        assertThat(fixture.state()).isEqualTo(OPEN);
    }

    @Test
    void shorterOpenTime_endsAnOpeningSooner() {
        BreakerFixture fixture = new BreakerFixture(
                CircuitBreakerPolicy.builder().openTime(Duration.ofHours(2)).build());
        fixture.fail(5);
        fixture.breaker.update(RATE.toBuilder().followRetryAfter(false).build());
        assertThat(fixture.time.pendingTasks()).isEqualTo(1);

        fixture.advanceSeconds(30);
        assertThat(fixture.changes).last().asString().startsWith("OPEN->HALF_OPEN");
    }

    @Test
    void probesOnTheirWay_keepTheirPlaces() {
        BreakerFixture fixture = BreakerFixture.halfOpen(RATE);
        long probe = fixture.acquire();
        fixture.breaker.update(RATE.toBuilder().probes(2).build());
        assertThat(fixture.acquire()).isNotNegative();
        assertThat(fixture.refuses()).isTrue();
        assertThat(fixture.state()).isEqualTo(HALF_OPEN);

        fixture.succeed(probe);
        assertThat(fixture.state()).isEqualTo(CLOSED);
    }

    @Test
    void fewerProbes_holdOnceThoseOnTheirWayHaveEnded() {
        BreakerFixture fixture = BreakerFixture.halfOpen(
                RATE.toBuilder().probes(3).probeSuccesses(9).build());
        long[] probes = {fixture.acquire(), fixture.acquire(), fixture.acquire()};
        fixture.breaker.update(RATE.toBuilder().probeSuccesses(9).build());
        fixture.succeed(probes[0]);
        fixture.succeed(probes[1]);
        assertThat(fixture.refuses()).isTrue();

        fixture.succeed(probes[2]);
        assertThat(fixture.acquire()).isNotNegative();
        assertThat(fixture.refuses()).isTrue();
    }

    @Test
    void policySwitchedOffAndOn_disablesAndCloses() {
        BreakerFixture fixture = new BreakerFixture(RATE);
        fixture.fail(5);
        fixture.breaker.update(CircuitBreakerPolicy.disabled());
        assertThat(fixture.state()).isEqualTo(DISABLED);
        assertThat(fixture.time.pendingTasks()).isZero();

        fixture.breaker.update(RATE);
        assertThat(fixture.state()).isEqualTo(CLOSED);
    }

    @Test
    void breakerDisabledByHand_staysSo_whateverPoliciesFollow() {
        BreakerFixture fixture = new BreakerFixture(RATE);
        fixture.breaker.disable();
        fixture.fail(30);
        fixture.breaker.update(RATE.toBuilder().failureRate(90).build());
        fixture.breaker.update(CircuitBreakerPolicy.disabled());
        fixture.breaker.update(RATE);

        assertThat(fixture.state()).isEqualTo(DISABLED);
        assertThat(fixture.changes).containsExactly("CLOSED->DISABLED: disabled by hand");
        assertThat(fixture.breaker.status().failures()).isEqualTo(30);
        fixture.breaker.close();
        assertThat(fixture.state()).isEqualTo(CLOSED);
    }

    @Test
    void handThatDisablesWhatItsPolicyHasDisabled_isRemembered_untilItCloses() {
        BreakerFixture fixture = new BreakerFixture(CircuitBreakerPolicy.disabled());
        fixture.breaker.disable();
        fixture.breaker.update(RATE);
        assertThat(fixture.state()).isEqualTo(DISABLED);

        fixture.breaker.update(CircuitBreakerPolicy.disabled());
        fixture.breaker.close();
        fixture.breaker.update(RATE);
        assertThat(fixture.state()).isEqualTo(CLOSED);
        fixture.fail(5);
        assertThat(fixture.state()).isEqualTo(OPEN);
    }

    @Test
    void callOfAWindowLongGone_givesBackNothingOfANewerOne() {
        BreakerFixture fixture = new BreakerFixture(RATE);
        long early = fixture.acquire();
        for (int i = 0; i < Permits.GENERATIONS; i++) {
            fixture.breaker.update(
                    RATE.toBuilder().window(Duration.ofSeconds(20 + i)).build());
        }
        fixture.acquire();
        fixture.succeed(early);

        assertThat(fixture.breaker.status().counts().inFlight()).isEqualTo(1);
    }

    @Test
    void longerSlowTime_judgesNoCallOfBeforeEarly() {
        BreakerFixture fixture = new BreakerFixture(RATE);
        fixture.acquire();
        long other = fixture.acquire();
        fixture.breaker.update(
                RATE.toBuilder().slowCallTime(Duration.ofSeconds(60)).build());
        fixture.advanceSeconds(40);
        fixture.succeed(other);
        assertThat(fixture.breaker.status().counts().slow()).isZero();

        fixture.advanceSeconds(21);
        assertThat(fixture.breaker.status().counts().slow()).isEqualTo(1);
    }

    @Test
    void longerSlowTime_takesWhatWasSlowBeforeForNoneAtFirst() {
        BreakerFixture fixture = new BreakerFixture(RATE);
        fixture.acquire();
        fixture.advanceSeconds(20);
        fixture.succeed(1);
        assertThat(fixture.breaker.status().counts().slow()).isEqualTo(1);

        fixture.breaker.update(
                RATE.toBuilder().slowCallTime(Duration.ofSeconds(60)).build());
        assertThat(fixture.breaker.status().counts().slow()).isZero();
        fixture.advanceSeconds(60);
        assertThat(fixture.breaker.status().counts().slow()).isEqualTo(1);
    }
}
