package io.backstay.guard;

import io.backstay.CallContext;
import io.backstay.CallException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Drives a {@link GuardedCall} on its caller's thread: waits, runs and repeats there. */
final class BlockingAttempts {

    private BlockingAttempts() {}

    static <T> T run(GuardedCall call, Guard.Code<? extends T, ?> code) throws FailedCall {
        try {
            admit(call);
            call.beginFirstAttempt(call.deadline == null ? call.startNanos : call.now());
            return repeat(call, code);
        } finally {
            call.release();
        }
    }

    /** Goes on after a first attempt that has failed. */
    static <T> T recover(GuardedCall call, Throwable first, Guard.Code<? extends T, ?> code) throws FailedCall {
        try {
            awaitRetry(call, first);
            return repeat(call, code);
        } finally {
            call.release();
        }
    }

    static void admit(GuardedCall call) throws FailedCall {
        CallException refusal = call.look();
        if (refusal == null) {
            refusal = enter(call);
        }
        if (refusal != null) {
            throw new FailedCall(call, refusal);
        }
    }

    private static @Nullable CallException enter(GuardedCall call) {
        try {
            if (!call.takeToken()) {
                return GuardFailures.refusedByRate(call);
            }
            if (!call.takePlace()) {
                return GuardFailures.refusedByConcurrency(call);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return GuardFailures.cancelled(call, "its thread was interrupted while it waited for a permit", null);
        }
        long now = call.deadline == null ? call.startNanos : call.now();
        return call.takePermit(now) ? null : GuardFailures.refusedByBreaker(call, now);
    }

    private static <T> T repeat(GuardedCall call, Guard.Code<? extends T, ?> code) throws FailedCall {
        while (true) {
            Throwable failure;
            try {
                T value = attempt(call, code);
                call.succeed(call.now());
                return value;
            } catch (Throwable thrown) {
                failure = thrown;
            }
            awaitRetry(call, failure);
        }
    }

    private static <T> T attempt(GuardedCall call, Guard.Code<? extends T, ?> code) throws Throwable {
        long nanos = call.attemptNanos();
        return nanos == Long.MAX_VALUE ? code.run() : timed(call, code, nanos);
    }

    @SuppressWarnings("NullAway") // null only where the code gave it
    private static <T> T timed(GuardedCall call, Guard.Code<? extends T, ?> code, long nanos) throws Throwable {
        AttemptTimer timer = AttemptTimer.start(call.clocks.scheduler(), nanos);
        T value = null;
        Throwable failure = null;
        try (CallContext.Scope scope =
                call.attemptContext(CallContext.current()).open()) {
            value = code.run();
        } catch (Throwable thrown) {
            failure = thrown;
        } finally {
            timer.stop();
        }
        boolean byOthers = failure instanceof InterruptedException && !timer.hasInterrupted();
        if (timer.hasFired() && !byOthers && !(failure instanceof Error)) {
            throw call.timedOut(failure, call.now());
        }
        if (failure != null) {
            throw failure;
        }
        return value;
    }

    /** Waits for the next attempt and begins it, or throws what the call ends with. */
    private static void awaitRetry(GuardedCall call, Throwable failure) throws FailedCall {
        long now = call.now();
        boolean interrupted = Thread.currentThread().isInterrupted();
        long delay = interrupted ? GuardedCall.NO_RETRY : call.delayAfter(failure, now);
        if (delay == GuardedCall.NO_RETRY) {
            if (!interrupted) {
                call.fail(failure, now);
            }
            throw ended(call, failure);
        }
        if (delay > 0) {
            try {
                call.clocks.waiter().await(new CompletableFuture<>(), delay);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FailedCall(
                        call,
                        GuardFailures.cancelled(
                                call, "its thread was interrupted while it waited for a retry", failure));
            }
        }
        long start = call.now();
        if (!call.beginRetry(start)) {
            call.fail(failure, start);
            throw ended(call, failure);
        }
    }

    private static FailedCall ended(GuardedCall call, Throwable failure) {
        if (failure instanceof Exception exception) {
            return new FailedCall(call, exception);
        }
        throw Guard.<RuntimeException>thrown(failure);
    }
}
