package io.backstay.state;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.SerialExecutor;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a table and brings its answer to a {@link SerialExecutor}, always as a task of its own. A store has a timeout; one that gives no answer
 * at all is taken at its word after 10 s, and what comes later is not heard.
 */
final class Questions {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.state");

    private static final long LONGEST_NANOS = Duration.ofSeconds(10).toNanos();

    private final StateClocks clocks;
    private final SerialExecutor serial;

    Questions(StateClocks clocks, SerialExecutor serial) {
        this.clocks = clocks;
        this.serial = serial;
    }

    <R> void ask(
            Supplier<CompletionStage<R>> question, Consumer<R> whenAnswered, Consumer<StateStoreException> whenFailed) {
        CompletionStage<R> stage;
        try {
            stage = Objects.requireNonNull(question.get());
        } catch (RuntimeException thrown) {
            serial.execute(() -> whenFailed.accept(asStoreFailure(thrown)));
            return;
        }
        Pending<R> pending = new Pending<>(whenAnswered, whenFailed);
        stage.whenComplete(pending::end);
        pending.watch();
    }

    private static StateStoreException asStoreFailure(@Nullable Throwable thrown) {
        Throwable cause = thrown instanceof CompletionException wrapped ? wrapped.getCause() : thrown;
        return cause instanceof StateStoreException failure
                ? failure
                : new StateStoreException(
                        Reason.UNAVAILABLE, /* mayHaveBeenDone= */ true, "the store failed unexpectedly", cause);
    }

    private final class Pending<R> {

        private final Consumer<R> whenAnswered;
        private final Consumer<StateStoreException> whenFailed;
        private final AtomicBoolean ended = new AtomicBoolean();
        private volatile DelayScheduler.@Nullable Cancellable timer;

        Pending(Consumer<R> whenAnswered, Consumer<StateStoreException> whenFailed) {
            this.whenAnswered = whenAnswered;
            this.whenFailed = whenFailed;
        }

        void watch() {
            if (ended.get()) {
                return;
            }
            timer = clocks.schedule(
                    () -> end(
                            null,
                            new StateStoreException(
                                    Reason.TIMED_OUT, /* mayHaveBeenDone= */ true, "no answer at all", null)),
                    LONGEST_NANOS);
            if (ended.get()) {
                cancelTimer();
            }
        }

        void end(@Nullable R answer, @Nullable Throwable failure) {
            if (!ended.compareAndSet(false, true)) {
                return;
            }
            cancelTimer();
            if (answer != null) {
                serial.execute(() -> use(answer));
            } else {
                StateStoreException known = asStoreFailure(failure);
                serial.execute(() -> whenFailed.accept(known));
            }
        }

        /** Whoever asked is never left without either: it would wait for ever. */
        private void use(R answer) {
            try {
                whenAnswered.accept(answer);
            } catch (RuntimeException e) {
                LOG.error("an answer of a store could not be used", e);
                whenFailed.accept(new StateStoreException(
                        Reason.DAMAGED, /* mayHaveBeenDone= */ true, "an answer that could not be used", e));
            }
        }

        private void cancelTimer() {
            DelayScheduler.Cancellable set = timer;
            if (set != null) {
                set.cancel();
            }
        }
    }
}
