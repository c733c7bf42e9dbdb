package io.backstay;

import io.backstay.ScriptedTransport.Step;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

class DeadlineTest {

    @ParameterizedTest
    @EnumSource
    void call_whenNothingAnswers_endsAtTheDeadlineWhateverTheAttempts(Mode mode) {
        CallPolicy policy = Fixture.noBreaker()
                .deadline(Duration.ofMillis(5_200))
                .attemptTimeout(Duration.ofSeconds(2))
                .retry(RetryPolicy.builder()
                        .maxAttempts(10)
                        .backoff(Backoff.fixed(Duration.ofMillis(500)))
                        .build())
                .build();
        Fixture fixture = new Fixture(policy, Step.never());

        CallException failure = mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(failure)
                .isInstanceOfSatisfying(
                        CallTimeoutException.class,
                        timeout -> assertThat(timeout.deadlinePassed()).isTrue());
        assertThat(fixture.elapsed()).isEqualTo(Duration.ofMillis(5_200));
        assertThat(fixture.transport.requests)
                .extracting(request -> request.timeout().toMillis())
                .containsExactly(2_000L, 2_000L, 200L);
    }

    @ParameterizedTest
    @EnumSource
    void call_whenOneAttemptTimesOut_saysThatTheDeadlineHasNotPassed(Mode mode) {
        Fixture fixture =
                new Fixture(Fixture.noBreaker().retry(RetryPolicy.never()).build(), Step.never());

        CallException failure = mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(failure)
                .isInstanceOfSatisfying(
                        CallTimeoutException.class,
                        timeout -> assertThat(timeout.deadlinePassed()).isFalse());
        assertThat(fixture.elapsed()).isEqualTo(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @EnumSource
    void call_sendsTheRemainingTimeWithEachAttempt(Mode mode) {
        CallPolicy policy = Fixture.noBreaker()
                .retry(RetryPolicy.builder()
                        .backoff(Backoff.fixed(Duration.ofSeconds(4)))
                        .build())
                .build();
        Fixture fixture = new Fixture(policy, Step.status(503, ""), Step.ok("ada"));

        mode.text(fixture.users.get("/users").deadline(Duration.ofSeconds(20)), fixture.time);

        assertThat(fixture.transport.requests)
                .extracting(request -> request.headers().first("X-Deadline-Ms").orElseThrow())
                .containsExactly("20000", "16000");
    }

    @ParameterizedTest
    @EnumSource
    void call_underAnEarlierDeadlineOfTheWork_takesThatOne(Mode mode) {
        Fixture fixture = Fixture.answering(Step.never());
        CallContext work =
                CallContext.empty().withDeadline(Deadline.after(fixture.time.nanoTime(), Duration.ofSeconds(3)));

        try (CallContext.Scope scope = work.open()) {
            mode.failure(fixture.users.get("/users").deadline(Duration.ofSeconds(20)), fixture.time);
        }

        assertThat(fixture.elapsed()).isEqualTo(Duration.ofSeconds(3));
    }

    @ParameterizedTest
    @EnumSource
    void call_whenTheDeadlineOfTheWorkHasPassed_sendsNothing(Mode mode) {
        Fixture fixture = Fixture.answering(Step.ok("ada"));
        CallContext work = CallContext.empty().withDeadline(new Deadline(fixture.time.nanoTime()));

        try (CallContext.Scope scope = work.open()) {
            CallException failure = mode.failure(fixture.users.get("/users"), fixture.time);

            assertThat(failure).isInstanceOf(CallTimeoutException.class);
            assertThat(failure.details().attempts()).isZero();
            assertThat(failure.details().mayHaveReachedServer()).isFalse();
        }
        assertThat(fixture.transport.count()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void call_withAnAttemptTimeoutOfItsOwn_usesIt(Mode mode) {
        Fixture fixture = Fixture.answering(Step.ok("ada"));

        mode.text(fixture.users.get("/users").attemptTimeout(Duration.ofMillis(250)), fixture.time);

        assertThat(fixture.transport.requests.get(0).timeout()).isEqualTo(Duration.ofMillis(250));
    }

    @Test
    void nestedCall_inAnInterceptor_seesTheDeadlineOfTheOuterCall() {
        Deadline[] seen = new Deadline[1];
        CallInterceptor looks = new CallInterceptor() {
            @Override
            public ServiceRequest before(ServiceRequest request) {
                seen[0] = CallContext.current().deadline().orElseThrow();
                return request;
            }
        };
        Fixture fixture = new Fixture(
                Fixture.noBreaker().deadline(Duration.ofSeconds(9)).build(),
                builder -> builder.interceptor(looks),
                Step.ok("ada"));

        fixture.users.get("/users").execute();

        assertThat(seen[0].remainingNanos(fixture.time.nanoTime()))
                .isEqualTo(Duration.ofSeconds(9).toNanos());
        assertThat(CallContext.current().deadline()).isEmpty();
    }
}
