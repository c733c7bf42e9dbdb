package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.event.AttemptStarted;
import io.backstay.guard.BreakerState;
import io.backstay.guard.CircuitBreaker;
import io.backstay.spi.InstanceListener;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

class BreakerInTheEngineTest {

    private static final CallPolicy FIVE_IN_A_ROW = CallPolicy.builder()
            .retry(RetryPolicy.never())
            .breaker(CircuitBreakerPolicy.consecutive())
            .build();

    private static void fail(Fixture fixture, Mode mode, int times) {
        for (int i = 0; i < times; i++) {
            mode.failure(fixture.users.get("/users"), fixture.time);
        }
    }

    private static BreakerState state(Fixture fixture) {
        return fixture.backstay.breaker("users").map(CircuitBreaker::state).orElseThrow();
    }

    @ParameterizedTest
    @EnumSource
    void call_whenBreakerIsOpen_neverTouchesTheTransport(Mode mode) {
        Fixture fixture = new Fixture(FIVE_IN_A_ROW, Step.status(500, ""));
        fail(fixture, mode, 5);

        CallException refused = mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(refused).isInstanceOfSatisfying(CallRejectedException.class, rejected -> {
            assertThat(rejected.guard()).isEqualTo("circuit breaker");
            assertThat(rejected.retryAfter()).contains(Duration.ofSeconds(60));
            assertThat(rejected.details().mayHaveReachedServer()).isFalse();
            assertThat(rejected.getStackTrace()).isEmpty();
        });
        assertThat(fixture.transport.count()).isEqualTo(5);
        assertThat(fixture.breakerChanges()).containsExactly("CLOSED->OPEN");
    }

    @ParameterizedTest
    @EnumSource
    void breaker_afterItsOpenTime_closesWithAGoodProbe(Mode mode) {
        Fixture fixture = new Fixture(FIVE_IN_A_ROW, Step.fails(FailureKind.CONNECT_FAILED));
        fail(fixture, mode, 5);
        fixture.transport.then(Step.ok("ada"));

        fixture.time.advance(Duration.ofSeconds(60));
        assertThat(state(fixture)).isEqualTo(BreakerState.HALF_OPEN);
        assertThat(mode.text(fixture.users.get("/users"), fixture.time).hasValue())
                .isTrue();

        assertThat(state(fixture)).isEqualTo(BreakerState.CLOSED);
        assertThat(fixture.breakerChanges()).containsExactly("CLOSED->OPEN", "OPEN->HALF_OPEN", "HALF_OPEN->CLOSED");
    }

    @ParameterizedTest
    @EnumSource
    void halfOpenBreaker_thatIsProbedByHealthChecks_closesWhenOnePasses_andLetsNoCallThroughBefore(Mode mode) {
        CallPolicy policy = FIVE_IN_A_ROW.toBuilder()
                .breaker(CircuitBreakerPolicy.consecutive().toBuilder()
                        .probeByHealthCheck(true)
                        .build())
                .build();
        AtomicReference<InstanceListener> checked = new AtomicReference<>();
        ServiceInstance instance = ServiceInstance.of("books", URI.create("http://books:80"));
        Fixture fixture = new Fixture(
                policy,
                builder -> builder.resolver((service, listener) -> {
                    if (service.equals("books")) {
                        checked.set(listener);
                        listener.onInstances(List.of(instance));
                    }
                    return service.equals("books") ? Optional.of(() -> {}) : Optional.empty();
                }),
                Step.status(500, ""));
        ServiceClient books = fixture.backstay.client("books");
        for (int i = 0; i < 5; i++) {
            mode.failure(books.get("/books"), fixture.time);
        }
        checked.get().onHealthy(instance);
        fixture.time.advance(Duration.ofSeconds(60));
        fixture.transport.then(Step.ok("[]"));
        assertThat(mode.failure(books.get("/books"), fixture.time)).isInstanceOf(CallRejectedException.class);

        checked.get().onHealthy(instance);

        assertThat(mode.text(books.get("/books"), fixture.time).hasValue()).isTrue();
        assertThat(fixture.breakerChanges()).containsExactly("CLOSED->OPEN", "OPEN->HALF_OPEN", "HALF_OPEN->CLOSED");
    }

