package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.spi.VirtualTime;
import io.backstay.spi.Waiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

class LimitsInTheEngineTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private static CallPolicy.Builder policy() {
        return Fixture.noBreaker().retry(RetryPolicy.never());
    }

    private static ConcurrencyPolicy limit(int calls, int waiting) {
        return ConcurrencyPolicy.builder()
                .limit(calls)
                .withoutShares()
                .maxWaiting(waiting)
                .build();
    }

    private static RatePolicy rate(int perSecond, int waiting) {
        return RatePolicy.builder()
                .perSecond(perSecond)
                .burst(1)
                .maxWaiting(waiting)
                .build();
    }

    private static List<CompletableFuture<String>> start(Fixture fixture, int calls) {
        List<CompletableFuture<String>> started = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            started.add(fixture.users.get("/users").asAsync(String.class));
        }
        return started;
    }

    @ParameterizedTest
    @EnumSource
    void call_whenAllPermitsAreTaken_isRefusedUnsent(Mode mode) {
        Fixture fixture = new Fixture(
                policy().concurrency(limit(2, 0)).build(), Step.ok("ok").after(SECOND));
        List<CompletableFuture<String>> running = start(fixture, 2);

        CallException failure = mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(failure)
                .isInstanceOfSatisfying(
                        CallRejectedException.class,
                        rejected -> assertThat(rejected.guard()).isEqualTo("concurrency limit"));
        assertThat(failure.details().mayHaveReachedServer()).isFalse();
        assertThat(fixture.transport.count()).isEqualTo(2);
        fixture.time.advance(SECOND);
        assertThat(running).allMatch(CompletableFuture::isDone);
    }

    @ParameterizedTest
    @EnumSource
    void call_waitsForAPermitWithinItsDeadline(Mode mode) {
        Fixture fixture = new Fixture(
                policy().concurrency(limit(2, 10)).build(), Step.ok("ok").after(SECOND));
        start(fixture, 2);

        assertThat(mode.text(fixture.users.get("/users"), fixture.time).orElseThrow())
                .isEqualTo("ok");

        assertThat(fixture.elapsed()).isEqualTo(SECOND.multipliedBy(2));
    }

    @Test
    void wait_thatIsInterruptedJustAsItIsRefused_isCancelled_andGivesNothingBack() {
        LateInterruption interrupted = new LateInterruption();
        Fixture fixture = new Fixture(
                policy().concurrency(limit(2, 10)).build(),
                builder -> builder.waiter(interrupted),
                Step.ok("ok").after(SECOND.multipliedBy(9)));
        interrupted.time = fixture.time;
        start(fixture, 2);

        Result<String> result =
                fixture.users.get("/users").deadline(Duration.ofMillis(300)).result(String.class);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(((Result.Failure<String>) result).cause()).isInstanceOf(CallCancelledException.class);
        fixture.time.advance(SECOND.multipliedBy(9));
        assertThat(start(fixture, 2)).hasSize(2);
        assertThat(fixture.transport.count()).isEqualTo(4);
    }

    @ParameterizedTest
    @EnumSource
    void call_whoseDeadlinePassesWhileItWaits_endsUnsentAndLeavesNoPermit(Mode mode) {
        Fixture fixture = new Fixture(
                policy().concurrency(limit(2, 10)).build(), Step.ok("ok").after(SECOND));
        start(fixture, 2);

        CallException failure =
                mode.failure(fixture.users.get("/users").deadline(Duration.ofMillis(300)), fixture.time);

        assertThat(failure).isInstanceOf(CallTimeoutException.class);
        assertThat(failure.details().mayHaveReachedServer()).isFalse();
        assertThat(fixture.elapsed()).isEqualTo(Duration.ofMillis(300));
        fixture.time.advance(SECOND);
        assertThat(mode.text(fixture.users.get("/users"), fixture.time)).isInstanceOf(Result.Success.class);
        assertThat(fixture.time.pendingTasks()).isZero();
    }

    @Test
    void callThatIsCancelledWhileItWaits_leavesTheLineToOthers() {
        Fixture fixture = new Fixture(
                policy().concurrency(limit(2, 10)).build(), Step.ok("ok").after(SECOND));
        start(fixture, 2);
        CompletableFuture<String> waiting = fixture.users.get("/users").asAsync(String.class);
        CompletableFuture<String> next = fixture.users.get("/users").asAsync(String.class);

        waiting.cancel(false);
        fixture.time.advance(SECOND.multipliedBy(2));

        assertThat(next).isCompletedWithValue("ok");
        assertThat(fixture.transport.count()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource
    void openBreaker_refusesBeforeAnybodyWaits(Mode mode) {
        Fixture fixture = new Fixture(
                CallPolicy.builder().concurrency(limit(1, 10)).build(),
                Step.ok("ok").after(SECOND));
        start(fixture, 1);
        fixture.backstay.breaker("users").orElseThrow().forceOpen();

        CallException failure = mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(failure).isInstanceOf(CallRejectedException.class).hasMessageContaining("circuit breaker");
        assertThat(fixture.elapsed()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void instanceThatIsBusy_isPassedOver_andWithAllBusyTheCallIsRefused(Mode mode) {
        Fixture fixture = new Fixture(
                policy().instanceConcurrency(limit(1, 0)).build(), Step.ok("ok").after(SECOND));
        start(fixture, 2);

        CallException failure = mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(failure).hasMessageContaining("busy").isInstanceOf(CallRejectedException.class);
        assertThat(fixture.transport.requests)
                .extracting(request -> request.instance().address())
                .containsExactlyInAnyOrder("one:8001", "two:8002");
        fixture.time.advance(SECOND);
        assertThat(mode.text(fixture.users.get("/users"), fixture.time)).isInstanceOf(Result.Success.class);
    }

    @ParameterizedTest
    @EnumSource
    void rateLimit_countsEachAttempt_andARefusedRetryTellsTheOriginalFailure(Mode mode) {
        RetryPolicy retry = RetryPolicy.builder()
                .backoff(Backoff.fixed(Duration.ofMillis(10)))
                .build();
        Fixture fixture = new Fixture(
                Fixture.noBreaker().rate(rate(1, 0)).retry(retry).build(), Step.status(503, ""), Step.ok("ok"));

        CallException failure = mode.failure(fixture.users.get("/users").priority(Priority.CRITICAL), fixture.time);

        assertThat(failure).isInstanceOf(ServiceUnavailableException.class).hasMessageContaining("503");
        assertThat(fixture.transport.count()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void rateLimit_makesCallsWaitTheirTurn(Mode mode) {
        Fixture fixture = new Fixture(policy().rate(rate(2, 10)).build(), Step.ok("ok"));
        ServiceRequest request = fixture.users.get("/users").priority(Priority.CRITICAL);

        for (int i = 0; i < 5; i++) {
            assertThat(mode.text(request, fixture.time)).isInstanceOf(Result.Success.class);
        }

        assertThat(fixture.elapsed()).isEqualTo(SECOND.multipliedBy(2));
    }

    @ParameterizedTest
    @EnumSource
    void rateToken_ofWhatWasNeverSent_isGivenBack(Mode mode) {
        Fixture fixture =
                new Fixture(policy().rate(rate(1, 0)).build(), Step.fails(FailureKind.CONNECT_FAILED), Step.ok("ok"));
        ServiceRequest request = fixture.users.get("/users").priority(Priority.CRITICAL);

        assertThat(mode.text(request, fixture.time)).isInstanceOf(Result.Failure.class);
        assertThat(mode.text(request, fixture.time)).isInstanceOf(Result.Success.class);
    }

    @ParameterizedTest
    @EnumSource
    void retryBudgetThatIsEmpty_meansNoRetry(Mode mode) {
        RetryPolicy half = RetryPolicy.builder()
                .backoff(Backoff.fixed(Duration.ofMillis(1)))
                .budget(RetryBudgetPolicy.builder().percent(50).minPerSecond(0).build())
                .build();
        Fixture fixture = new Fixture(Fixture.noBreaker().retry(half).build(), Step.status(503, ""));

        for (int i = 0; i < 10; i++) {
            mode.failure(fixture.users.get("/users"), fixture.time);
        }

        assertThat(fixture.transport.count()).as("10 calls and 5 retries").isEqualTo(15);
    }

    /** Whoever waits is interrupted a second later, when what was waited for is there as well. */
    private static final class LateInterruption implements Waiter {

        private VirtualTime time = new VirtualTime();

        @Override
        public void await(Future<?> future) throws InterruptedException {
            time.advance(SECOND);
            assertThat(future.isDone()).isTrue();
            throw new InterruptedException("on purpose");
        }

        @Override
        public boolean await(Future<?> future, long nanos) throws InterruptedException {
            await(future);
            return true;
        }
    }
}
