package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.guard.BreakerState;
import io.backstay.guard.CircuitBreaker;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** A retry of a call of a service waits, and the breaker may have changed its mind when it is over. */
@SuppressWarnings("FutureReturnValueIgnored")
class BreakerBetweenAttemptsTest {

    private static final Duration WAIT = Duration.ofSeconds(3);

    private static CallPolicy.Builder policy() {
        return CallPolicy.builder()
                .retry(RetryPolicy.builder()
                        .maxAttempts(3)
                        .backoff(Backoff.fixed(WAIT))
                        .build())
                .breaker(CircuitBreakerPolicy.builder()
                        .openTime(Duration.ofSeconds(1))
                        .growOpenTime(false)
                        .build());
    }

    private final Fixture fixture = new Fixture(policy().build(), Step.status(503, "down"), Step.ok("ada"));
    private final CircuitBreaker breaker = fixture.backstay.breaker("users").orElseThrow();

    private void at(Duration when, Runnable task) {
        fixture.time.schedule(task, when);
    }

    private void tripByOthers() {
        for (int i = 0; i < 5; i++) {
            breaker.onFailure(breaker.tryAcquire());
        }
        assertThat(breaker.state()).isEqualTo(BreakerState.OPEN);
    }

    private CallException failure(Mode mode) {
        return mode.failure(fixture.users.get("/users"), fixture.time);
    }

    private String answer(Mode mode) {
        return mode.text(fixture.users.get("/users"), fixture.time).orElseThrow();
    }

    @ParameterizedTest
    @EnumSource
    void retry_whenTheBreakerOpensDuringItsWait_reportsTheFailureAndSendsNothing(Mode mode) {
        at(Duration.ofSeconds(1), breaker::forceOpen);

        CallException failure = failure(mode);

        assertThat(failure.kind()).isEqualTo(FailureKind.STATUS);
        assertThat(failure.details().attempts()).isEqualTo(1);
        assertThat(fixture.transport.count()).isEqualTo(1);
        assertThat(fixture.elapsed()).isEqualTo(WAIT);
        assertThat(breaker.status().counts().inFlight()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void retry_whenTheBreakerIsOpenForLongerThanItsWait_isNotWaitedFor(Mode mode) {
        fixture.transport.by(request -> {
            breaker.forceOpen();
            return Step.status(503, "down");
        });

        assertThat(failure(mode).kind()).isEqualTo(FailureKind.STATUS);

        assertThat(fixture.elapsed()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void retry_whenTheBreakerIsHalfOpenByThen_isItsProbe(Mode mode) {
        at(Duration.ofSeconds(1), this::tripByOthers);

        assertThat(answer(mode)).isEqualTo("ada");

        assertThat(breaker.state()).isEqualTo(BreakerState.CLOSED);
    }

    @ParameterizedTest
    @EnumSource
    void retry_whenAnotherProbeIsOutByThen_isNoSecondOne(Mode mode) {
        at(Duration.ofSeconds(1), this::tripByOthers);
        at(Duration.ofMillis(2_500), () -> assertThat(breaker.tryAcquire()).isNotEqualTo(CircuitBreaker.REFUSED));

        assertThat(failure(mode).kind()).isEqualTo(FailureKind.STATUS);

        assertThat(fixture.transport.count()).isEqualTo(1);
        assertThat(breaker.state()).isEqualTo(BreakerState.HALF_OPEN);
    }

    @ParameterizedTest
    @EnumSource
    void retry_whenTheBreakerHasOpenedAndClosedByThen_countsInTheNewState(Mode mode) {
        at(Duration.ofSeconds(1), breaker::forceOpen);
        at(Duration.ofSeconds(2), breaker::close);

        assertThat(answer(mode)).isEqualTo("ada");

        assertThat(breaker.status().counts().calls()).isEqualTo(1);
        assertThat(breaker.status().counts().inFlight()).isZero();
    }

    /** The breaker gives a permit to the retry, and then there is no room at any instance. */
    @ParameterizedTest
    @EnumSource
    void probePermitOfARetryThatIsNotSent_isGivenBackUnjudged(Mode mode) {
        Fixture busy = new Fixture(
                policy().instanceConcurrency(ConcurrencyPolicy.fixed(1)).build(), Step.status(503, "down"));
        CircuitBreaker its = busy.backstay.breaker("users").orElseThrow();
        busy.time.schedule(
                () -> {
                    busy.transport.then(Step.never());
                    busy.users.get("/users").deadline(Duration.ofHours(1)).asAsync(String.class);
                    busy.users.get("/users").deadline(Duration.ofHours(1)).asAsync(String.class);
                    for (int i = 0; i < 5; i++) {
                        its.onFailure(its.tryAcquire());
                    }
                },
                Duration.ofMillis(1_500));

        assertThat(mode.failure(busy.users.get("/users"), busy.time).kind()).isEqualTo(FailureKind.STATUS);

        assertThat(busy.elapsed()).isEqualTo(WAIT);
        assertThat(its.state()).isEqualTo(BreakerState.HALF_OPEN);
        assertThat(its.tryAcquire()).as("the place for a probe is free").isNotEqualTo(CircuitBreaker.REFUSED);
    }

    @ParameterizedTest
    @EnumSource
    void probe_isNotHedged(Mode mode) {
        Fixture hedged = new Fixture(
                policy().hedge(HedgePolicy.builder()
                                .fixedDelay(Duration.ofMillis(50))
                                .budgetPercent(100)
                                .build())
                        .build(),
                Step.ok("slow").after(Duration.ofMillis(200)));
        CircuitBreaker its = hedged.backstay.breaker("users").orElseThrow();
        for (int i = 0; i < 5; i++) {
            its.onFailure(its.tryAcquire());
        }
        hedged.time.advance(Duration.ofSeconds(1));
        assertThat(its.state()).isEqualTo(BreakerState.HALF_OPEN);

        assertThat(mode.text(hedged.users.get("/users"), hedged.time).orElseThrow())
                .isEqualTo("slow");
        assertThat(hedged.transport.count()).as("a probe is one attempt").isEqualTo(1);

        mode.text(hedged.users.get("/users"), hedged.time);
        assertThat(hedged.transport.count()).as("closed, it is hedged").isEqualTo(3);
    }
}
