package io.backstay.guard;

import ch.qos.logback.classic.spi.ILoggingEvent;
import io.backstay.CapturedLog;
import io.backstay.GuardPolicy;
import io.backstay.Result;
import io.backstay.WatchedFuture;
import io.backstay.spi.UnseenFailures;
import io.backstay.spi.VirtualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.MDC;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A failure of an asynchronous call that nobody looks at is logged, once; one that somebody looks at is theirs. */
@SuppressWarnings("FutureReturnValueIgnored")
class UnseenFailureTest {

    private static final String LINE =
            "WARN [ledger] an asynchronous call failed, and nobody has looked at its future for 10 s";

    private final VirtualTime time = new VirtualTime();
    private final Guard guard = Guard.builder("ledger").virtualTime(time).build();
    private final IOException broken = new IOException("no route");
    private final CapturedLog log = CapturedLog.warnings("io.backstay");

    @AfterEach
    void stop() {
        log.close();
    }

    private CompletableFuture<String> failing() {
        return guard.callAsync(() -> CompletableFuture.failedFuture(broken));
    }

    private CompletableFuture<String> failingIn(Duration delay) {
        return guard.callAsync(() -> {
            CompletableFuture<String> source = new CompletableFuture<>();
            time.schedule(() -> source.completeExceptionally(broken), delay);
            return source;
        });
    }

    private void graceIsOver() {
        time.advance(UnseenFailures.GRACE);
    }

    @Test
    void failureThatNobodyLooksAt_isLoggedOnceWithItsCauseAndContext() {
        MDC.put("tenant", "acme");
        CompletableFuture<String> future;
        try {
            future = failingIn(Duration.ofSeconds(1));
        } finally {
            MDC.remove("tenant");
        }
        time.advance(Duration.ofMillis(10_999));
        assertThat(log.lines()).as("there is time to look").isEmpty();
        time.advance(Duration.ofMillis(1));
        assertThat(log.lines()).containsExactly(LINE);
        ILoggingEvent line = log.events().get(0);
        assertThat(line.getThrowableProxy().getMessage()).isEqualTo("no route");
        assertThat(line.getMDCPropertyMap()).containsEntry("tenant", "acme");

        time.advance(Duration.ofHours(1));
        assertThat(log.lines()).hasSize(1);
        assertThat(time.pendingTasks()).isZero();
        assertThat(future).isDone();
    }

    @Test
    void doneAndCancelled_mayBeAskedWithoutLooking() {
        CompletableFuture<String> future = failing();
        assertThat(future.isDone()).isTrue();
        assertThat(future.isCancelled()).isFalse();
        graceIsOver();
        assertThat(log.lines()).containsExactly(LINE);
    }

    @Test
    void failureInAResult_isLoggedWhenNobodyLooks() {
        CompletableFuture<Result<String>> future = guard.resultAsync(() -> CompletableFuture.failedFuture(broken));
        assertThat(future.isDone()).isTrue();
        graceIsOver();
        assertThat(log.lines()).containsExactly(LINE);
    }

    @Test
    void refusal_isLoggedWhenNobodyLooks() {
        guard.breaker().orElseThrow().forceOpen();
        CompletableFuture<String> future = guard.callAsync(() -> CompletableFuture.completedFuture("never"));
        assertThat(future.isDone()).isTrue();
        graceIsOver();
        assertThat(log.lines()).containsExactly(LINE);
    }

    @Test
    void error_isLoggedWhenNobodyLooks() {
        CompletableFuture<String> future = guard.callAsync(() -> {
            throw new AssertionError("a bug");
        });
        assertThat(future.isDone()).isTrue();
        graceIsOver();
        assertThat(log.lines()).containsExactly(LINE);
    }

    @Test
    void success_costsNoTimerAndNoLine() {
        CompletableFuture<String> future = guard.callAsync(() -> CompletableFuture.completedFuture("fine"));
        CompletableFuture<Result<String>> result = guard.resultAsync(() -> CompletableFuture.completedFuture("fine"));
        assertThat(future.isDone() && result.isDone()).isTrue();
        assertThat(time.pendingTasks()).isZero();
    }

    @Test
    void answerOfAFallback_isNoFailure() {
        CompletableFuture<String> future =
                guard.callAsync(() -> CompletableFuture.failedFuture(broken), failure -> "kept");
        assertThat(future.isDone()).isTrue();
        assertThat(time.pendingTasks()).isZero();
    }

    @Test
    void cancelledOne_isNobodysFailure() {
        CompletableFuture<String> future = failingIn(Duration.ofSeconds(1));
        future.cancel(true);
        graceIsOver();
        assertThat(log.lines()).isEmpty();
    }

