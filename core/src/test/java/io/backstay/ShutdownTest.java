package io.backstay;

import io.backstay.ScriptedTransport.Step;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ShutdownTest {

    @Test
    void close_waitsForCallsThatAreRunning() {
        Fixture fixture = Fixture.answering(Step.ok("ada").after(Duration.ofSeconds(4)));
        CompletableFuture<String> running = fixture.users.get("/users").asAsync(String.class);

        fixture.backstay.close();

        assertThat(running).isCompletedWithValue("ada");
        assertThat(fixture.elapsed()).isEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void close_afterItsTimeout_cancelsWhatIsStillRunning() {
        Fixture fixture = new Fixture(
                Fixture.noBreaker()
                        .attemptTimeout(Duration.ofMinutes(5))
                        .deadline(Duration.ofMinutes(5))
                        .build(),
                builder -> builder.shutdownTimeout(Duration.ofSeconds(3)),
                Step.never());
        CompletableFuture<Result<String>> running = fixture.users.get("/users").resultAsync(String.class);

        fixture.backstay.close();
        fixture.time.runDue();

        assertThat(fixture.elapsed()).isEqualTo(Duration.ofSeconds(3));
        assertThat(running.join())
                .isInstanceOfSatisfying(
                        Result.Failure.class,
                        failure -> assertThat(failure.cause()).isInstanceOf(CallCancelledException.class));
        assertThat(fixture.transport.cancelled).isEqualTo(1);
    }

    @Test
    void close_duringTheWaitForARetry_letsItFinishInTime() {
        Fixture fixture = new Fixture(Fixture.retrying(2, Duration.ofSeconds(2)), Step.status(503, ""), Step.ok("ada"));
        CompletableFuture<String> running = fixture.users.get("/users").asAsync(String.class);

        fixture.backstay.close();

        assertThat(running).isCompletedWithValue("ada");
    }

    @ParameterizedTest
    @EnumSource
    void call_afterClose_isRefused(Mode mode) {
        Fixture fixture = Fixture.answering(Step.ok("ada"));
        fixture.backstay.close();
        fixture.backstay.close();

        assertThat(mode.failure(fixture.users.get("/users"), fixture.time))
                .isInstanceOfSatisfying(
                        CallRejectedException.class,
                        refused -> assertThat(refused.guard()).isEqualTo("shut-down"));
        assertThat(fixture.transport.count()).isZero();
    }

    @Test
    void close_duringABlockingCall_cancelsIt() {
        Fixture fixture = new Fixture(
                Fixture.noBreaker()
                        .attemptTimeout(Duration.ofMinutes(5))
                        .deadline(Duration.ofMinutes(5))
                        .build(),
                builder -> builder.shutdownTimeout(Duration.ofSeconds(3)),
                Step.never());
        fixture.time.schedule(fixture.backstay::close, Duration.ofSeconds(1));

        assertThat(Mode.BLOCKING.failure(fixture.users.get("/users"), fixture.time))
                .isInstanceOf(CallCancelledException.class);
        assertThat(fixture.elapsed()).isEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void afterClose_nothingIsOpenedAnew() {
        Fixture fixture = Fixture.answering(Step.ok("ada"));
        fixture.backstay.close();

        assertThatThrownBy(() -> fixture.backstay.client("late", URI.create("http://late:1")))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> fixture.users.warmUp("/")).isInstanceOf(IllegalStateException.class);
        assertThat(fixture.transport.count()).isZero();
    }

    @Test
    void close_leavesATransportOpenThatWasGiven() {
        Fixture fixture = Fixture.answering(Step.ok("ada"));

        fixture.backstay.close();

        assertThat(fixture.transport.closed).isFalse();
    }
}
