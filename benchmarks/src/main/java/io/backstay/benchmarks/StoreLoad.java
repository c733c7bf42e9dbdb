package io.backstay.benchmarks;

import io.backstay.benchmarks.StoreOperations.Operation;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.AtomicHistogram;
import org.jspecify.annotations.Nullable;

/**
 * How one kind of operation went.
 *
 * @param atOnce how many were under way at any time
 * @param p50Micros from the beginning to the answer
 */
record StoreLoad(
        String benchmark,
        int atOnce,
        long operations,
        double perSecond,
        double p50Micros,
        double p99Micros,
        double longestMicros) {

    /** Makes operations, so many at once, and remembers how long they took. */
    static final class Recorder {

        private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);
        private static final long PATIENCE_SECONDS = 10;

        private final Operation operation;
        private final int atOnce;
        private final AtomicHistogram histogram = new AtomicHistogram(LONGEST_NANOS, 3);
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private final Semaphore room;
        private long nanos;
        private int number;

        Recorder(Operation operation, int atOnce) {
            this.operation = operation;
            this.atOnce = atOnce;
            this.room = new Semaphore(atOnce);
        }

        /** For so long, and until all have been answered. */
        void run(long forNanos) throws InterruptedException {
            long begun = System.nanoTime();
            while (System.nanoTime() - begun < forNanos) {
                acquire(1);
                begin();
            }
            acquire(atOnce);
            nanos += System.nanoTime() - begun;
            room.release(atOnce);
        }

        private void acquire(int permits) throws InterruptedException {
            if (!room.tryAcquire(permits, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException(operation.name() + " does not end");
            }
            Throwable failed = failure.get();
            if (failed != null) {
                throw new IllegalStateException(operation.name() + " failed", failed);
            }
        }

        private void begin() {
            long begun = System.nanoTime();
            operation.begin().apply(number++ & Integer.MAX_VALUE).whenComplete((done, error) -> {
                histogram.recordValue(Math.min(System.nanoTime() - begun, LONGEST_NANOS));
                if (error != null) {
                    failure.set(error);
                }
                room.release();
            });
        }

        StoreLoad load() {
            return new StoreLoad(
                    operation.name(),
                    atOnce,
                    histogram.getTotalCount(),
                    histogram.getTotalCount() * 1e9 / nanos,
                    histogram.getValueAtPercentile(50) / 1e3,
                    histogram.getValueAtPercentile(99) / 1e3,
                    histogram.getMaxValue() / 1e3);
        }
    }
}
