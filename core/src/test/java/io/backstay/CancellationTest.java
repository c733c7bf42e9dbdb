package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.event.AttemptFailed;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CancellationTest {

    @Test
    void future_whenCancelled_endsTheExchange() {
        Fixture fixture = Fixture.answering(Step.never());
        CompletableFuture<String> future = fixture.users.get("/users").asAsync(String.class);

        assertThat(future.cancel(true)).isTrue();

        assertThat(fixture.transport.cancelled).isEqualTo(1);
        assertThatThrownBy(future::join).isInstanceOf(CancellationException.class);
    }

    @Test
    void thread_whenInterruptedDuringTheFirstAttempt_failsAsCancelledWithItsFlagSetAgain() {
        Fixture fixture = Fixture.answering(Step.never());
        fixture.time.schedule(() -> Thread.currentThread().interrupt(), Duration.ofSeconds(2));

        assertThatThrownBy(() -> fixture.users.get("/users").execute())
                .isInstanceOfSatisfying(CallCancelledException.class, cancelled -> {
                    assertThat(cancelled.isTransient()).isFalse();
                    assertThat(cancelled).hasMessageContaining("interrupted");
                    assertThat(cancelled.details().mayHaveReachedServer()).isTrue();
                });

        assertThat(Thread.interrupted()).isTrue();
        assertThat(fixture.events(AttemptFailed.class)).hasSize(1);
    }

    @Test
    void future_thatEndsInAnyWayBeforeTheCall_endsTheExchange() {
        Fixture fixture = Fixture.answering(Step.never());

        fixture.users.get("/a").executeAsync().completeExceptionally(new IllegalStateException());
        fixture.users.get("/b").executeAsync().complete(null);
        fixture.users.get("/c").resultAsync(String.class).cancel(false);

        assertThat(fixture.transport.cancelled).isEqualTo(3);
    }

    @Test
    void future_ofACallThatEnded_cancelsNothing() {
        Fixture fixture = Fixture.answering(Step.ok("ada"));

        assertThat(fixture.users.get("/a").asAsync(String.class).cancel(true)).isFalse();
        assertThat(fixture.transport.cancelled).isZero();
    }

    @Test
    void thread_whenInterruptedDuringRetries_failsAsCancelledAndEndsThem() {
        Fixture fixture = new Fixture(Fixture.retrying(3, Duration.ofSeconds(1)), Step.status(503, ""), Step.never());
        fixture.time.schedule(() -> Thread.currentThread().interrupt(), Duration.ofSeconds(2));

        assertThatThrownBy(() -> fixture.users.get("/users").execute()).isInstanceOf(CallCancelledException.class);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(fixture.transport.count()).isEqualTo(2);
        assertThat(fixture.transport.cancelled).isEqualTo(1);
    }

    @Test
    void result_whenInterrupted_isAFailureAndAsksNoFallback() {
        Fixture fixture = Fixture.answering(Step.never());
        Thread.currentThread().interrupt();

        Result<String> result =
                fixture.users.get("/users").fallback("default", failure -> "x").result(String.class);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(result.hasValue()).isFalse();
    }
}
