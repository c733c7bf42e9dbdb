package io.backstay.internal.state;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The time of one table: when it looks for leases that have run out, and whether it was kept from that, which is how it notices that the
 * process stood still. Guarded by its table's lock.
 */
final class LeaseTimer {

    /** Timers of a busy machine are late by less; a process that stood still is late by more. */
    private static final long PAUSE_NANOS = Duration.ofMillis(100).toNanos();

    private final TimeSource time;
    private final DelayScheduler scheduler;
    private final WakeUp wakeUp;

    private @Nullable Cancellable planned;
    private long due;
    /** How many wake-ups have been planned. */
    private long plans;

    private long lastSeen;
    private boolean stopped;

    /** What to run when it is time; takes the lock and asks {@link #isTime}. */
    interface WakeUp {
        void run(long number);
    }

    LeaseTimer(TimeSource time, DelayScheduler scheduler, WakeUp wakeUp) {
        this.time = time;
        this.scheduler = scheduler;
        this.wakeUp = wakeUp;
    }

    /** The time, after everybody was given time to renew where nobody had any. */
    long now(TableState state) {
        if (stopped) {
            return lastSeen;
        }
        long now = time.nanoTime();
        long late = now - due;
        if (planned != null && late > PAUSE_NANOS) {
            state.excuse(late, lastSeen, now);
            due = now;
        }
        lastSeen = now;
        return now;
    }

    boolean isPlanned() {
        return planned != null;
    }

    /** Wakes up after a delay, in place of what was planned. */
    void plan(Duration delay, long now) {
        cancel();
        if (!stopped) {
            due = now + delay.toNanos();
            long number = ++plans;
            planned = scheduler.schedule(() -> wakeUp.run(number), delay);
        }
    }

    /** Whether it is time; not for a wake-up that was called off too late. */
    boolean isTime(long number) {
        return planned != null && number == plans;
    }

    /** The wake-up has come. */
    void awake() {
        planned = null;
    }

    void cancel() {
        Cancellable running = planned;
        planned = null;
        if (running != null) {
            running.cancel();
        }
    }

    boolean isStopped() {
        return stopped;
    }

    /** Stands still from now on. */
    void stop(TableState state) {
        now(state);
        cancel();
        stopped = true;
    }

    /** Goes on, and everybody has all of a lease. */
    long start(TableState state) {
        stopped = false;
        long now = time.nanoTime();
        state.excuse(Long.MAX_VALUE, lastSeen, now);
        lastSeen = now;
        return now;
    }
}
