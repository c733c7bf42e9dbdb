package io.backstay.guard;

import io.backstay.ContextSnapshot;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * What an asynchronous call waits for, one thing after the other. Of all that may end a step (what it waits for, a timeout, a
 * cancellation) the one that takes it out of {@link #current} goes on, and alone touches the call. Thread-safe.
 */
final class AsyncSteps {

    /** Something that is waited for, and how to stop waiting. */
    static final class Step {
        private volatile Runnable undo = () -> {};
        private volatile Runnable timer = () -> {};

        /** Calls off whatever bounds its time. */
        void stopTimer() {
            timer.run();
        }

        /** Calls off what is waited for. */
        void undo() {
            undo.run();
        }

        void timer(Runnable stops) {
            timer = stops;
        }

        private void stop() {
            timer.run();
            undo.run();
        }
    }

    /** In place of a step: a thread is at work. */
    private static final Step BUSY = new Step();

    private static final Step CANCELLED = new Step();
    private static final Step DONE = new Step();

    private final ContextSnapshot snapshot = ContextSnapshot.capture();
    private final AtomicReference<Step> current = new AtomicReference<>(BUSY);
    private final Consumer<Throwable> onThrown;

    /** At work, under the context of this thread, which holds for all that follows. */
    AsyncSteps(Consumer<Throwable> onThrown) {
        this.onThrown = onThrown;
    }

    /** What held where the call began. */
    ContextSnapshot snapshot() {
        return snapshot;
    }

    /** Whether the step stands for the call now; if not, it was cancelled. */
    boolean began(Step step) {
        return current.compareAndSet(BUSY, step);
    }

    /** Says how to call the step off; at once where it has ended since. */
    void undoLater(Step step, Runnable undo) {
        step.undo = undo;
        if (current.get() != step) {
            step.stop();
        }
    }

    /** Goes on from the step, under the caller's context, unless something else has. */
    boolean resume(Step step, Runnable next) {
        if (!current.compareAndSet(step, BUSY)) {
            return false;
        }
        try (ContextSnapshot.Scope scope = snapshot.open()) {
            safely(next);
        }
        return true;
    }

    /** Nothing that is thrown may be lost: nobody but the future's owner could ever learn of it. */
    void safely(Runnable next) {
        try {
            next.run();
        } catch (Throwable failure) {
            onThrown.accept(failure);
        }
    }

    /** There is nothing to wait for any more. */
    void end() {
        current.set(DONE);
    }

    /** Stops waiting; false when there was nothing to wait for, so that a thread at work will see, or has ended. */
    boolean cancel() {
        Step step = current.getAndUpdate(seen -> seen == DONE ? DONE : CANCELLED);
        if (step == DONE || step == CANCELLED || step == BUSY) {
            return false;
        }
        step.stop();
        return true;
    }
}
