package io.backstay.guard;

import io.backstay.CallContext;
import io.backstay.CallException;
import io.backstay.Deadline;
import io.backstay.Result;
import io.backstay.WatchedFuture;
import io.backstay.guard.AsyncSteps.Step;
import io.backstay.spi.UnseenFailures;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives a {@link GuardedCall} without blocking a thread. Whatever it waits for is a step of {@link AsyncSteps}.
 *
 * @param <T> what the code gives
 * @param <R> what the caller gets
 */
final class AsyncAttempts<T, R> {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.guard");

    /** However it is ended by others, the call ends with it. */
    private final class Answer extends WatchedFuture<R> {
        @Override
        protected void ended() {
            if (steps.cancel()) {
                call.release();
            }
        }
    }

    private final GuardedCall call;
    private final Supplier<? extends CompletionStage<T>> code;
    private final AsyncEnding<T, R> ending;
    private final AsyncSteps steps = new AsyncSteps(this::fail);
    private final Answer result = new Answer();

    AsyncAttempts(GuardedCall call, Supplier<? extends CompletionStage<T>> code, AsyncEnding<T, R> ending) {
        this.call = call;
        this.code = code;
        this.ending = ending;
    }

    CompletableFuture<R> start() {
        steps.safely(() -> {
            CallException refusal = call.look();
            if (refusal != null) {
                end(refusal);
            } else {
                awaitToken();
            }
        });
        return result;
    }

    // Admission.

    private void awaitToken() {
        RateLimit rate = call.parts.rate;
        Deadline deadline = call.deadline;
        if (rate == null) {
            awaitPlace();
        } else if (deadline == null) {
            onToken(rate.tryAcquire(call.priority, call.startNanos));
        } else {
            CompletableFuture<Boolean> token = rate.acquireAsync(call.priority, deadline);
            await(token, this::onToken, late -> {
                if (late) {
                    rate.giveBack();
                }
            });
        }
    }

    private void onToken(boolean taken) {
        if (call.onToken(taken)) {
            awaitPlace();
        } else {
            end(GuardFailures.refusedByRate(call));
        }
    }

    private void awaitPlace() {
        ConcurrencyLimit limit = call.parts.concurrency;
        Deadline deadline = call.deadline;
        if (limit == null) {
            enter();
        } else if (deadline == null) {
            onPlace(limit.tryAcquire(call.priority, call.startNanos));
        } else {
            CompletableFuture<Long> place = limit.acquireAsync(call.priority, deadline);
            await(place, this::onPlace, late -> {
                if (late != ConcurrencyLimit.REFUSED) {
                    limit.onIgnored(late);
                }
            });
        }
    }

    private void onPlace(long taken) {
        if (call.onPlace(taken)) {
            enter();
        } else {
            end(GuardFailures.refusedByConcurrency(call));
        }
    }

    private void enter() {
        long now = call.now();
        if (call.takePermit(now)) {
            call.beginFirstAttempt(now);
            attempt();
        } else {
            end(GuardFailures.refusedByBreaker(call, now));
        }
    }

    /** Goes on with what is granted, at once where it is there; what comes once nobody wants it is given back. */
    private <P> void await(CompletableFuture<P> permit, Consumer<P> next, Consumer<P> late) {
        if (permit.isDone()) {
            next.accept(permit.join());
            return;
        }
        Step step = new Step();
        if (!began(step)) {
            if (!permit.cancel(false)) {
                late.accept(permit.join());
            }
            return;
        }
        var unused = permit.whenComplete((given, cancelled) -> {
            boolean mine = cancelled == null && steps.resume(step, () -> next.accept(given));
            if (!mine && cancelled == null) {
                late.accept(given);
            }
        });
        steps.undoLater(step, () -> permit.cancel(false));
    }

    // Attempts.

    private void attempt() {
        long nanos = call.attemptNanos();
        CallContext context = call.attemptContext(CallContext.current());
        Step step = new Step();
        if (!began(step)) {
            return;
        }
        if (nanos != Long.MAX_VALUE) {
            step.timer(call.clocks
                    .scheduler()
                    .schedule(() -> steps.resume(step, () -> timeOut(step)), Duration.ofNanos(nanos))::cancel);
        }
        CompletionStage<T> stage = begin(context);
        var unused = stage.whenComplete((value, thrown) -> steps.resume(step, () -> onEnd(step, value, thrown)));
        steps.undoLater(step, () -> Stages.cancel(stage));
    }

    private CompletionStage<T> begin(CallContext context) {
        try (CallContext.Scope scope = context.open()) {
            return Stages.required(code.get());
        } catch (Throwable thrown) {
            return CompletableFuture.failedFuture(thrown);
        }
    }

    /** A value may be null, where the code gives null. */
    @SuppressWarnings("NullAway")
    private void onEnd(Step step, @Nullable T value, @Nullable Throwable thrown) {
        step.stopTimer();
        if (thrown != null) {
            onThrown(Stages.causeOf(thrown));
            return;
        }
        call.succeed(call.now());
        finish(ending.ofValue(value));
    }

    private void timeOut(Step step) {
        step.undo();
        onThrown(call.timedOut(null, call.now()));
    }

    private void onThrown(Throwable failure) {
        long now = call.now();
        long delay = call.delayAfter(failure, now);
        if (delay == GuardedCall.NO_RETRY) {
            call.fail(failure, now);
            end(failure);
            return;
        }
        Step step = new Step();
        if (began(step)) {
            steps.undoLater(
                    step,
                    call.clocks
                            .scheduler()
                            .schedule(() -> steps.resume(step, () -> retry(failure)), Duration.ofNanos(delay))::cancel);
        }
    }

    private void retry(Throwable failure) {
        long now = call.now();
        if (call.beginRetry(now)) {
            attempt();
        } else {
            call.fail(failure, now);
            end(failure);
        }
    }

    /** Whether the step stands for the call now; if not, it was cancelled, and this has given back what it held. */
    private boolean began(Step step) {
        boolean began = steps.began(step);
        if (!began) {
            call.release();
        }
        return began;
    }

    // The end.

    private void end(Throwable failure) {
        if (!(failure instanceof Exception exception)) {
            fail(failure);
            return;
        }
        call.release();
        CompletionStage<R> answer = ending.ofFailure(new FailedCall(call, exception));
        Step step = new Step();
        if (!steps.began(step)) {
            Stages.cancel(answer);
            return;
        }
        var unused = answer.whenComplete((value, thrown) -> steps.resume(step, () -> {
            if (thrown == null) {
                finish(value);
            } else {
                fail(Stages.causeOf(thrown));
            }
        }));
        steps.undoLater(step, () -> Stages.cancel(answer));
    }

    private void finish(R value) {
        call.release();
        steps.end();
        if (value instanceof Result.Failure<?> failed) {
            call.clocks.unseen().end(result, () -> result.complete(value), report(failed.cause()));
        } else {
            result.complete(value);
        }
    }

    private void fail(Throwable failure) {
        call.release();
        steps.end();
        call.clocks.unseen().end(result, () -> result.completeExceptionally(failure), report(failure));
    }

    private Runnable report(Throwable failure) {
        return steps.snapshot()
                .wrap(() -> LOG.warn(
                        "[{}] an asynchronous call failed, and nobody has looked at its future for {} s",
                        call.name,
                        UnseenFailures.GRACE.toSeconds(),
                        failure));
    }
}
