package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.balance.InstanceState;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Calls of a service of which it is not known yet where it is. */
class FirstReadingTest {

    private static final Duration READING = Duration.ofMillis(300);
    private static final Duration BOUND = Settings.FIRST_READING_TIMEOUT.defaultValue();

    private final Slow resolver = new Slow();
    private Fixture fixture = fixture(builder -> builder);
    private ServiceClient orders = fixture.backstay.client("orders");

    /** Knows every service, and where it is when it is told. */
    private static final class Slow implements EndpointResolver {

        private final CompletableFuture<Void> known = new CompletableFuture<>();
        private InstanceListener listener = instances -> {};

        @Override
        public Optional<Watch> watch(String service, InstanceListener toTell) {
            listener = toTell;
            return Optional.of(new Watch() {
                @Override
                public void close() {}

                @Override
                public CompletionStage<Void> whenKnown() {
                    return known;
                }
            });
        }

        void tell() {
            listener.onInstances(List.of(ServiceInstance.of("orders", URI.create("http://three:8003"))));
        }

        void answerNobody() {
            known.complete(null);
        }
    }

    private Fixture fixture(UnaryOperator<Backstay.Builder> more) {
        CallPolicy policy = CallPolicy.builder()
                .concurrency(ConcurrencyPolicy.builder().limit(10).build())
                .retry(RetryPolicy.never())
                .build();
        return new Fixture(
                policy, builder -> more.apply(builder.environment(Map.of()).resolver(resolver)), Step.ok("ok"));
    }

    private void assertThatNoTimerIsLeft() {
        fixture.time.advance(Duration.ZERO);
        assertThat(fixture.time.pendingTasks()).isZero();
    }

    private void assertThatNothingIsTaken() {
        assertThat(fixture.backstay
                        .breaker("orders")
                        .orElseThrow()
                        .status()
                        .counts()
                        .inFlight())
                .isZero();
        assertThat(fixture.backstay.instances("orders"))
                .extracting(InstanceState::pending)
                .allMatch(pending -> pending == 0);
    }

    @ParameterizedTest
    @EnumSource
    void callBeforeTheFirstReading_waitsForIt(Mode mode) {
        fixture.time.schedule(resolver::tell, READING);

        assertThat(mode.text(orders.get("/o"), fixture.time).orElseThrow()).isEqualTo("ok");

        assertThat(fixture.elapsed()).isEqualTo(READING);
        assertThatNoTimerIsLeft();
        assertThatNothingIsTaken();
    }

    @ParameterizedTest
    @EnumSource
    void callThatWaited_findsThatThereIsNobody(Mode mode) {
        fixture.time.schedule(resolver::answerNobody, READING);

        CallException failure = mode.failure(orders.get("/o"), fixture.time);

        assertThat(failure)
                .isInstanceOf(CallRejectedException.class)
                .hasMessageContaining("no instance of orders is known")
                .hasMessageNotContaining("first time");
        assertThat(fixture.elapsed()).isEqualTo(READING);
        assertThatNothingIsTaken();
    }

    @ParameterizedTest
    @EnumSource
    void resolverThatNeverAnswers_keepsCallsForABoundedTime_andTheyAreToldWhy(Mode mode) {
        CallException failure = mode.failure(orders.get("/o"), fixture.time);

        assertThat(failure)
                .isInstanceOf(CallRejectedException.class)
                .hasMessageContaining("no instance of orders is known so far")
                .hasMessageContaining("first time");
        assertThat(fixture.elapsed()).isEqualTo(BOUND);
        assertThatNothingIsTaken();
    }

    @ParameterizedTest
    @EnumSource
    void callAfterThatTime_isRefusedAtOnce_untilSomethingIsKnown(Mode mode) {
        fixture.time.advance(BOUND);

        mode.failure(orders.get("/o"), fixture.time);

        assertThat(fixture.elapsed()).isEqualTo(BOUND);
        resolver.tell();
        assertThat(mode.text(orders.get("/o"), fixture.time).orElseThrow()).isEqualTo("ok");
    }

    @ParameterizedTest
    @EnumSource
    void deadlineThatPassesMeanwhile_endsTheCall(Mode mode) {
        Duration deadline = Duration.ofMillis(200);

        CallException failure = mode.failure(orders.get("/o").deadline(deadline), fixture.time);

        assertThat(failure)
                .isInstanceOf(CallTimeoutException.class)
                .hasMessageContaining("before any instance was known");
        assertThat(fixture.elapsed()).isEqualTo(deadline);
        assertThat(failure.details().mayHaveReachedServer()).isFalse();
    }

    @Test
    void callThatIsCancelledWhileItWaits_ends() {
        CompletableFuture<String> answer = orders.get("/o").asAsync(String.class);

        answer.cancel(false);
        resolver.tell();
        fixture.time.advance(READING);

        assertThat(fixture.transport.count()).isZero();
        assertThatNoTimerIsLeft();
        assertThatNothingIsTaken();
    }

    @Test
    void callsThatWait_takeNoRoom() {
        for (int i = 0; i < 20; i++) {
            CompletableFuture<String> unused = orders.get("/o").asAsync(String.class);
        }

        fixture.time.schedule(resolver::tell, READING);
        fixture.time.advance(READING);

        assertThat(fixture.transport.count()).isEqualTo(20);
        assertThatNoTimerIsLeft();
        assertThatNothingIsTaken();
    }

    @Test
    void userCode_neverRunsWhereTheResolverTells() {
        CompletableFuture<Void> answered =
                orders.get("/o").asAsync(String.class).thenAccept(text -> {});

        resolver.tell();
        assertThat(answered).isNotDone();
        fixture.time.advance(Duration.ZERO);

        assertThat(answered).isCompleted();
    }

    @ParameterizedTest
    @EnumSource
    void resolverThatHasAnsweredOnce_isNeverWaitedForAgain(Mode mode) {
        resolver.tell();
        mode.text(orders.get("/o"), fixture.time).orElseThrow();
        resolver.listener.onInstances(List.of());

        assertThat(mode.failure(orders.get("/o"), fixture.time)).isInstanceOf(CallRejectedException.class);

        assertThat(fixture.elapsed()).isZero();
        assertThatNothingIsTaken();
    }

    @ParameterizedTest
    @EnumSource
    void timeOfZero_refusesAtOnce(Mode mode) {
        fixture = fixture(builder -> builder.setting(Settings.FIRST_READING_TIMEOUT.name(), "0s"));
        orders = fixture.backstay.client("orders");

        assertThat(mode.failure(orders.get("/o"), fixture.time)).hasMessageContaining("first time");

        assertThat(fixture.elapsed()).isZero();
    }

    @Test
    void warmUp_waitsForTheFirstReading() {
        CompletableFuture<Map<ServiceInstance, Boolean>> warm = orders.warmUp("/health");
        assertThat(warm).isNotDone();

        resolver.tell();
        fixture.time.advance(Duration.ZERO);

        assertThat(warm.join()).hasSize(1);
    }

    @Test
    void close_endsWhatWaits() {
        CompletableFuture<Map<ServiceInstance, Boolean>> warm = orders.warmUp("/health");
        CompletableFuture<String> answer = orders.get("/o").asAsync(String.class);

        fixture.backstay.close();
        fixture.time.advance(Duration.ZERO);

        assertThat(warm.join()).isEmpty();
        assertThat(answer).isCompletedExceptionally();
    }
}
