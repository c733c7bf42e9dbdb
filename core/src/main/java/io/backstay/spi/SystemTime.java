package io.backstay.spi;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The real clocks, timers, waits and randomness: the one class that touches them. One daemon thread keeps the time and
 * hands each task to a thread of its own, virtual where the JVM has them, so that no task holds up another. Thread-safe.
 */
public final class SystemTime implements TimeSource, DelayScheduler, Waiter, AutoCloseable {

    static final RandomSource RANDOM = () -> ThreadLocalRandom.current().nextLong();

    private static final SystemTime SHARED = new SystemTime("backstay-shared");

    private final ScheduledThreadPoolExecutor timer;
    private final Executor workers;

    /**
     * Timers of its own.
     *
     * @param name how its threads are called
     */
    public SystemTime(String name) {
        this.timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, name + "-timer");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.workers = WorkerThreads.named(name);
    }

    /** One for the whole process, never closed; its threads are started when first used. */
    public static SystemTime shared() {
        return SHARED;
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public Cancellable schedule(Runnable task, Duration delay) {
        if (delay.isZero() || delay.isNegative()) {
            workers.execute(task);
            return () -> {};
        }
        try {
            Future<?> timed = timer.schedule(() -> workers.execute(task), delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> timed.cancel(false);
        } catch (RejectedExecutionException closed) {
            return () -> {};
        }
    }

    /** Runs a task now, on a thread of its own, virtual where the JVM has them. */
    public Executor workers() {
        return workers;
    }

    @Override
    public void await(Future<?> future) throws InterruptedException {
        try {
            future.get();
        } catch (ExecutionException | CancellationException done) {
            // How it ended is for whoever asks the future; here it only matters that it has.
        }
    }

    @Override
    public boolean await(Future<?> future, long nanos) throws InterruptedException {
        try {
            future.get(nanos, TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException | CancellationException done) {
            return true;
        }
    }

    /** Ends the timer's thread; what was scheduled is dropped. */
    @Override
    public void close() {
        timer.shutdownNow();
    }
}
