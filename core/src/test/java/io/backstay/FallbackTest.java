package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.event.FallbackAnswered;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FallbackTest {

    @ParameterizedTest
    @EnumSource
    void call_whenTheServiceFails_isAnsweredByTheFirstFallbackThatCan(Mode mode) {
        Fixture fixture = Fixture.answering(Step.status(500, ""));
        ServiceRequest request = fixture.users
                .get("/users")
                .fallback("cache", failure -> {
                    throw new IllegalStateException("empty");
                })
                .fallback("default", failure -> "nobody")
                .fallback("never asked", failure -> "x");

        Result<String> result = mode.text(request, fixture.time);

        assertThat(result).isInstanceOfSatisfying(Result.Degraded.class, degraded -> {
            assertThat(degraded.value()).isEqualTo("nobody");
            assertThat(degraded.answeredBy()).isEqualTo("default");
            assertThat(degraded.cause()).isInstanceOf(HttpStatusException.class);
        });
        assertThat(fixture.events(FallbackAnswered.class))
                .extracting(FallbackAnswered::answeredBy)
                .containsExactly("default");
    }

    @ParameterizedTest
    @EnumSource
    void call_whenAllFallbacksFail_reportsTheServicesFailureWithTheirs(Mode mode) {
        Fixture fixture = Fixture.answering(Step.status(500, ""));
        ServiceRequest request = fixture.users.get("/users").fallback("cache", failure -> {
            throw new IllegalStateException("empty");
        });

        CallException failure = mode.failure(request, fixture.time);

        assertThat(failure).isInstanceOf(HttpStatusException.class);
        assertThat(failure.getSuppressed()).singleElement().isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @EnumSource
    void fallback_ofAWrongType_isAFailureAndNotAClassCastInTheCaller(Mode mode) {
        Fixture fixture = Fixture.answering(Step.status(500, ""));

        CallException failure = mode.failure(fixture.users.get("/users").fallback("wrong", any -> 42), fixture.time);

        assertThat(failure.getSuppressed())
                .singleElement()
                .satisfies(wrong -> assertThat(wrong).hasMessageContaining("wrong gave a java.lang.Integer"));
    }

    @ParameterizedTest
    @EnumSource
    void fallback_isNotAskedForWhatTheCallerDidWrong(Mode mode) {
        Fixture fixture = Fixture.answering(Step.status(404, ""));

        CallException failure =
                mode.failure(fixture.users.get("/users").fallback("default", any -> "nobody"), fixture.time);

        assertThat(failure).isInstanceOf(HttpStatusException.class);
    }

    @ParameterizedTest
    @EnumSource
    void fallback_isAskedWhenAGuardRefuses(Mode mode) {
        Fixture fixture = new Fixture(
                CallPolicy.builder()
                        .retry(RetryPolicy.never())
                        .breaker(CircuitBreakerPolicy.consecutive())
                        .build(),
                Step.status(500, ""));
        for (int i = 0; i < 5; i++) {
            mode.failure(fixture.users.get("/users"), fixture.time);
        }

        Result<String> result =
                mode.text(fixture.users.get("/users").fallback("default", any -> "nobody"), fixture.time);

        assertThat(result.orElseThrow()).isEqualTo("nobody");
        assertThat(fixture.transport.count()).isEqualTo(5);
    }

    @Test
    void as_whenAFallbackAnswers_givesItsValue() {
        Fixture fixture = Fixture.answering(Step.fails(FailureKind.CONNECT_FAILED));

        assertThat(fixture.users
                        .get("/users")
                        .fallback("default", any -> "nobody")
                        .as(String.class))
                .isEqualTo("nobody");
    }

    @Test
    void error_inAFallbackOfAnAsynchronousCall_isNotLost() {
        Fixture fixture = Fixture.answering(Step.status(500, ""));
        ServiceRequest request = fixture.users.get("/users").fallback("broken", failure -> {
            throw new AssertionError("a bug");
        });

        assertThat(request.resultAsync(String.class))
                .isCompletedWithValueMatching(result -> result instanceof Result.Failure<String> failure
                        && failure.cause() instanceof UnexpectedCallException
                        && failure.cause().getCause() instanceof AssertionError);
    }

    @Test
    void fallback_withoutNameOrFunction_isRefusedWhenItIsGiven() {
        ServiceRequest request = Fixture.answering(Step.ok("")).users.get("/users");

        assertThatThrownBy(() -> request.fallback(" ", any -> 1)).isInstanceOf(ConfigurationException.class);
    }
}
