package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.spi.UnseenFailures;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What fails at a service is logged at once; all else when nobody looks at the future of an asynchronous call. */
class UnseenCallFailureTest {

    private final CapturedLog log = CapturedLog.warnings("io.backstay.call");

    @AfterEach
    void stop() {
        log.close();
    }

    private static CompletableFuture<String> call(Fixture fixture) {
        return fixture.users.get("/users/{id}", "secret").asAsync(String.class);
    }

    private static void graceIsOver(Fixture fixture) {
        fixture.time.advance(UnseenFailures.GRACE);
    }

    @Test
    void refusal_thatNobodyLooksAt_isLoggedOnceUnderTheCallersContext() {
        Fixture fixture = new Fixture(CallPolicy.standard(), Step.ok("ada"));
        fixture.backstay.breaker("users").orElseThrow().forceOpen();
        try (CallContext.Scope scope =
                CallContext.empty().withCorrelationId("c-1").open()) {
            assertThat(call(fixture).isDone()).isTrue();
        }
        graceIsOver(fixture);
        graceIsOver(fixture);

        assertThat(log.lines())
                .containsExactly("WARN [users] GET /users/{id} failed, and nobody has looked at its future for 10 s: "
                        + "circuit breaker refused: it is FORCED_OPEN");
        assertThat(log.events().get(0).getMDCPropertyMap()).containsEntry("correlationId", "c-1");
        assertThat(log.events().get(0).getKeyValuePairs()).anyMatch(pair -> pair.key.equals("path"));
    }

    @Test
    void answerOf404_thatNobodyLooksAt_isLogged_inAResultToo() {
        Fixture fixture = Fixture.answering(Step.status(404, ""));
        assertThat(call(fixture).isDone()).isTrue();
        assertThat(fixture.users.get("/users").resultAsync(String.class).isDone())
                .isTrue();
        graceIsOver(fixture);

        assertThat(log.lines()).hasSize(2).allMatch(line -> line.contains("nobody has looked at its future"));
    }

    @Test
    void failureOfTheService_isInTheLogAlready() {
        Fixture fixture = Fixture.answering(Step.status(500, ""));
        assertThat(call(fixture).isDone()).isTrue();
        graceIsOver(fixture);

        assertThat(log.lines()).containsExactly("ERROR [users] GET /users/{id} failed: answered 500");
    }

    @Test
    void failureThatSomebodyLooksAt_isTheirs() {
        Fixture fixture = Fixture.answering(Step.status(404, ""));
        assertThatThrownBy(call(fixture)::join).hasCauseInstanceOf(HttpStatusException.class);
        graceIsOver(fixture);

        assertThat(log.lines()).isEmpty();
    }

    @Test
    void successAndCancelledCall_leaveNoTimer() {
        Fixture fixture = Fixture.answering(Step.ok("ada"), Step.never());
        assertThat(call(fixture).isDone()).isTrue();
        call(fixture).cancel(true);

        assertThat(fixture.time.pendingTasks()).isZero();
        graceIsOver(fixture);
        assertThat(log.lines()).isEmpty();
    }
}
