package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.event.AttemptFailed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** What the library that drives the engine's loop of attempts is known for, and must not show through it. */
class LoopFaultsTest {

    @ParameterizedTest
    @EnumSource
    void shortDelay_isNotCutToMilliseconds(Mode mode) {
        Duration delay = Duration.ofNanos(1_500_001);
        Fixture fixture = new Fixture(Fixture.retrying(2, delay), Step.status(503, ""), Step.ok("ada"));

        assertThat(mode.text(fixture.users.get("/users"), fixture.time).hasValue())
                .isTrue();

        assertThat(fixture.elapsed()).isEqualTo(delay);
    }

    /** Ten retries in all: with one more charged after each last attempt only five calls would have one. */
    @ParameterizedTest
    @EnumSource
    void budget_isNotChargedAfterTheLastAttempt(Mode mode) {
        CallPolicy policy = Fixture.noBreaker()
                .retry(RetryPolicy.builder()
                        .maxAttempts(2)
                        .backoff(Backoff.none())
                        .budget(RetryBudgetPolicy.builder()
                                .percent(0)
                                .minPerSecond(1)
                                .build())
                        .build())
                .build();
        Fixture fixture = new Fixture(policy, Step.status(503, ""));

        for (int call = 1; call <= 12; call++) {
            mode.failure(fixture.users.get("/users"), fixture.time);
        }

        assertThat(fixture.transport.count()).isEqualTo(12 + 10);
    }

    /** On Java 21 to 23 a virtual thread that waits under a monitor holds its carrier. */
    @ParameterizedTest
    @EnumSource
    void usersCode_neverRunsUnderAMonitor(Mode mode) {
        List<String> held = new ArrayList<>();
        Fixture fixture = new Fixture(
                Fixture.retrying(3, Duration.ofSeconds(1)),
                builder -> builder.listener(AttemptFailed.class, event -> held.addAll(HeldMonitors.ofThisThread()))
                        .interceptor(new AttemptInterceptor() {
                            @Override
                            public Headers before(Attempt attempt, Headers headers) {
                                held.addAll(HeldMonitors.ofThisThread());
                                return headers;
                            }
                        }),
                Step.status(503, ""));
        fixture.transport.by(request -> {
            held.addAll(HeldMonitors.ofThisThread());
            return Step.status(503, "");
        });
        ServiceRequest request = fixture.users.get("/users").fallback("kept", failure -> {
            held.addAll(HeldMonitors.ofThisThread());
            return "kept";
        });

        assertThat(mode.text(request, fixture.time).orElseThrow()).isEqualTo("kept");

        assertThat(fixture.transport.count()).isEqualTo(3);
        assertThat(held).isEmpty();
    }

    @Test
    void stageOfACallThatClosingEnds_neverRunsUnderAMonitor() {
        List<String> held = new ArrayList<>();
        CallPolicy policy = Fixture.retrying(2, Duration.ofHours(1)).toBuilder()
                .deadline(Duration.ofHours(2))
                .build();
        Fixture fixture = new Fixture(policy, Step.status(503, ""));
        CompletableFuture<String> future = fixture.users.get("/users").asAsync(String.class);
        CompletableFuture<Boolean> stage = future.handle((value, failure) -> {
            held.addAll(HeldMonitors.ofThisThread());
            return failure instanceof CallCancelledException;
        });

        fixture.backstay.close();

        assertThat(stage).isCompletedWithValue(true);
        assertThat(held).isEmpty();
    }
}