    @ParameterizedTest
    @EnumSource
    void halfOpenBreaker_thatIsProbedByCalls_isNotClosedByAHealthCheck(Mode mode) {
        AtomicReference<InstanceListener> checked = new AtomicReference<>();
        ServiceInstance instance = ServiceInstance.of("books", URI.create("http://books:80"));
        Fixture fixture = new Fixture(
                FIVE_IN_A_ROW,
                builder -> builder.resolver((service, listener) -> {
                    checked.set(listener);
                    listener.onInstances(List.of(instance));
                    return Optional.of(() -> {});
                }),
                Step.status(500, ""));
        ServiceClient books = fixture.backstay.client("books");
        for (int i = 0; i < 5; i++) {
            mode.failure(books.get("/books"), fixture.time);
        }
        fixture.time.advance(Duration.ofSeconds(60));

        checked.get().onHealthy(instance);

        assertThat(fixture.backstay.breaker("books").orElseThrow().state()).isEqualTo(BreakerState.HALF_OPEN);
    }

    @ParameterizedTest
    @EnumSource
    void breaker_afterABadProbe_isOpenAgain(Mode mode) {
        Fixture fixture = new Fixture(FIVE_IN_A_ROW, Step.status(503, ""));
        fail(fixture, mode, 5);

        fixture.time.advance(Duration.ofSeconds(60));
        fail(fixture, mode, 1);

        assertThat(state(fixture)).isEqualTo(BreakerState.OPEN);
        assertThat(fixture.transport.count()).isEqualTo(6);
    }

    @ParameterizedTest
    @EnumSource
    void breaker_doesNotCountStatusesBelow500(Mode mode) {
        Fixture fixture = new Fixture(FIVE_IN_A_ROW, Step.status(404, ""));
        fail(fixture, mode, 50);
        fixture.transport.then(Step.status(429, ""));
        fail(fixture, mode, 50);

        assertThat(state(fixture)).isEqualTo(BreakerState.CLOSED);
    }

    @ParameterizedTest
    @EnumSource
    void breaker_countsTheStatusesThatThePolicyNames(Mode mode) {
        CallPolicy policy = CallPolicy.builder()
                .retry(RetryPolicy.never())
                .breaker(CircuitBreakerPolicy.builder()
                        .failureStatus(status -> status == 429)
                        .build())
                .build();
        Fixture fixture = new Fixture(policy, Step.status(500, ""));
        fail(fixture, mode, 10);
        assertThat(state(fixture)).isEqualTo(BreakerState.CLOSED);

        fixture.transport.then(Step.status(429, ""));
        fail(fixture, mode, 5);
        assertThat(state(fixture)).isEqualTo(BreakerState.OPEN);
    }

    @ParameterizedTest
    @EnumSource
    void breaker_countsACallAndNotItsAttempts(Mode mode) {
        CallPolicy policy = CallPolicy.builder()
                .retry(RetryPolicy.builder().backoff(Backoff.none()).build())
                .breaker(CircuitBreakerPolicy.consecutive())
                .build();
        Fixture fixture = new Fixture(policy, Step.status(503, ""));

        fail(fixture, mode, 4);
        assertThat(fixture.transport.count()).isEqualTo(12);
        assertThat(state(fixture)).isEqualTo(BreakerState.CLOSED);
        fail(fixture, mode, 1);
        assertThat(state(fixture)).isEqualTo(BreakerState.OPEN);
    }

    @ParameterizedTest
    @EnumSource
    void breaker_ignoresTimeoutsThatTheCallersDeadlineCutShort(Mode mode) {
        Fixture fixture = new Fixture(FIVE_IN_A_ROW, Step.never());

        for (int i = 0; i < 10; i++) {
            mode.failure(fixture.users.get("/users").deadline(Duration.ofMillis(50)), fixture.time);
        }
        assertThat(state(fixture)).isEqualTo(BreakerState.CLOSED);

        fail(fixture, mode, 5);
        assertThat(state(fixture)).isEqualTo(BreakerState.OPEN);
    }

