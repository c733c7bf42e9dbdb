package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.guard.BreakerCounts;
import io.backstay.guard.BreakerState;
import io.backstay.guard.CircuitBreaker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Slow is a service that takes long to answer, and nothing else. */
class SlowCallsInTheEngineTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofSeconds(6);

    private static final CircuitBreakerPolicy SLOW_AFTER_5_S = CircuitBreakerPolicy.builder()
            .window(Duration.ofMinutes(10))
            .slowCallRate(50)
            .slowCallTime(Duration.ofSeconds(5))
            .minimumCalls(5)
            .build();

    private static CallPolicy.Builder policy() {
        return CallPolicy.builder()
                .retry(RetryPolicy.never())
                .breaker(SLOW_AFTER_5_S)
                .idleTimeout(Duration.ofMinutes(2))
                .deadline(Duration.ofMinutes(5))
                .attemptTimeout(Duration.ofMinutes(1));
    }

    private static CircuitBreaker breaker(Fixture fixture) {
        return fixture.backstay.breaker("users").orElseThrow();
    }

    private static BreakerCounts counts(Fixture fixture) {
        return breaker(fixture).status().counts();
    }

    @ParameterizedTest
    @EnumSource
    void slowAnswers_openTheBreaker(Mode mode) {
        Fixture fixture = new Fixture(policy().build(), Step.ok("ada").after(LONG));
        for (int i = 0; i < 5; i++) {
            mode.text(fixture.users.get("/users"), fixture.time);
        }

        assertThat(breaker(fixture).state()).isEqualTo(BreakerState.OPEN);
    }

    @ParameterizedTest
    @EnumSource
    void waitForATokenOfTheRateLimit_isNoSlownessOfTheService(Mode mode) {
        RatePolicy rate =
                RatePolicy.builder().perSecond(0.1).burst(1).maxWaiting(20).build();
        Fixture fixture = new Fixture(policy().rate(rate).build(), Step.ok("ada"));
        List<CompletableFuture<String>> waiting = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            waiting.add(fixture.users.get("/users").asAsync(String.class));
        }
        assertThat(mode.text(fixture.users.get("/users"), fixture.time).orElseThrow())
                .isEqualTo("ada");

        assertThat(fixture.elapsed()).isEqualTo(Duration.ofSeconds(100));
        assertThat(waiting).allMatch(CompletableFuture::isDone);
        assertThat(counts(fixture).slow()).isZero();
        assertThat(counts(fixture).calls()).isEqualTo(11);
        assertThat(fixture.breakerChanges()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void breakerThatOpensWhileACallWaitsForItsToken_refusesIt(Mode mode) {
        RatePolicy rate =
                RatePolicy.builder().perSecond(0.1).burst(1).maxWaiting(20).build();
        Fixture fixture = new Fixture(policy().rate(rate).build(), Step.ok("ada"));
        mode.text(fixture.users.get("/users"), fixture.time);
        fixture.time.schedule(() -> breaker(fixture).forceOpen(), SECOND);

        assertThat(mode.failure(fixture.users.get("/users"), fixture.time)).isInstanceOf(CallRejectedException.class);
        assertThat(fixture.transport.count()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void openStreams_areNotSlow(Mode mode) throws Exception {
        Fixture fixture = new Fixture(policy().build());
        List<StreamedResponse> open = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            fixture.transport.then(
                    Step.streams(200, new ScriptedBody(fixture.time).piece(Duration.ofSeconds(20), "x")));
            open.add(mode.result(fixture.users.get("/events"), StreamedResponse.class, fixture.time)
                    .orElseThrow());
        }
        fixture.time.advance(LONG);
        fixture.transport.then(Step.ok("ada"));
        mode.text(fixture.users.get("/users"), fixture.time);
        assertThat(fixture.breakerChanges()).isEmpty();

        for (StreamedResponse response : open) {
            response.body().readAllBytes();
            response.close();
        }
        assertThat(counts(fixture).slow()).isZero();
        assertThat(counts(fixture).calls()).isEqualTo(11);
        assertThat(fixture.breakerChanges()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void headThatComesLate_isSlow_andABodyThatBreaksOffAFailure(Mode mode) {
        Fixture fixture = new Fixture(policy().build());
        fixture.transport.then(
                Step.streams(200, new ScriptedBody(fixture.time).breakingOff()).after(LONG));
        StreamedResponse response = mode.result(fixture.users.get("/events"), StreamedResponse.class, fixture.time)
                .orElseThrow();
        assertThatThrownBy(response.body()::readAllBytes).isInstanceOf(IOException.class);

        assertThat(counts(fixture).slow()).isOne();
        assertThat(counts(fixture).failures()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void probeWhoseAnswerIsAStream_isOverAtItsHead(Mode mode) {
        Fixture fixture = new Fixture(policy().build(), Step.status(500, ""));
        for (int i = 0; i < 5; i++) {
            mode.failure(fixture.users.get("/users"), fixture.time);
        }
        fixture.time.advance(SLOW_AFTER_5_S.openTime());
        assertThat(breaker(fixture).state()).isEqualTo(BreakerState.HALF_OPEN);
        fixture.transport.then(Step.streams(200, new ScriptedBody(fixture.time).silence()));

        StreamedResponse response = mode.result(fixture.users.get("/events"), StreamedResponse.class, fixture.time)
                .orElseThrow();

        assertThat(response.status()).isEqualTo(200);
        assertThat(breaker(fixture).state()).isEqualTo(BreakerState.CLOSED);
    }

    @Test
    void callsThatTheirCallersCancel_sayNothing_howeverLongTheyTook() {
        Fixture fixture = new Fixture(policy().build(), Step.never());
        List<CompletableFuture<String>> running = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            running.add(fixture.users.get("/users").asAsync(String.class));
        }
        fixture.time.advance(LONG);
        running.forEach(call -> call.cancel(true));

        assertThat(counts(fixture).slow()).isZero();
        assertThat(counts(fixture).calls()).isZero();
    }
}
