package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.Priority;
import java.time.Duration;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class CostTest {

    private static final long MILLI = Duration.ofMillis(1).toNanos();
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final Member member = new Member(PoolFixture.instance(0), null, new Tuning(BalancePolicy.standard()));

    private void answers(int number, long latency, long nowNanos) {
        for (int i = 0; i < number; i++) {
            member.answered(latency, nowNanos);
        }
    }

    /** All have had many calls, which took so long. */
    private void usual(long latency) {
        member.tuning.learn(1_000, 1_000 * Math.log((double) latency), 250, 5 * SECOND);
    }

    @Test
    void withoutHistory_isFreeForOneAttempt_andCostlyForMore() {
        assertThat(member.cost(0)).isZero();

        member.take(Priority.NORMAL, 0);
        assertThat(member.cost(0)).isGreaterThan((double) Duration.ofMinutes(30).toNanos());
    }

    @Test
    void cost_isLatencyTimesAttempts() {
        answers(10, 20 * MILLI, 0);
        member.take(Priority.NORMAL, 0);
        member.take(Priority.NORMAL, 0);

        assertThat(member.cost(0)).isCloseTo(3.0 * 20 * MILLI, within(0.01 * MILLI));
    }

    @Test
    void firstAnswers_countAlike() {
        member.answered(10 * MILLI, 0);
        member.answered(20 * MILLI, 1);
        member.answered(60 * MILLI, 2);

        assertThat(member.latencyNanos()).isCloseTo(30.0 * MILLI, within(0.01 * MILLI));
    }

    @Test
    void fewSlowAnswers_countAtOnce_andAreForgottenSoon() {
        answers(1_000, 10 * MILLI, 0);

        answers(3, 200 * MILLI, MILLI);
        assertThat(member.cost(MILLI)).isGreaterThan(100.0 * MILLI);

        answers(20, 10 * MILLI, 2 * MILLI);
        assertThat(member.cost(2 * MILLI)).isLessThan(12.0 * MILLI);
    }

    @Test
    void singleSlowAnswer_isNoPeakYet() {
        answers(1_000, 10 * MILLI, 0);
        member.answered(80 * MILLI, 0);

        assertThat(member.cost(0)).isLessThan(11.0 * MILLI);
    }

    @Test
    void silence_makesItCheaperAfterTheDecayTime_soThatItIsTriedAgain() {
        usual(2 * MILLI);
        answers(10, 1_000 * MILLI, 0);

        assertThat(member.cost(10 * SECOND)).isCloseTo(1_000.0 * MILLI, within(1.0 * MILLI));
        assertThat(member.cost(15 * SECOND)).isBetween(400.0 * MILLI, 600.0 * MILLI);
        assertThat(member.cost(20 * SECOND)).isCloseTo(1.0 * MILLI, within(0.01 * MILLI));
    }

    @Test
    void silence_neverMakesItFree_soThatItsAttemptsCountHoweverLongItLasts() {
        usual(2 * MILLI);
        answers(10, 1_000 * MILLI, 0);
        for (int i = 0; i < 3; i++) {
            member.take(Priority.NORMAL, 0);
        }

        assertThat(member.cost(24 * 3_600 * SECOND)).isCloseTo(4.0 * MILLI, within(0.01 * MILLI));
    }

    @Test
    void attemptAfterSilence_isTheOnlyOneUntilItIsAnswered() {
        usual(2 * MILLI);
        answers(10, 1_000 * MILLI, 0);
        assertThat(member.cost(20 * SECOND)).isLessThan(2.0 * MILLI);

        member.take(Priority.NORMAL, 20 * SECOND);

        assertThat(member.cost(20 * SECOND + 1)).isGreaterThan(1_000.0 * MILLI);
    }

    @Test
    void goodAnswerAfterSilence_isTheWholeEstimate() {
        usual(2 * MILLI);
        answers(100, 1_000 * MILLI, 0);
        for (int i = 0; i < 10; i++) {
            member.failed(1_000 * MILLI, 0, 0);
        }

        member.answered(2 * MILLI, 30 * SECOND);

        assertThat(member.cost(30 * SECOND)).isCloseTo(2.0 * MILLI, within(0.1 * MILLI));
    }

    @Test
    void failureAfterSilence_makesItCostlyAtOnce() {
        usual(2 * MILLI);
        answers(100, 2 * MILLI, 0);

        member.failed(MILLI / 10, 0, 30 * SECOND);

        assertThat(member.cost(30 * SECOND)).isGreaterThan(20.0 * MILLI);
    }

    @Test
    void silence_isMeasuredByHowOftenPeersAreCalled_soThatRareCallsForgetNothing() {
        member.tuning.learn(10, 10 * Math.log(2.0 * MILLI), 0.5, 10 * SECOND);
        answers(10, 1_000 * MILLI, 0);

        assertThat(member.cost(100 * SECOND)).isCloseTo(1_000.0 * MILLI, within(1.0 * MILLI));
        assertThat(member.cost(200 * SECOND)).isCloseTo(1.0 * MILLI, within(0.01 * MILLI));
    }

    @Test
    void attemptNobodyWaitedFor_breaksTheSilence() {
        usual(2 * MILLI);
        answers(10, 1_000 * MILLI, 0);

        member.unfinished(100 * MILLI, 20 * SECOND);

        assertThat(member.cost(29 * SECOND)).isCloseTo(1_000.0 * MILLI, within(1.0 * MILLI));
    }

    @Test
    void failures_makeItCostlier_howeverQuickTheyWere() {
        answers(100, 10 * MILLI, 0);
        double before = member.cost(0);

        member.failed(MILLI / 10, 0, 0);

        assertThat(member.cost(0)).isGreaterThan(1.5 * before);
    }

    @Test
    void quickFailuresOfOneThatNeverAnswered_attractNobody() {
        Member healthy = new Member(PoolFixture.instance(1), null, member.tuning);
        healthy.answered(10 * MILLI, 0);

        member.failed(MILLI / 10, healthy.latencyNanos(), 0);

        assertThat(member.cost(0)).isGreaterThan(healthy.cost(0));
    }

    @Test
    void attemptNobodyWaitedFor_makesItNeverCheaper() {
        answers(10, 100 * MILLI, 0);
        double before = member.cost(0);

        member.unfinished(MILLI, 0);
        assertThat(member.cost(0)).isEqualTo(before);

        for (int i = 0; i < 4; i++) {
            member.unfinished(2_000 * MILLI, 0);
        }
        assertThat(member.cost(0)).isGreaterThan(5 * before);
    }

    @Test
    void answerOfTheRequestsFault_makesItNeverCheaper() {
        answers(10, 100 * MILLI, 0);

        for (int i = 0; i < 100; i++) {
            member.answeredEarly(MILLI, i * SECOND);
        }

        assertThat(member.latencyNanos()).isCloseTo(100.0 * MILLI, within(1.0 * MILLI));
    }

    @Test
    void clockThatComesLate_changesNoOrder() {
        answers(10, 100 * MILLI, 10 * SECOND);

        member.answered(100 * MILLI, 9 * SECOND);

        assertThat(member.cost(20 * SECOND)).isCloseTo(100.0 * MILLI, within(1.0 * MILLI));
    }
}
