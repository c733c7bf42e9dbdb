package io.backstay.guard;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.DelayScheduler.Cancellable;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Interrupts the thread of a blocking attempt that takes too long. The interrupt is sent only between {@link #start} and
 * {@link #stop}, and {@code stop} does not return before it has been sent and cleared; a thread that somebody else has interrupted
 * already is left as it is. (Both share one flag: another's interrupt in between ours and {@code stop} counts as ours.)
 */
final class AttemptTimer {

    private enum Phase {
        RUNNING,
        INTERRUPTING,
        INTERRUPTED,
        /** Too late, but interrupted by somebody else before that. */
        OVERDUE,
        STOPPED
    }

    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.RUNNING);
    private final Thread thread = Thread.currentThread();
    private @Nullable Cancellable timer;

    private AttemptTimer() {}

    static AttemptTimer start(DelayScheduler scheduler, long nanos) {
        AttemptTimer timer = new AttemptTimer();
        timer.timer = scheduler.schedule(timer::fire, Duration.ofNanos(nanos));
        return timer;
    }

    private void fire() {
        if (!phase.compareAndSet(Phase.RUNNING, Phase.INTERRUPTING)) {
            return;
        }
        if (thread.isInterrupted()) {
            phase.set(Phase.OVERDUE);
        } else {
            try {
                thread.interrupt();
            } finally {
                phase.set(Phase.INTERRUPTED);
            }
        }
    }

    /** On the attempt's thread, once the code has returned. */
    void stop() {
        if (phase.compareAndSet(Phase.RUNNING, Phase.STOPPED)) {
            if (timer != null) {
                timer.cancel();
            }
            return;
        }
        while (phase.get() == Phase.INTERRUPTING) {
            Thread.onSpinWait(); // the other thread is about to say which
        }
        if (phase.get() == Phase.INTERRUPTED) {
            Thread.interrupted();
        }
    }

    /** Whether the time was over before {@link #stop}. */
    boolean hasFired() {
        return phase.get() != Phase.STOPPED;
    }

    /** Whether an interrupt that the code saw was ours. */
    boolean hasInterrupted() {
        return phase.get() == Phase.INTERRUPTED;
    }
}
