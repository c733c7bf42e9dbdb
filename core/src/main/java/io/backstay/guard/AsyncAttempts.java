package io.backstay.guard;

import io.backstay.CallContext;
import io.backstay.CallException;
import io.backstay.ContextSnapshot;
import io.backstay.Deadline;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives a {@link GuardedCall} without blocking a thread. Whatever it waits for is a step; of all that may end a step (what it waits
 * for, a timeout, a cancellation) the one that takes it out of {@link #current} goes on, and alone touches the call.
 *
 * @param <T> what the code gives
 * @param <R> what the caller gets
 */
final class AsyncAttempts<T, R> {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.guard");

    /** In place of a step: a thread is at work. */
    private static final Step BUSY = new Step();

    private static final Step CANCELLED = new Step();
    private static final Step DONE = new Step();

    private final GuardedCall call;
    private final Supplier<? extends CompletionStage<T>> code;
    private final Function<? super T, ? extends R> onValue;
    private final Function<FailedCall, ? extends R> onFailure;
    private final ContextSnapshot snapshot = ContextSnapshot.capture();
    private final AtomicReference<Step> current = new AtomicReference<>(BUSY);
    private final CompletableFuture<R> result = new CompletableFuture<>();

    AsyncAttempts(
            GuardedCall call,
            Supplier<? extends CompletionStage<T>> code,
            Function<? super T, ? extends R> onValue,
            Function<FailedCall, ? extends R> onFailure) {
        this.call = call;
        this.code = code;
        this.onValue = onValue;
        this.onFailure = onFailure;
    }

    CompletableFuture<R> start() {
        safely(() -> {
            CallException refusal = call.look();
            if (refusal != null) {
                end(refusal);
            } else {
                awaitToken();
            }
        });
        var unused = result.whenComplete((value, failure) -> cancel());
        return result;
    }

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
            end(call.refusedByRate());
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
            end(call.refusedByConcurrency());
        }
    }

    private void enter() {
        long now = call.now();
        if (call.takePermit(now)) {
            call.beginFirstAttempt(now);
            attempt();
        } else {
            end(call.refusedByBreaker(now));
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
            boolean mine = cancelled == null && resume(step, () -> next.accept(given));
            if (!mine && cancelled == null) {
                late.accept(given);
            }
        });
        undoLater(step, () -> permit.cancel(false));
    }

    private void attempt() {
        long nanos = call.attemptNanos();
        CallContext context = call.attemptContext(CallContext.current());
        Step step = new Step();
        if (!began(step)) {
            return;
        }
        if (nanos != Long.MAX_VALUE) {
            step.timer =
                    call.clocks.scheduler().schedule(() -> resume(step, () -> timeOut(step)), Duration.ofNanos(nanos))
                            ::cancel;
        }
        CompletionStage<T> stage = begin(context);
        var unused = stage.whenComplete((value, thrown) -> resume(step, () -> onEnd(step, value, thrown)));
        undoLater(step, () -> cancel(stage));
    }

    private CompletionStage<T> begin(CallContext context) {
        try (CallContext.Scope scope = context.open()) {
            CompletionStage<T> stage = code.get();
            return stage != null
                    ? stage
                    : CompletableFuture.failedFuture(new NullPointerException("the guarded code gave no stage"));
        } catch (Throwable thrown) {
            return CompletableFuture.failedFuture(thrown);
        }
    }

    private void onEnd(Step step, @Nullable T value, @Nullable Throwable thrown) {
        step.timer.run();
        if (thrown != null) {
            onThrown(causeOf(thrown));
            return;
        }
        call.succeed(call.now());
        finish(() -> onValue.apply(value));
    }

    private void timeOut(Step step) {
        step.undo.run();
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
            undoLater(
                    step,
                    call.clocks.scheduler().schedule(() -> resume(step, () -> retry(failure)), Duration.ofNanos(delay))
                            ::cancel);
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

    private void end(Throwable failure) {
        LOG.debug("[{}] an asynchronous call failed", call.name, failure);
        if (failure instanceof Exception exception) {
            finish(() -> onFailure.apply(new FailedCall(call, exception)));
        } else {
            call.release();
            current.set(DONE);
            result.completeExceptionally(failure);
        }
    }

    private void finish(Supplier<? extends R> outcome) {
        call.release();
        current.set(DONE);
        try {
            result.complete(outcome.get());
        } catch (Throwable failure) {
            result.completeExceptionally(failure);
        }
    }

    /** Whether the step stands for the call now; if not, it was cancelled, and this has given back what it held. */
    private boolean began(Step step) {
        if (current.compareAndSet(BUSY, step)) {
            return true;
        }
        call.release();
        return false;
    }

    /** Says how to call the step off; at once where it has ended since. */
    private void undoLater(Step step, Runnable undo) {
        step.undo = undo;
        if (current.get() != step) {
            undo.run();
            step.timer.run();
        }
    }

    /** Goes on from the step, under the caller's context, unless something else has. */
    private boolean resume(Step step, Runnable next) {
        if (!current.compareAndSet(step, BUSY)) {
            return false;
        }
        try (ContextSnapshot.Scope scope = snapshot.open()) {
            safely(next);
        }
        return true;
    }

    /** Nothing that is thrown may be lost here: nobody but the future's owner could ever learn of it. */
    private void safely(Runnable next) {
        try {
            next.run();
        } catch (Throwable failure) {
            call.release();
            current.set(DONE);
            result.completeExceptionally(failure);
        }
    }

    /** The future has been ended by somebody else, or by us, and then there is nothing to do. */
    private void cancel() {
        Step step = current.getAndUpdate(seen -> seen == DONE ? DONE : CANCELLED);
        if (step != null && step != DONE && step != CANCELLED && step != BUSY) {
            step.timer.run();
            step.undo.run();
            call.release();
        }
    }

    private static void cancel(CompletionStage<?> stage) {
        try {
            stage.toCompletableFuture().cancel(true);
        } catch (UnsupportedOperationException cannotBeCancelled) {
            // A stage need not be a future; what it gives is dropped when it comes.
        }
    }

    private static Throwable causeOf(Throwable thrown) {
        Throwable failure = thrown;
        while ((failure instanceof CompletionException || failure instanceof ExecutionException)
                && failure.getCause() != null) {
            failure = failure.getCause();
        }
        return failure;
    }

    /** Something that is waited for, and how to stop waiting. */
    private static final class Step {
        private volatile Runnable undo = () -> {};
        private volatile Runnable timer = () -> {};
    }
}
