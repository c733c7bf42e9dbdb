package io.backstay.spi;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Time by hand, for tests and simulations: it stands still until {@link #advance} or until somebody waits. A wait runs the
 * tasks that are due, jumping from one to the next, so that hours pass in no time and always in the same way.
 *
 * <p>Tasks run on the thread that advances or waits, one after the other, in order of their time and then of their
 * scheduling. Safe to use from several threads, but only one thread gives the same run every time.
 */
public final class VirtualTime implements TimeSource, DelayScheduler, Waiter {

    private static final Comparator<Task> ORDER =
            Comparator.<Task>comparingLong(task -> task.atNanos).thenComparingLong(task -> task.sequence);

    private final Instant epoch;
    private final PriorityQueue<Task> tasks = new PriorityQueue<>(ORDER);
    private long nowNanos;
    private long sequence;

    /** Time that begins at 2026-01-01T00:00:00Z. */
    public VirtualTime() {
        this(Instant.parse("2026-01-01T00:00:00Z"));
    }

    /** Time that begins at a date. */
    public VirtualTime(Instant start) {
        this.epoch = start;
    }

    @Override
    public synchronized long nanoTime() {
        return nowNanos;
    }

    @Override
    public synchronized Instant now() {
        return epoch.plusNanos(nowNanos);
    }

    @Override
    public synchronized Cancellable schedule(Runnable task, Duration delay) {
        Task entry = new Task(task, nowNanos + Math.max(0, delay.toNanos()), sequence++);
        tasks.add(entry);
        return () -> remove(entry);
    }

    private synchronized void remove(Task task) {
        tasks.remove(task);
    }

    /** Lets time pass, running what falls due on the way at the very moment it is due. */
    public void advance(Duration duration) {
        long until = nanoTime() + duration.toNanos();
        for (Task task = next(until); task != null; task = next(until)) {
            task.work.run();
        }
        moveTo(until);
    }

    /** Runs what is due now, and what that makes due, without letting time pass. */
    public void runDue() {
        advance(Duration.ZERO);
    }

    /** How many tasks are scheduled. */
    public synchronized int pendingTasks() {
        return tasks.size();
    }

    /**
     * Jumps from task to task until the future is done.
     *
     * @throws IllegalStateException when no task is left and the future is not done: nothing could ever complete it
     */
    @Override
    public void await(Future<?> future) throws InterruptedException {
        if (!await(future, Long.MAX_VALUE - nanoTime())) {
            throw new IllegalStateException("nothing is scheduled that could end this wait");
        }
    }

    @Override
    public boolean await(Future<?> future, long nanos) throws InterruptedException {
        long until = nanoTime() + nanos;
        while (!future.isDone()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            Task task = next(until);
            if (task == null) {
                if (until != Long.MAX_VALUE) {
                    moveTo(until);
                }
                return false;
            }
            task.work.run();
        }
        return true;
    }

    private synchronized @Nullable Task next(long untilNanos) {
        Task first = tasks.peek();
        if (first == null || first.atNanos > untilNanos) {
            return null;
        }
        tasks.remove();
        nowNanos = Math.max(nowNanos, first.atNanos);
        return first;
    }

    private synchronized void moveTo(long nanos) {
        nowNanos = Math.max(nowNanos, nanos);
    }

    private static final class Task {
        final Runnable work;
        final long atNanos;
        final long sequence;

        Task(Runnable work, long atNanos, long sequence) {
            this.work = work;
            this.atNanos = atNanos;
            this.sequence = sequence;
        }
    }
}
