package io.backstay.internal;

import io.backstay.spi.MetricSource;
import io.backstay.spi.TimeSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;

/**
 * How long calls took of late: those of the running minute and of the one before, since what was hours ago would hide how things stand
 * now. Thread-safe; a value that is recorded just as a minute ends may come to stand in either.
 */
final class Latencies {

    private static final double MICROS_PER_SECOND = 1e6;
    private static final long LONGEST_MICROS = 3_600_000_000L;
    private static final long SPAN_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final TimeSource time;
    private final LongAdder count = new LongAdder();
    private final ReentrantLock turning = new ReentrantLock();
    private volatile AtomicHistogram running = empty();
    private volatile AtomicHistogram before = empty();
    private volatile long startNanos;

    Latencies(TimeSource time) {
        this.time = time;
        this.startNanos = time.nanoTime();
    }

    /** Microseconds to two digits, up to an hour: 1 % of error in 26 KB. */
    private static AtomicHistogram empty() {
        return new AtomicHistogram(LONGEST_MICROS, 2);
    }

    /** A call took so long and has ended at this reading of the clock. */
    void record(long nanos, long nowNanos) {
        turn(nowNanos);
        count.increment();
        running.recordValue(Math.min(Math.max(0, nanos) / 1_000, LONGEST_MICROS));
    }

    private void turn(long nowNanos) {
        if (nowNanos - startNanos < SPAN_NANOS) {
            return;
        }
        turning.lock();
        try {
            long start = startNanos;
            long spans = (nowNanos - start) / SPAN_NANOS;
            if (spans >= 1) {
                AtomicHistogram next = before;
                next.reset();
                before = running;
                running = next;
                if (spans > 1) {
                    before.reset();
                }
                startNanos = start + spans * SPAN_NANOS;
            }
        } finally {
            turning.unlock();
        }
    }

    MetricSource.Latency read() {
        turn(time.nanoTime());
        Histogram both = running.copy();
        both.add(before);
        return new MetricSource.Latency(
                count.sum(),
                both.getValueAtPercentile(50) / MICROS_PER_SECOND,
                both.getValueAtPercentile(95) / MICROS_PER_SECOND,
                both.getValueAtPercentile(99) / MICROS_PER_SECOND,
                both.getMaxValue() / MICROS_PER_SECOND);
    }
}