    static Stream<Named<Consumer<CompletableFuture<String>>>> looks() {
        return Stream.of(
                look("join", future -> {
                    try {
                        future.join();
                    } catch (CompletionException expected) {
                        assertThat(expected).hasCauseInstanceOf(IOException.class);
                    }
                }),
                look("get", future -> {
                    try {
                        future.get();
                    } catch (ExecutionException | InterruptedException expected) {
                        assertThat(expected).hasCauseInstanceOf(IOException.class);
                    }
                }),
                look("get in time", future -> {
                    try {
                        future.get(1, TimeUnit.SECONDS);
                    } catch (Exception expected) {
                        assertThat(expected).hasCauseInstanceOf(IOException.class);
                    }
                }),
                look("getNow", future -> {
                    try {
                        future.getNow("none");
                    } catch (CompletionException expected) {
                        assertThat(expected).hasCauseInstanceOf(IOException.class);
                    }
                }),
                look(
                        "exceptionNow",
                        future -> assertThat(((WatchedFuture<String>) future).exceptionNow())
                                .isInstanceOf(IOException.class)),
                look("isCompletedExceptionally", CompletableFuture::isCompletedExceptionally),
                look("handle", future -> future.handle((value, failure) -> "")),
                look("handleAsync", future -> future.handleAsync((value, failure) -> "", Runnable::run)),
                look("whenComplete", future -> future.whenComplete((value, failure) -> {})),
                look("exceptionally", future -> future.exceptionally(failure -> "")),
                look("exceptionallyCompose", future -> future.exceptionallyCompose(CompletableFuture::failedFuture)),
                look("thenApply", future -> future.thenApply(value -> value)),
                look("thenAccept", future -> future.thenAccept(value -> {})),
                look("thenRun", future -> future.thenRun(() -> {})),
                look("thenCompose", future -> future.thenCompose(CompletableFuture::completedFuture)),
                look(
                        "composed into",
                        future -> CompletableFuture.completedFuture("").thenCompose(value -> future)),
                look("thenCombine", future -> future.thenCombine(new CompletableFuture<>(), (one, two) -> one)),
                look("combined into", future -> new CompletableFuture<String>().thenCombine(future, (one, two) -> one)),
                look("applyToEither", future -> future.applyToEither(new CompletableFuture<>(), value -> value)),
                look("runAfterBoth", future -> future.runAfterBoth(new CompletableFuture<>(), () -> {})),
                look("copy", CompletableFuture::copy),
                look("minimalCompletionStage", CompletableFuture::minimalCompletionStage),
                look("toCompletableFuture", CompletionStage::toCompletableFuture));
    }

    private static Named<Consumer<CompletableFuture<String>>> look(
            String name, Consumer<CompletableFuture<String>> look) {
        return Named.of(name, look);
    }

    @ParameterizedTest
    @MethodSource("looks")
    void failureThatSomebodyLooksAtAfterwards_isTheirs(Consumer<CompletableFuture<String>> look) {
        CompletableFuture<String> future = failing();
        time.advance(Duration.ofSeconds(9));
        look.accept(future);
        graceIsOver();
        assertThat(log.lines()).isEmpty();
    }

    static Stream<Named<Consumer<CompletableFuture<String>>>> looksBefore() {
        return Stream.concat(
                looks().filter(look -> !look.getName().matches("join|get|get in time|getNow|exceptionNow")),
                Stream.of(
                        look("allOf", future -> CompletableFuture.allOf(new CompletableFuture<>(), future)),
                        look("anyOf", future -> CompletableFuture.anyOf(new CompletableFuture<>(), future))));
    }

    @ParameterizedTest
    @MethodSource("looksBefore")
    void failureThatSomebodyWaitsFor_isTheirs_andSetsNoTimer(Consumer<CompletableFuture<String>> look) {
        CompletableFuture<String> future = failingIn(Duration.ofSeconds(1));
        look.accept(future);
        time.advance(Duration.ofSeconds(1));
        assertThat(future).isDone();
        assertThat(time.pendingTasks()).isZero();
        assertThat(log.lines()).isEmpty();
    }

    @Test
    void exceptionNow_isForFailuresAlone() {
        WatchedFuture<String> future = new WatchedFuture<>();
        assertThatThrownBy(future::exceptionNow).isInstanceOf(IllegalStateException.class);
        future.complete("fine");
        assertThatThrownBy(future::exceptionNow).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void failuresOneAfterTheOther_areEachLoggedInTheirTime_byOneTimer() {
        for (int second = 1; second <= 3; second++) {
            CompletableFuture<String> unused = failing();
            assertThat(time.pendingTasks()).as("one timer serves all").isEqualTo(1);
            time.advance(Duration.ofSeconds(1));
        }
        time.advance(Duration.ofSeconds(7));
        assertThat(log.lines()).hasSize(1);
        time.advance(Duration.ofSeconds(1));
        assertThat(log.lines()).hasSize(2);
        time.advance(Duration.ofSeconds(1));
        assertThat(log.lines()).hasSize(3);
        assertThat(time.pendingTasks()).isZero();
    }

    @Test
    void floodOfUnseenFailures_isBounded_andSaysHowManyMoreThereWere() {
        guard.update(GuardPolicy.builder().ignore(IOException.class).build());
        for (int i = 0; i < 1_500; i++) {
            CompletableFuture<String> unused = failing();
        }
        graceIsOver();
        assertThat(log.lines())
                .hasSize(1_001)
                .endsWith("WARN 500 more asynchronous calls have failed,"
                        + " too many at once to see whether anybody looks");
    }

    @Test
    void floodOfSeenFailures_takesNoRoom() {
        guard.update(GuardPolicy.builder().ignore(IOException.class).build());
        for (int i = 0; i < 5_000; i++) {
            assertThat(failing().isCompletedExceptionally()).isTrue();
        }
        CompletableFuture<String> unused = failing();
        graceIsOver();
        assertThat(log.lines()).containsExactly(LINE);
    }

    @Test
    void reportThatThrows_isLoggedAndHurtsNoOther() {
        UnseenFailures unseen = new UnseenFailures(time, time);
        WatchedFuture<String> one = new WatchedFuture<>();
        WatchedFuture<String> two = new WatchedFuture<>();
        StringBuilder told = new StringBuilder();
        unseen.end(one, () -> one.completeExceptionally(broken), () -> {
            throw new IllegalStateException("a bug");
        });
        unseen.end(two, () -> two.completeExceptionally(broken), () -> told.append("two"));
        graceIsOver();
        assertThat(told).hasToString("two");
        assertThat(log.lines()).containsExactly("ERROR a failure that nobody has looked at could not be told of");
    }
}
