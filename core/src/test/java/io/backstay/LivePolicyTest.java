package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.guard.BreakerState;
import io.backstay.guard.CircuitBreaker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

class LivePolicyTest {

    private static final CallPolicy FIRST = CallPolicy.builder()
            .retry(RetryPolicy.never())
            .breaker(CircuitBreakerPolicy.builder()
                    .minimumCalls(10)
                    .consecutiveFailures(100)
                    .build())
            .concurrency(ConcurrencyPolicy.builder()
                    .limit(2)
                    .withoutShares()
                    .maxWaiting(0)
                    .build())
            .build();

    private final Fixture fixture = new Fixture(FIRST, Step.ok("ok"));

    private CircuitBreaker breaker() {
        return fixture.backstay.breaker("users").orElseThrow();
    }

    @ParameterizedTest
    @EnumSource
    void changedPolicy_holdsFromTheNextCallOn_andStatisticsSurvive(Mode mode) {
        fixture.transport.then(Step.status(500, ""));
        for (int i = 0; i < 4; i++) {
            mode.failure(fixture.users.get("/users"), fixture.time);
        }
        CircuitBreaker before = breaker();

        fixture.backstay.policy(
                "users",
                FIRST.toBuilder()
                        .breaker(FIRST.breaker().toBuilder().minimumCalls(5).build())
                        .build());

        assertThat(breaker()).isSameAs(before);
        assertThat(breaker().status().counts().failures()).isEqualTo(4);
        mode.failure(fixture.users.get("/users"), fixture.time);
        assertThat(breaker().state()).as("the fifth failure of five calls").isEqualTo(BreakerState.OPEN);
    }

    @ParameterizedTest
    @EnumSource
    void permitsInFlight_surviveAChangeOfTheLimit(Mode mode) {
        fixture.transport.then(Step.ok("ok").after(Duration.ofSeconds(1)));
        CompletableFuture<String> first = fixture.users.get("/users").asAsync(String.class);
        CompletableFuture<String> second = fixture.users.get("/users").asAsync(String.class);

        fixture.backstay.policy(
                "users",
                FIRST.toBuilder()
                        .concurrency(FIRST.concurrency().toBuilder().limit(3).build())
                        .build());
        CompletableFuture<String> third = fixture.users.get("/users").asAsync(String.class);

        assertThat(mode.failure(fixture.users.get("/users"), fixture.time)).isInstanceOf(CallRejectedException.class);
        fixture.time.advance(Duration.ofSeconds(1));
        assertThat(first).isCompletedWithValue("ok");
        assertThat(second).isCompletedWithValue("ok");
        assertThat(third).isCompletedWithValue("ok");
        assertThat(breaker().status().counts().inFlight()).isZero();
    }

    @Test
    void runningCall_keepsThePolicyItBeganWith() {
        fixture.transport.then(Step.never());
        CompletableFuture<Result<String>> running = fixture.users.get("/users").resultAsync(String.class);

        fixture.backstay.policy(
                "users", FIRST.toBuilder().deadline(Duration.ofSeconds(1)).build());
        fixture.time.advance(Duration.ofSeconds(5));

        assertThat(running).isNotDone();
        fixture.time.advance(Duration.ofSeconds(5));
        assertThat(running).isDone();
    }

    @ParameterizedTest
    @EnumSource
    void guardThatThePolicyDrops_isGone_andComesBackNew(Mode mode) {
        fixture.backstay.policy(
                "users",
                FIRST.toBuilder().breaker(CircuitBreakerPolicy.disabled()).build());
        assertThat(fixture.backstay.breaker("users")).isEmpty();
        assertThat(mode.text(fixture.users.get("/users"), fixture.time)).isInstanceOf(Result.Success.class);

        fixture.backstay.policy("users", FIRST);

        assertThat(breaker().status().counts().calls()).isZero();
    }

    @Test
    void policyOfAServiceNotYetInUse_holdsFromItsFirstCall() {
        fixture.backstay.policy("later", FIRST);

        assertThat(fixture.backstay.policy("later")).isSameAs(FIRST);
        assertThat(fixture.backstay.policy("users")).isSameAs(FIRST);
    }
}
