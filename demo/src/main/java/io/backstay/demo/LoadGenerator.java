package io.backstay.demo;

import io.backstay.Result;
import io.backstay.spi.SystemTime;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

/**
 * Makes calls at a fixed rate, whatever becomes of the ones before: a slow answer holds up no later call. Never more than so many
 * are under way at once; beyond that calls are skipped, and counted.
 */
final class LoadGenerator implements AutoCloseable {

    static final int MOST_UNDER_WAY = 512;

    private static final Duration SETTLE_LIMIT = Duration.ofSeconds(30);

    private final LongFunction<Shot> workload;
    private final long periodNanos;
    private final SystemTime time = SystemTime.shared();
    private final Semaphore free = new Semaphore(MOST_UNDER_WAY);
    private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor(daemon("load-pace"));
    private final ExecutorService blocking = Executors.newCachedThreadPool(daemon("load-caller"));
    private volatile PhaseStats phase;
    private long startNanos;
    /** How often the pace has ticked; touched by its one thread only. */
    private long ticks;

    private long next;

    /**
     * Begins with {@link #start}.
     *
     * @param workload makes the call of a number, from 0
     * @param rate how many calls per second
     * @param first what the first calls are counted to
     */
    LoadGenerator(LongFunction<Shot> workload, int rate, PhaseStats first) {
        this.workload = workload;
        this.periodNanos = TimeUnit.SECONDS.toNanos(1) / rate;
        this.phase = first;
    }

    private static ThreadFactory daemon(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    void start() {
        startNanos = time.nanoTime();
        var unused = pace.scheduleAtFixedRate(this::tick, 0, periodNanos, TimeUnit.NANOSECONDS);
    }

    /** From now on calls are counted to another step. */
    void switchTo(PhaseStats other) {
        phase = other;
    }

    /** The step to which calls are counted now. */
    PhaseStats phase() {
        return phase;
    }

    /** Blocks until all calls of a step have ended to which no more are counted. */
    void awaitSettled(PhaseStats done) throws InterruptedException {
        if (!Waits.until(done::isSettled, SETTLE_LIMIT)) {
            throw new DemoException("calls of step " + done.name() + " have not ended after " + SETTLE_LIMIT.toSeconds()
                    + " s, long past their deadline");
        }
    }

    private void tick() {
        PhaseStats current = phase;
        long due = startNanos + ticks++ * periodNanos;
        if (!free.tryAcquire()) {
            current.skip();
            return;
        }
        Shot shot = workload.apply(next++);
        current.begin(time.nanoTime() - due);
        if (shot.blocks()) {
            blocking.execute(() -> fire(shot, current));
        } else {
            fireAsync(shot, current);
        }
    }

    private void fire(Shot shot, PhaseStats current) {
        long start = time.nanoTime();
        try {
            ended(shot, current, shot.fire(), start);
        } catch (RuntimeException | Error e) {
            broke(shot, current, e, start);
        }
    }

    private void fireAsync(Shot shot, PhaseStats current) {
        long start = time.nanoTime();
        try {
            var unused = shot.fireAsync().whenComplete((result, failure) -> {
                if (failure == null) {
                    ended(shot, current, result, start);
                } else {
                    broke(shot, current, failure, start);
                }
            });
        } catch (RuntimeException | Error e) {
            broke(shot, current, e, start);
        }
    }

    private void ended(Shot shot, PhaseStats current, Result<?> result, long start) {
        long nanos = time.nanoTime() - start;
        current.of(shot.request().service()).record(result, shot.request().isIdempotent(), nanos);
        leave(current);
    }

    private void broke(Shot shot, PhaseStats current, Throwable failure, long start) {
        current.of(shot.request().service()).recordUnexplained(failure, time.nanoTime() - start);
        leave(current);
    }

    private void leave(PhaseStats current) {
        free.release();
        current.end();
    }

    /** Makes no more calls; those under way go on. */
    void stop() throws InterruptedException {
        pace.shutdownNow();
        if (!pace.awaitTermination(SETTLE_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new DemoException("the load does not stop");
        }
    }

    @Override
    public void close() {
        pace.shutdownNow();
        blocking.shutdownNow();
    }
}
