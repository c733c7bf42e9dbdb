package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.event.AttemptStarted;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

class HedgeTest {

    private static final Duration DELAY = Duration.ofMillis(50);
    private static final Duration LATE = Duration.ofSeconds(4);
    private static final HedgePolicy GENEROUS =
            HedgePolicy.builder().fixedDelay(DELAY).budgetPercent(100).build();

    private static CallPolicy.Builder hedged(HedgePolicy hedge) {
        return CallPolicy.builder().hedge(hedge).retry(RetryPolicy.never()).balancer(BalancePolicy.ROUND_ROBIN);
    }

    private static Fixture fixture(Step... steps) {
        return new Fixture(hedged(GENEROUS).build(), steps);
    }

    private static String answer(Mode mode, Fixture fixture) {
        return mode.text(fixture.users.get("/users"), fixture.time).orElseThrow();
    }

    @ParameterizedTest
    @EnumSource
    void callThatTakesLong_isSentToAnotherInstance_andTheFirstAnswerWins(Mode mode) {
        Fixture fixture = fixture(Step.ok("late").after(LATE), Step.ok("early").after(Duration.ofMillis(10)));

        assertThat(answer(mode, fixture)).isEqualTo("early");

        assertThat(fixture.elapsed()).isEqualTo(Duration.ofMillis(60));
        assertThat(fixture.transport.cancelled).as("the loser is cancelled").isOne();
        assertThat(fixture.events(AttemptStarted.class))
                .extracting(attempt -> attempt.instance().address())
                .doesNotHaveDuplicates()
                .hasSize(2);
        assertThat(fixture.backstay
                        .breaker("users")
                        .orElseThrow()
                        .status()
                        .counts()
                        .failures())
                .as("a loser is no failure")
                .isZero();
        assertThat(fixture.time.pendingTasks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void primaryThatAnswersAfterItsHedgeWasSent_mayStillWin(Mode mode) {
        Fixture fixture = fixture(
                Step.ok("first").after(Duration.ofMillis(70)), Step.ok("second").after(LATE));

        assertThat(answer(mode, fixture)).isEqualTo("first");

        assertThat(fixture.elapsed()).isEqualTo(Duration.ofMillis(70));
        assertThat(fixture.transport.cancelled).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void answerInTime_isNotHedged(Mode mode) {
        Fixture fixture = fixture(Step.ok("soon").after(Duration.ofMillis(49)));

        assertThat(answer(mode, fixture)).isEqualTo("soon");

        assertThat(fixture.transport.count()).isOne();
        assertThat(fixture.time.pendingTasks()).as("no timer is left").isZero();
    }

    @ParameterizedTest
    @EnumSource
    void hedgeThatFails_neverFailsACallWhosePrimaryIsAlive(Mode mode) {
        Fixture fixture =
                fixture(Step.ok("first").after(Duration.ofMillis(200)), Step.fails(FailureKind.CONNECTION_LOST));

        assertThat(answer(mode, fixture)).isEqualTo("first");

        assertThat(fixture.elapsed()).isEqualTo(Duration.ofMillis(200));
    }

    @ParameterizedTest
    @EnumSource
    void primaryThatFails_waitsForAHedgeThatIsAlive(Mode mode) {
        Fixture fixture = fixture(
                Step.fails(FailureKind.CONNECTION_LOST).after(Duration.ofMillis(60)),
                Step.ok("second").after(Duration.ofMillis(100)));

        assertThat(answer(mode, fixture)).isEqualTo("second");

        assertThat(fixture.elapsed()).isEqualTo(Duration.ofMillis(150));
    }

    @ParameterizedTest
    @EnumSource
    void whenAllFail_thePrimarysFailureIsTold(Mode mode) {
        Fixture fixture =
                fixture(Step.status(500, "").after(Duration.ofMillis(100)), Step.fails(FailureKind.CONNECTION_LOST));

        CallException failure = mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(failure).isInstanceOf(HttpStatusException.class);
        assertThat(failure.details().attempts()).isEqualTo(2);
        assertThat(failure.details().instance()).contains("one:8001");
    }

    @ParameterizedTest
    @EnumSource
    void primaryThatFailsBeforeTheDelay_isRetriedAsEverAndNotHedged(Mode mode) {
        RetryPolicy retry = RetryPolicy.builder()
                .backoff(Backoff.fixed(Duration.ofSeconds(1)))
                .build();
        Fixture fixture = new Fixture(hedged(GENEROUS).retry(retry).build(), Step.status(503, ""), Step.ok("again"));

        assertThat(answer(mode, fixture)).isEqualTo("again");

        assertThat(fixture.elapsed()).isEqualTo(Duration.ofSeconds(1));
        assertThat(fixture.transport.count()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void whatMustNotBeRepeated_isNotHedged(Mode mode) {
        Fixture fixture = fixture(Step.ok("late").after(LATE));
        ServiceRequest post = fixture.users.post("/users").body("text", "text/plain");
        ServiceRequest once = fixture.users.put("/users").body(BodySource.of(new ByteArrayInputStream(new byte[1])));

        assertThat(mode.text(post, fixture.time).orElseThrow()).isEqualTo("late");
        assertThat(mode.text(once, fixture.time).orElseThrow()).isEqualTo("late");

        assertThat(fixture.transport.count()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void budgetThatIsEmpty_allowsNoHedge(Mode mode) {
        HedgePolicy fifth =
                HedgePolicy.builder().fixedDelay(DELAY).budgetPercent(20).build();
        Fixture fixture = new Fixture(hedged(fifth).build(), Step.ok("late").after(LATE));
        ServiceRequest request = fixture.users.get("/users").attemptTimeout(Duration.ofMillis(100));

        for (int i = 0; i < 5; i++) {
            mode.failure(request, fixture.time);
        }

        assertThat(fixture.transport.count()).as("5 calls and one hedge").isEqualTo(6);
    }

    @ParameterizedTest
    @EnumSource
    void delay_followsThePercentileOfTheLatencies(Mode mode) {
        Fixture fixture = new Fixture(
                hedged(HedgePolicy.builder().budgetPercent(100).build()).build(),
                Step.ok("usual").after(Duration.ofMillis(20)));
        for (int i = 0; i < 40; i++) {
            answer(mode, fixture);
        }
        fixture.transport.then(Step.ok("late").after(LATE), Step.ok("early"));
        Duration before = fixture.elapsed();

        assertThat(answer(mode, fixture)).isEqualTo("early");

        assertThat(fixture.elapsed().minus(before)).isBetween(Duration.ofMillis(20), Duration.ofMillis(23));
    }

    @ParameterizedTest
    @EnumSource
    void deadline_endsEveryAttempt(Mode mode) {
        Fixture fixture = fixture(Step.never());

        assertThat(mode.failure(fixture.users.get("/users").deadline(Duration.ofMillis(300)), fixture.time))
                .isInstanceOf(CallTimeoutException.class);

        assertThat(fixture.elapsed()).isEqualTo(Duration.ofMillis(300));
        assertThat(fixture.time.pendingTasks()).isZero();
        assertThat(fixture.backstay
                        .breaker("users")
                        .orElseThrow()
                        .status()
                        .counts()
                        .inFlight())
                .isZero();
    }

    @Test
    void futureThatIsCancelled_cancelsPrimaryAndHedge() {
        Fixture fixture = fixture(Step.never());
        CompletableFuture<String> future = fixture.users.get("/users").asAsync(String.class);
        fixture.time.advance(Duration.ofMillis(100));
        assertThat(fixture.transport.count()).isEqualTo(2);

        future.cancel(false);

        assertThat(fixture.transport.cancelled).isEqualTo(2);
        assertThat(fixture.time.pendingTasks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void serviceOfOneInstance_isNotHedged(Mode mode) {
        Fixture fixture = fixture(Step.ok("late").after(LATE));
        ServiceClient single = fixture.backstay.client("single", URI.create("http://one:8001"));

        assertThat(mode.text(single.get("/x"), fixture.time).orElseThrow()).isEqualTo("late");

        assertThat(fixture.transport.count()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void streamThatLosesItsRace_isEnded(Mode mode) {
        Fixture fixture = fixture();
        ScriptedBody winner = new ScriptedBody(fixture.time).piece(Duration.ZERO, "early");
        fixture.transport.then(
                Step.streams(200, new ScriptedBody(fixture.time).silence()).after(LATE),
                Step.streams(200, winner).after(Duration.ofMillis(1)));

        try (StreamedResponse response = mode.result(fixture.users.get("/events"), StreamedResponse.class, fixture.time)
                .orElseThrow()) {
            assertThat(response.lines()).containsExactly("early");
        }
        assertThat(fixture.transport.cancelled).isOne();
        assertThat(fixture.time.pendingTasks()).isZero();
    }
}
