package io.backstay.guard;

import io.backstay.Backoff;
import io.backstay.CallContext;
import io.backstay.CallDetails;
import io.backstay.CallException;
import io.backstay.CallRejectedException;
import io.backstay.CallTimeoutException;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.ConcurrencyPolicy;
import io.backstay.Deadline;
import io.backstay.Fallback;
import io.backstay.GuardPolicy;
import io.backstay.RatePolicy;
import io.backstay.RetryBudgetPolicy;
import io.backstay.guard.GuardScript.Mode;
import io.backstay.spi.RandomSource;
import io.backstay.spi.VirtualTime;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.MDC;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** What a guard does round code, blocking and asynchronous, on virtual time. */
class GuardTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final VirtualTime time = new VirtualTime();
    private final GuardScript script = new GuardScript(time);
    private final IOException broken = new IOException("no route");

    private Guard guard(GuardPolicy.Builder policy) {
        return Guard.builder("ledger").policy(policy.build()).virtualTime(time).build();
    }

    private static GuardPolicy.Builder policy() {
        return GuardPolicy.builder();
    }

    private static void holdsNothing(Guard guard) {
        assertThat(guard.isIdle(0, Long.MAX_VALUE / 2)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void call_whenAllIsWell_givesTheValue(Mode mode) throws Throwable {
        Guard guard =
                guard(policy().retry(3).concurrency(ConcurrencyPolicy.fixed(2)).rate(RatePolicy.perSecond(5)));
        assertThat(mode.call(guard, script.answer("one"))).isEqualTo("one");
        assertThat(script.attempts()).isEqualTo(1);
        assertThat(guard.status().breaker().orElseThrow().counts().calls()).isEqualTo(1);
        assertThat(guard.status().concurrency().orElseThrow().inFlight()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void call_whenTheCodeThrows_throwsTheVerySame(Mode mode) {
        Guard guard = guard(policy());
        assertThatThrownBy(() -> mode.call(guard, script.fail(broken))).isSameAs(broken);
        assertThat(guard.status().failed()).isEqualTo(1);
        assertThat(guard.status().breaker().orElseThrow().counts().failures()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void call_whenRetrying_waitsAsTheBackoffSays(Mode mode) throws Throwable {
        Guard guard = guard(policy().retry(3, Backoff.exponential(SECOND, 2, Duration.ofSeconds(8))));
        script.fail(broken).fail(broken).answer("third");
        assertThat(mode.call(guard, script)).isEqualTo("third");
        assertThat(script.startedAt).containsExactly(Duration.ZERO, SECOND, Duration.ofSeconds(3));
        assertThat(guard.status().retries()).isEqualTo(2);
        assertThat(guard.status().breaker().orElseThrow().counts().calls()).isEqualTo(1);
        holdsNothing(guard);
    }

    @ParameterizedTest
    @EnumSource
    void call_whenAttemptsAreUsedUp_throwsTheLastFailure(Mode mode) {
        Guard guard = guard(policy().retry(2, Backoff.none()));
        IOException second = new IOException("still none");
        assertThatThrownBy(() -> mode.call(guard, script.fail(broken).fail(second)))
                .isSameAs(second);
        assertThat(guard.status().failed()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void call_whenTheBreakerIsOpen_neverRunsTheCode(Mode mode) {
        Guard guard = guard(policy().concurrency(ConcurrencyPolicy.fixed(1)).rate(RatePolicy.perSecond(1)));
        guard.breaker().orElseThrow().forceOpen();
        assertThatThrownBy(() -> mode.call(guard, script))
                .isInstanceOf(CallRejectedException.class)
                .hasMessageContainingAll("ledger", "circuit breaker refused", "FORCED_OPEN");
        assertThat(script.attempts()).isZero();
        assertThat(guard.status().refused()).isEqualTo(1);
        assertThat(guard.status().rate().orElseThrow().available())
                .isEqualTo(guard.policy().rate().burst());
    }

    @ParameterizedTest
    @EnumSource
    void call_whenItFailsOften_opensTheBreaker(Mode mode) {
        Guard guard = guard(policy().breaker(CircuitBreakerPolicy.consecutive()));
        script.fail(broken);
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> mode.call(guard, script)).isSameAs(broken);
        }
        assertThatThrownBy(() -> mode.call(guard, script)).isInstanceOf(CallRejectedException.class);
        time.advance(Duration.ofSeconds(60));
        script.answer("back");
        assertThat(guard.breaker().orElseThrow().state()).isEqualTo(BreakerState.HALF_OPEN);
    }

    @ParameterizedTest
    @EnumSource
    void retry_whenTheBreakerHasOpenedMeanwhile_reportsTheFailureAndStops(Mode mode) {
        AtomicReference<CircuitBreaker> breaker = new AtomicReference<>();
        Guard guard = guard(policy().retry(5, Backoff.none()).retryIf(failure -> {
            breaker.get().forceOpen();
            return true;
        }));
        breaker.set(guard.breaker().orElseThrow());
        assertThatThrownBy(() -> mode.call(guard, script.fail(broken))).isSameAs(broken);
        assertThat(script.attempts()).isEqualTo(1);
        assertThat(guard.status().retryBudget().withdrawn()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void call_whenTheExceptionIsIgnored_countsAndRepeatsNothing(Mode mode) {
        Guard guard = guard(policy().retry(3, Backoff.none())
                .ignore(FileNotFoundException.class)
                .fallback(new Fallback("none", failure -> "fallback")));
        FileNotFoundException unknown = new FileNotFoundException("invoice 7");
        assertThatThrownBy(() -> mode.call(guard, script.fail(unknown))).isSameAs(unknown);
        assertThat(script.attempts()).isEqualTo(1);
        assertThat(guard.status().failed()).isZero();
        assertThat(guard.status().breaker().orElseThrow().counts().failures()).isZero();
        holdsNothing(guard);
    }

    @ParameterizedTest
    @EnumSource
    void call_whenOnlySomeAreRetried_repeatsNoOthers(Mode mode) {
        Guard guard = guard(policy().retry(3, Backoff.none()).retryOn(FileNotFoundException.class));
        assertThatThrownBy(() -> mode.call(guard, script.fail(broken))).isSameAs(broken);
        assertThat(script.attempts()).isEqualTo(1);
        assertThat(guard.status().failed()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void call_whenAConditionThrows_losesNeitherFailureNorPermit(Mode mode) {
        IllegalStateException wrong = new IllegalStateException("bad condition");
        Guard guard =
                guard(policy().retry(3).concurrency(ConcurrencyPolicy.fixed(1)).retryIf(failure -> {
                    throw wrong;
                }));
        assertThatThrownBy(() -> mode.call(guard, script.fail(broken)))
                .isSameAs(broken)
                .hasSuppressedException(wrong);
        holdsNothing(guard);
    }

    @ParameterizedTest
    @EnumSource
    void call_whenTheBudgetIsEmpty_doesNotRepeat(Mode mode) {
        Guard guard = guard(policy().retry(3, Backoff.none())
                .retryBudget(
                        RetryBudgetPolicy.builder().percent(0).minPerSecond(0).build()));
        assertThatThrownBy(() -> mode.call(guard, script.fail(broken))).isSameAs(broken);
        assertThat(script.attempts()).isEqualTo(1);
        assertThat(guard.status().retryBudget().refused()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void call_whenTheCodeTakesTooLong_timesOut(Mode mode) {
        Guard guard = guard(policy().timeout(SECOND).concurrency(ConcurrencyPolicy.fixed(1)));
        script.answerAfter(Duration.ofSeconds(5), "late");
        CallTimeoutException timeout = catchThrowableOfType(CallTimeoutException.class, () -> mode.call(guard, script));
        assertThat(timeout).hasMessageContaining("timed out after 1000 ms");
        assertThat(timeout.deadlinePassed()).isFalse();
        assertThat(Duration.ofNanos(time.nanoTime())).isEqualTo(SECOND);
        assertThat(guard.status().timedOut()).isEqualTo(1);
        assertThat(guard.status().breaker().orElseThrow().counts().failures()).isEqualTo(1);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        holdsNothing(guard);
    }

    @ParameterizedTest
    @EnumSource
    void call_whenAnAttemptTimesOut_isRepeatedAndCanSucceed(Mode mode) throws Throwable {
        Guard guard = guard(policy().timeout(SECOND).retry(2, Backoff.none()));
        script.answerAfter(Duration.ofSeconds(5), "late").answer("second");
        assertThat(mode.call(guard, script)).isEqualTo("second");
        assertThat(script.startedAt).containsExactly(Duration.ZERO, SECOND);
        assertThat(guard.status().timedOut()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void retry_neverBeginsAnAttemptThatTheDeadlineForbids(Mode mode) {
        Guard guard = guard(policy().retry(10, Backoff.fixed(SECOND)).deadline(Duration.ofMillis(2_500)));
        assertThatThrownBy(() -> mode.call(guard, script.fail(broken))).isSameAs(broken);
        assertThat(script.startedAt).containsExactly(Duration.ZERO, SECOND, Duration.ofSeconds(2));
    }

    @ParameterizedTest
    @EnumSource
    void call_keepsToTheDeadlineOfTheWorkInHand(Mode mode) {
        Guard guard = guard(policy().timeout(Duration.ofSeconds(10)).deadline(Duration.ofSeconds(20)));
        script.answerAfter(Duration.ofSeconds(5), "late");
        CallTimeoutException timeout;
        try (CallContext.Scope scope = CallContext.empty()
                .withDeadline(Deadline.after(time.nanoTime(), SECOND))
                .open()) {
            timeout = catchThrowableOfType(CallTimeoutException.class, () -> mode.call(guard, script));
        }
        assertThat(timeout.deadlinePassed()).isTrue();
        assertThat(Duration.ofNanos(time.nanoTime())).isEqualTo(SECOND);
        assertThat(guard.status().breaker().orElseThrow().counts().failures())
                .as("cut short by its caller, which says nothing of what was called")
                .isZero();
    }

    @ParameterizedTest
    @EnumSource
    void code_seesTheDeadlineOfItsAttempt(Mode mode) throws Throwable {
        Guard guard = guard(policy().timeout(SECOND).deadline(Duration.ofSeconds(20)));
        mode.call(guard, script.answer("one"));
        assertThat(script.seenContexts.get(0).deadline()).contains(new Deadline(SECOND.toNanos()));
        assertThat(CallContext.current().deadline()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void fallback_answersForAFailureAndForARefusal(Mode mode) throws Throwable {
        Guard guard = guard(policy().fallback(new Fallback("kept", failure -> "kept: " + failure.kind())));
        assertThat(mode.call(guard, script.fail(broken))).isEqualTo("kept: UNEXPECTED");
        guard.breaker().orElseThrow().forceOpen();
        assertThat(mode.call(guard, script)).isEqualTo("kept: REJECTED");
        assertThat(guard.status().fallbacks()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void fallback_whichThrows_leavesTheFailureAndGoesAlong(Mode mode) {
        IllegalStateException none = new IllegalStateException("nothing kept");
        Guard guard = guard(policy().fallback(new Fallback("kept", failure -> {
            throw none;
        })));
        assertThatThrownBy(() -> mode.call(guard, script.fail(broken)))
                .isSameAs(broken)
                .hasSuppressedException(none);
    }

    @ParameterizedTest
    @EnumSource
    void call_waitsForRoomWithinItsDeadline_andIsRefusedAfterIt(Mode mode) throws Throwable {
        Guard guard = guard(policy().concurrency(ConcurrencyPolicy.fixed(1)).deadline(SECOND));
        GuardPermit taken = guard.acquire();
        assertThatThrownBy(() -> mode.call(guard, script)).isInstanceOf(CallTimeoutException.class);
        assertThat(script.attempts()).isZero();
        time.schedule(taken::close, Duration.ofMillis(300));
        assertThat(mode.call(guard, script.answer("waited"))).isEqualTo("waited");
        assertThat(script.startedAt).containsExactly(Duration.ofMillis(1_300));
    }

    @ParameterizedTest
    @EnumSource
    void call_withoutADeadline_waitsForNothing(Mode mode) {
        Guard guard = guard(policy().concurrency(ConcurrencyPolicy.fixed(1)));
        try (GuardPermit taken = guard.acquire()) {
            taken.succeeded();
            assertThatThrownBy(() -> mode.call(guard, script))
                    .isInstanceOf(CallRejectedException.class)
                    .hasMessageContaining("concurrency limit");
        }
        assertThat(time.nanoTime()).isZero();
        assertThat(guard.status().concurrency().orElseThrow().refused()).isEqualTo(1);
        holdsNothing(guard);
    }

    @ParameterizedTest
    @EnumSource
    void call_refusedByTheRateLimit_isNotRun(Mode mode) throws Throwable {
        Guard guard =
                guard(policy().rate(RatePolicy.builder().perSecond(1).burst(1).build()));
        assertThat(mode.call(guard, script.answer("one"))).isEqualTo("one");
        assertThatThrownBy(() -> mode.call(guard, script)).hasMessageContaining("rate limit refused");
        assertThat(script.attempts()).isEqualTo(1);
    }

    // What others were asked for: see the trackers of Failsafe, Resilience4j and Polly.

    @ParameterizedTest
    @EnumSource
    void delayThatAFailureGives_isNeverUndercutByJitter(Mode mode) throws Throwable {
        CallDetails details = new CallDetails("rates", null, "GET", "/", 1, Duration.ZERO, true);
        CallRejectedException busy = new CallRejectedException("quota", "busy", details, Duration.ofSeconds(7));
        Guard guard = guard(policy().retry(2, Backoff.standard()).retryOn(CallRejectedException.class));
        mode.call(guard, script.fail(busy).answer("later"));
        assertThat(script.startedAt).containsExactly(Duration.ZERO, Duration.ofSeconds(7));
    }

    @ParameterizedTest
    @EnumSource
    void budget_isNotChargedAfterTheLastAttempt(Mode mode) {
        Guard guard = guard(policy().retry(2, Backoff.none()));
        assertThatThrownBy(() -> mode.call(guard, script.fail(broken))).isSameAs(broken);
        assertThat(guard.status().retryBudget().withdrawn()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void rejectionsByTheLimit_loseNoPermits(Mode mode) throws Throwable {
        Guard guard = guard(policy().concurrency(ConcurrencyPolicy.fixed(1)));
        for (int round = 0; round < 10; round++) {
            try (GuardPermit taken = guard.acquire()) {
                assertThatThrownBy(() -> mode.call(guard, script)).isInstanceOf(CallRejectedException.class);
                taken.succeeded();
            }
        }
        assertThat(mode.call(guard, script.answer("still room"))).isEqualTo("still room");
    }

    @ParameterizedTest
    @EnumSource
    void contextAndMdc_holdAcrossTimeoutRetryAndFallback(Mode mode) throws Throwable {
        StringBuilder seenByFallback = new StringBuilder();
        Guard guard = guard(policy().timeout(SECOND)
                .retry(3, Backoff.fixed(SECOND))
                .fallback(new Fallback("kept", failure -> {
                    seenByFallback.append(MDC.get("tenant"));
                    return CallContext.current().correlationId().orElse("lost");
                })));
        script.answerAfter(Duration.ofSeconds(5), "late").fail(broken).fail(broken);
        MDC.put("tenant", "acme");
        try (CallContext.Scope scope =
                CallContext.empty().withCorrelationId("id-1").open()) {
            assertThat(mode.call(guard, script)).isEqualTo("id-1");
        } finally {
            MDC.remove("tenant");
        }
        assertThat(script.seenMdc).containsExactly("acme", "acme", "acme");
        assertThat(seenByFallback).hasToString("acme");
    }

    @ParameterizedTest
    @EnumSource
    void update_keepsStatisticsPermitsAndBudgets(Mode mode) throws Throwable {
        Guard guard = guard(policy().retry(3, Backoff.none()).concurrency(ConcurrencyPolicy.fixed(2)));
        assertThatThrownBy(() -> mode.call(guard, script.fail(broken))).isSameAs(broken);
        GuardPermit taken = guard.acquire();
        guard.update(guard.policy().toBuilder()
                .retry(1)
                .concurrency(ConcurrencyPolicy.fixed(1))
                .build());
        assertThat(guard.status().breaker().orElseThrow().counts().failures()).isEqualTo(1);
        assertThat(guard.status().retryBudget().withdrawn()).isEqualTo(2);
        assertThatThrownBy(() -> mode.call(guard, script)).isInstanceOf(CallRejectedException.class);
        taken.close();
        int before = script.attempts();
        assertThatThrownBy(() -> mode.call(guard, script)).isSameAs(broken);
        assertThat(script.attempts() - before).isEqualTo(1);
        holdsNothing(guard);
    }

    @ParameterizedTest
    @EnumSource
    void waitingForARetry_neverCountsAsSlow(Mode mode) throws Throwable {
        Guard guard = guard(policy().retry(2, Backoff.fixed(Duration.ofSeconds(8))));
        mode.call(guard, script.fail(broken).answer("second"));
        assertThat(guard.status().breaker().orElseThrow().counts().slow()).isZero();
    }

    @Test
    void callAsync_whenTheStageFailsWrapped_classifiesTheCause() {
        Guard guard = guard(policy().ignore(FileNotFoundException.class));
        FileNotFoundException unknown = new FileNotFoundException("invoice 7");
        CompletableFuture<String> future = guard.callAsync(
                () -> CompletableFuture.failedFuture(new CompletionException(new CompletionException(unknown))));
        assertThatThrownBy(future::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isSameAs(unknown);
        assertThat(guard.status().failed()).isZero();
    }

    @Test
    void callAsync_whenTheCodeThrowsOrGivesNoStage_failsTheFuture() {
        Guard guard = guard(policy().concurrency(ConcurrencyPolicy.fixed(1)));
        IllegalStateException thrown = new IllegalStateException("no pool");
        CompletableFuture<String> future = guard.callAsync(() -> {
            throw thrown;
        });
        assertThatThrownBy(future::join).hasCause(thrown);
        CompletableFuture<String> none = guard.callAsync(() -> null);
        assertThatThrownBy(none::join).hasCauseInstanceOf(NullPointerException.class);
        holdsNothing(guard);
    }

    @Test
    void callAsync_whenItTimesOut_cancelsTheStage() {
        Guard guard = guard(policy().timeout(SECOND));
        CompletableFuture<String> future = guard.callAsync(script.answerAfter(Duration.ofSeconds(5), "late")::stage);
        time.advance(SECOND);
        assertThat(future).isCompletedExceptionally();
        assertThat(script.stages.get(0)).isCancelled();
        assertThat(guard.status().timedOut()).isEqualTo(1);
    }

    @Test
    void callAsync_whenCancelledInFlight_cancelsTheStageAndGivesAllBack() {
        Guard guard = guard(policy().timeout(SECOND).concurrency(ConcurrencyPolicy.fixed(1)));
        CompletableFuture<String> future = guard.callAsync(script.answerAfter(Duration.ofMillis(5), "late")::stage);
        future.cancel(true);
        assertThat(script.stages.get(0)).isCancelled();
        assertThat(time.pendingTasks())
                .as("the code's own timer, and not the guard's")
                .isEqualTo(1);
        assertThat(guard.status().failed()).isZero();
        holdsNothing(guard);
    }

    @Test
    void callAsync_whenCancelledWhileItWaits_givesAllBack() {
        Guard guard = guard(policy().retry(2, Backoff.fixed(SECOND))
                .concurrency(ConcurrencyPolicy.fixed(1))
                .deadline(Duration.ofSeconds(9)));
        CompletableFuture<String> retrying = guard.callAsync(script.fail(broken)::stage);
        CompletableFuture<String> queued = guard.callAsync(script::stage);
        queued.cancel(true);
        retrying.cancel(true);
        assertThat(time.pendingTasks()).isZero();
        assertThat(script.attempts()).isEqualTo(1);
        holdsNothing(guard);
    }

    @Test
    void callAsync_whenTheStageIsCancelledElsewhere_isNotRepeated() {
        Guard guard = guard(policy().retry(3, Backoff.none()));
        CompletableFuture<String> future =
                guard.callAsync(() -> CompletableFuture.failedFuture(new CancellationException()));
        assertThatThrownBy(future::join).isInstanceOf(CancellationException.class);
        assertThat(guard.status().retries()).isZero();
        assertThat(guard.status().failed()).isZero();
    }

    @Test
    void rejection_hasNoStackTrace() {
        Guard guard = guard(policy());
        guard.breaker().orElseThrow().forceOpen();
        CallException refusal = catchThrowableOfType(CallException.class, () -> guard.call(() -> "never"));
        assertThat(refusal.getStackTrace()).isEmpty();
    }

    @Test
    void error_comesThroughUncountedAndUnrepeated() {
        Guard guard =
                guard(policy().retry(3).concurrency(ConcurrencyPolicy.fixed(1)).fallback(new Fallback("f", e -> "")));
        AssertionError error = new AssertionError("bug");
        assertThatThrownBy(() -> guard.call(() -> {
                    throw error;
                }))
                .isSameAs(error);
        CompletableFuture<Object> future = guard.callAsync(() -> CompletableFuture.failedFuture(error));
        assertThatThrownBy(future::join).hasCause(error);
        assertThat(guard.status().failed()).isZero();
        holdsNothing(guard);
    }

    @Test
    void random_isTheGivenOne() throws IOException {
        Guard guard = Guard.builder("ledger")
                .policy(policy().retry(2, Backoff.fixed(SECOND).withFullJitter())
                        .build())
                .clocks(time, time, time, RandomSource.seeded(1))
                .build();
        GuardScript once = script.fail(broken).answer("second");
        assertThat(guard.decorate(once::block)).isNotNull();
        double expected = RandomSource.seeded(1).nextDouble();
        try {
            guard.decorate(once::block).call();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        assertThat(once.startedAt.get(1)).isEqualTo(Duration.ofNanos((long) (expected * SECOND.toNanos())));
    }
}