    /** The last attempt is always cut short by the deadline here; the earlier ones had all their time. */
    @ParameterizedTest
    @EnumSource
    void breaker_underTheStandardPolicy_opensForAServiceThatNeverAnswers(Mode mode) {
        Fixture fixture = new Fixture(CallPolicy.standard(), Step.never());

        fail(fixture, mode, 5);

        assertThat(state(fixture)).isEqualTo(BreakerState.OPEN);
        assertThat(fixture.transport.count()).isGreaterThan(10);
    }

    @ParameterizedTest
    @EnumSource
    void breaker_whoseDeadlineIsShorterThanAnAttempt_opensAllTheSame(Mode mode) {
        CallPolicy policy = CallPolicy.builder().deadline(Duration.ofSeconds(5)).build();
        Fixture fixture = new Fixture(policy, Step.never());

        fail(fixture, mode, 5);

        assertThat(state(fixture)).isEqualTo(BreakerState.OPEN);
    }

    @ParameterizedTest
    @EnumSource
    void breaker_isNotOpenedForAllByOneImpatientCaller(Mode mode) {
        Fixture fixture = new Fixture(FIVE_IN_A_ROW, Step.ok("ada").after(Duration.ofMillis(50)));

        for (int i = 0; i < 10; i++) {
            mode.failure(fixture.users.get("/users").attemptTimeout(Duration.ofMillis(1)), fixture.time);
        }

        assertThat(mode.text(fixture.users.get("/users"), fixture.time).hasValue())
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void breaker_isClosedByAProbeThatIsAnswered404(Mode mode) {
        Fixture fixture = new Fixture(FIVE_IN_A_ROW, Step.status(500, ""));
        fail(fixture, mode, 5);
        fixture.time.advance(Duration.ofSeconds(60));
        fixture.transport.then(Step.status(404, ""));

        fail(fixture, mode, 1);

        assertThat(state(fixture)).isEqualTo(BreakerState.CLOSED);
    }

    @ParameterizedTest
    @EnumSource
    void failureStatus_thatThrows_losesNeitherTheAnswerNorThePermit(Mode mode) {
        CallPolicy policy = CallPolicy.builder()
                .retry(RetryPolicy.never())
                .breaker(CircuitBreakerPolicy.builder()
                        .failureStatus(status -> {
                            throw new IllegalStateException("a bug");
                        })
                        .build())
                .build();
        Fixture fixture = new Fixture(policy, Step.status(500, ""));

        assertThat(mode.failure(fixture.users.get("/users"), fixture.time)).isInstanceOf(HttpStatusException.class);
    }

    @Test
    void errorInAListener_duringAProbe_losesNoPermit() {
        Fixture fixture = new Fixture(
                FIVE_IN_A_ROW,
                builder -> builder.listener(AttemptStarted.class, event -> {
                    throw new AssertionError("a bug");
                }),
                Step.status(500, ""));
        fail(fixture, Mode.ASYNC, 5);
        fixture.time.advance(Duration.ofSeconds(60));
        fixture.transport.then(Step.ok("ada"));

        assertThat(Mode.ASYNC.text(fixture.users.get("/users"), fixture.time).hasValue())
                .isTrue();
        fixture.backstay.close();
        assertThat(fixture.elapsed()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void breaker_ignoresCancelledCallsAndFreesTheirProbe() {
        Fixture fixture = new Fixture(FIVE_IN_A_ROW, Step.status(500, ""));
        fail(fixture, Mode.ASYNC, 5);
        fixture.time.advance(Duration.ofSeconds(60));
        fixture.transport.then(Step.never());

        fixture.users.get("/users").asAsync(String.class).cancel(true);
        assertThat(state(fixture)).isEqualTo(BreakerState.HALF_OPEN);
        fixture.transport.then(Step.ok("ada"));

        assertThat(Mode.ASYNC.text(fixture.users.get("/users"), fixture.time).hasValue())
                .isTrue();
        assertThat(state(fixture)).isEqualTo(BreakerState.CLOSED);
    }

    @Test
    void breaker_whenDisabled_isNotThere() {
        assertThat(Fixture.answering(Step.ok("")).backstay.breaker("users")).isEmpty();
    }
}
