package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.event.AttemptFailed;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

class RetryTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    @ParameterizedTest
    @EnumSource
    void call_whenAnsweredAtOnce_makesOneAttempt(Mode mode) {
        Fixture fixture = Fixture.answering(Step.ok("ada"));

        assertThat(mode.text(fixture.users.get("/users/{id}", 1), fixture.time)).isEqualTo(new Result.Success<>("ada"));
        assertThat(fixture.transport.count()).isEqualTo(1);
        assertThat(fixture.elapsed()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void call_whenUnavailableTwice_succeedsOnTheThirdAttempt(Mode mode) {
        Fixture fixture = new Fixture(
                Fixture.retrying(3, SECOND),
                Step.status(503, ""),
                Step.fails(FailureKind.CONNECTION_LOST),
                Step.ok("ada"));

        assertThat(mode.text(fixture.users.get("/users"), fixture.time).orElseThrow())
                .isEqualTo("ada");
        assertThat(fixture.transport.count()).isEqualTo(3);
        assertThat(fixture.elapsed()).isEqualTo(SECOND.multipliedBy(2));
        assertThat(fixture.events(AttemptFailed.class))
                .extracting(failed -> failed.retryIn().orElseThrow())
                .containsExactly(SECOND, SECOND);
    }

    @ParameterizedTest
    @EnumSource
    void call_whenAllAttemptsFail_reportsTheLastAndTheirNumber(Mode mode) {
        Fixture fixture = new Fixture(Fixture.retrying(3, SECOND), Step.status(503, ""));

        CallException failure = mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(failure)
                .isInstanceOf(ServiceUnavailableException.class)
                .hasCauseInstanceOf(HttpStatusException.class);
        assertThat(failure.details().attempts()).isEqualTo(3);
        assertThat(failure.details().elapsed()).isEqualTo(SECOND.multipliedBy(2));
        assertThat(failure.details().mayHaveReachedServer()).isTrue();
        assertThat(failure).hasMessageContaining("[users] GET /users").hasMessageContaining("answered 503");
    }

    @ParameterizedTest
    @EnumSource
    void call_ofPost_isNotRepeatedOnceItMayHaveBeenSent(Mode mode) {
        Fixture fixture = new Fixture(Fixture.retrying(3, SECOND), Step.fails(FailureKind.CONNECTION_LOST));

        CallException failure = mode.failure(fixture.users.post("/users").body("x", "text/plain"), fixture.time);

        assertThat(failure.kind()).isEqualTo(FailureKind.CONNECTION_LOST);
        assertThat(fixture.transport.count()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void call_ofPost_isRepeatedWhenItWasNeverSent(Mode mode) {
        Fixture fixture =
                new Fixture(Fixture.retrying(3, SECOND), Step.fails(FailureKind.CONNECT_FAILED), Step.ok("made"));

        assertThat(mode.text(fixture.users.post("/users").body("x", "text/plain"), fixture.time)
                        .orElseThrow())
                .isEqualTo("made");
        assertThat(fixture.transport.count()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void call_ofPost_isRepeatedWithAnIdempotencyKeyOrWhenMarked(Mode mode) {
        Fixture keyed = new Fixture(Fixture.retrying(2, SECOND), Step.status(503, ""), Step.ok("1"));
        Fixture marked = new Fixture(Fixture.retrying(2, SECOND), Step.status(503, ""), Step.ok("2"));

        assertThat(mode.text(keyed.users.post("/pay").header("Idempotency-Key", "k"), keyed.time)
                        .hasValue())
                .isTrue();
        assertThat(mode.text(marked.users.post("/pay").idempotent(), marked.time)
                        .hasValue())
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void call_whenConnectFails_triesTheOtherInstanceAtOnce(Mode mode) {
        Fixture fixture =
                new Fixture(Fixture.retrying(3, SECOND), Step.fails(FailureKind.CONNECT_FAILED), Step.ok("ada"));

        assertThat(mode.text(fixture.users.get("/users"), fixture.time).hasValue())
                .isTrue();
        assertThat(fixture.elapsed()).isZero();
        assertThat(fixture.transport.requests)
                .extracting(request -> request.instance().address())
                .containsExactly("one:8001", "two:8002");
    }

    @ParameterizedTest
    @EnumSource
    void call_whenConnectFailsEverywhere_waitsBeforeItGoesRoundAgain(Mode mode) {
        Fixture fixture = new Fixture(Fixture.retrying(3, SECOND), Step.fails(FailureKind.CONNECT_FAILED));

        CallException failure = mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(failure).isInstanceOf(TransportException.class);
        assertThat(failure.details().mayHaveReachedServer()).isFalse();
        assertThat(fixture.elapsed()).isEqualTo(SECOND);
    }

    @ParameterizedTest
    @EnumSource
    void call_withRetryAfter_neverUndercutsIt(Mode mode) {
        Fixture fixture = new Fixture(
                Fixture.retrying(2, Duration.ofMillis(10)), Step.status(503, "", "Retry-After", "7"), Step.ok("ada"));

        assertThat(mode.text(fixture.users.get("/users"), fixture.time).hasValue())
                .isTrue();
        assertThat(fixture.elapsed()).isEqualTo(Duration.ofSeconds(7));
    }

    @ParameterizedTest
    @EnumSource
    void call_withRetryAfterAsDate_waitsUntilThen(Mode mode) {
        Fixture fixture = new Fixture(
                Fixture.retrying(2, Duration.ofMillis(10)),
                Step.status(429, "", "Retry-After", "Thu, 1 Jan 2026 00:00:05 GMT"),
                Step.ok("ada"));

        assertThat(mode.text(fixture.users.get("/users"), fixture.time).hasValue())
                .isTrue();
        assertThat(fixture.elapsed()).isEqualTo(Duration.ofSeconds(5));
    }

    @ParameterizedTest
    @EnumSource
    void call_whenTheWaitWouldPassTheDeadline_failsAtOnceWithItsFailure(Mode mode) {
        Fixture fixture =
                new Fixture(Fixture.retrying(3, SECOND), Step.status(503, "", "Retry-After", "3600"), Step.ok("ada"));

        CallException failure = mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(((ServiceUnavailableException) failure).retryAfter()).contains(Duration.ofHours(1));
        assertThat(fixture.elapsed()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void call_whenAnswered400or500_isNotRepeatedByDefault(Mode mode) {
        for (int status : List.of(400, 404, 409, 500, 501)) {
            Fixture fixture = new Fixture(Fixture.retrying(3, SECOND), Step.status(status, ""));

            assertThat(mode.failure(fixture.users.get("/users"), fixture.time))
                    .isInstanceOfSatisfying(
                            HttpStatusException.class,
                            failure -> assertThat(failure.status()).isEqualTo(status));
            assertThat(fixture.transport.count()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void call_underTransientOnly_repeatsNoStatus(Mode mode) {
        CallPolicy policy =
                Fixture.noBreaker().retry(RetryPolicy.transientOnly()).build();
        Fixture status = new Fixture(policy, Step.status(503, ""));
        Fixture lost = new Fixture(policy, Step.fails(FailureKind.CONNECTION_LOST), Step.ok("ada"));

        assertThat(mode.text(status.users.get("/users"), status.time).hasValue())
                .isFalse();
        assertThat(status.transport.count()).isEqualTo(1);
        assertThat(mode.text(lost.users.get("/users"), lost.time).hasValue()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void call_withBackoffOneTwoFourEight_waitsJustThat(Mode mode) {
        Backoff backoff = Backoff.exponential(SECOND, 2, SECOND.multipliedBy(8));
        CallPolicy policy = Fixture.noBreaker()
                .retry(RetryPolicy.builder().maxAttempts(5).backoff(backoff).build())
                .build();
        Fixture fixture = new Fixture(policy, Step.status(503, ""));

        mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(fixture.events(AttemptFailed.class).stream().flatMap(failed -> failed.retryIn().stream()))
                .containsExactly(SECOND, SECOND.multipliedBy(2), SECOND.multipliedBy(4), SECOND.multipliedBy(8));
    }

    @Test
    void asyncCall_whenCancelledDuringTheWait_makesNoFurtherAttempt() {
        Fixture fixture = new Fixture(Fixture.retrying(3, SECOND), Step.status(503, ""));

        var future = fixture.users.get("/users").asAsync(String.class);
        fixture.time.runDue();
        assertThat(future.cancel(true)).isTrue();
        fixture.time.advance(Duration.ofMinutes(1));

        assertThat(fixture.transport.count()).isEqualTo(1);
    }
}
