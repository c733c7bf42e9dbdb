package io.backstay.guard;

import io.backstay.ConfigurationException;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * A percentile of the latencies of the last while, such as the p95 that a hedge waits for. Lock-free and thread-safe; neither
 * recording nor reading allocates.
 *
 * <p>Latencies are counted in a histogram of 16 steps for each doubling, from a microsecond to an hour. The value told is the upper
 * edge of its step: never below the true one, and above it by at most 6.25 % and 2 microseconds. The window moves by halves, so it holds
 * between half of its length and the whole. The value is worked out anew at most every 64th of the window.
 */
public final class LatencyQuantile {

    /** Fewer latencies than this say nothing. */
    private static final int MINIMUM = 20;

    private static final int GENERATIONS = 3;
    private static final int REFRESHES_PER_WINDOW = 64;

    private final double share;
    private final TimeSource time;
    private final long halfNanos;
    private final long startNanos;
    /** The half being written, the one before it, and one to be cleared for the next. */
    private final AtomicIntegerArray[] generations = new AtomicIntegerArray[GENERATIONS];

    private final AtomicBoolean turning = new AtomicBoolean();
    private volatile long half;
    private volatile long freshUntilNanos;
    private volatile long valueNanos;

    /**
     * Nothing recorded yet.
     *
     * @param percentile above 0 to below 100, as 95
     * @param window how far back it looks, from 1 ms to a day
     * @throws ConfigurationException when one of them is out of range
     */
    public LatencyQuantile(double percentile, Duration window, TimeSource time) {
        if (!(percentile > 0 && percentile < 100)) {
            throw new ConfigurationException(
                    "latency percentile cannot be " + percentile + "; allowed: above 0 to below 100");
        }
        if (window.compareTo(Duration.ofMillis(1)) < 0 || window.compareTo(Duration.ofDays(1)) > 0) {
            throw new ConfigurationException("latency window cannot be " + window + "; allowed: from 1 ms to 1 day");
        }
        this.share = percentile / 100;
        this.time = time;
        this.halfNanos = window.toNanos() / 2;
        this.startNanos = time.nanoTime();
        this.freshUntilNanos = startNanos;
        for (int i = 0; i < GENERATIONS; i++) {
            generations[i] = new AtomicIntegerArray(LatencySteps.COUNT);
        }
    }

    /** Counts a latency; a negative one counts as 0. */
    public void record(long latencyNanos, long nowNanos) {
        turn(nowNanos);
        generation(half).getAndIncrement(LatencySteps.indexOf(latencyNanos));
    }

    /**
     * The percentile in nanoseconds; 0 while the window holds fewer than 20 latencies.
     *
     * @param nowNanos a reading of the time source
     */
    public long nanos(long nowNanos) {
        turn(nowNanos);
        if (nowNanos - freshUntilNanos >= 0) {
            freshUntilNanos = nowNanos + halfNanos * 2 / REFRESHES_PER_WINDOW;
            valueNanos = compute();
        }
        return valueNanos;
    }

    /** The percentile now; empty while the window holds fewer than 20 latencies. */
    public Optional<Duration> value() {
        long nanos = nanos(time.nanoTime());
        return nanos == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(nanos));
    }

    /** How many latencies the window holds. */
    public long count() {
        turn(time.nanoTime());
        return count(half);
    }

    private long count(long last) {
        long sum = 0;
        for (int step = 0; step < LatencySteps.COUNT; step++) {
            sum += countAt(last, step);
        }
        return sum;
    }

    private long compute() {
        long last = half;
        long total = count(last);
        if (total < MINIMUM) {
            return 0;
        }
        long rank = (long) Math.ceil(share * total);
        long seen = 0;
        for (int step = 0; step < LatencySteps.COUNT; step++) {
            seen += countAt(last, step);
            if (seen >= rank) {
                return LatencySteps.upperNanos(step);
            }
        }
        return LatencySteps.upperNanos(LatencySteps.COUNT - 1);
    }

    private long countAt(long last, int step) {
        return (long) generation(last).get(step) + generation(last - 1).get(step);
    }

    private AtomicIntegerArray generation(long number) {
        return generations[(int) Math.floorMod(number, (long) GENERATIONS)];
    }

    /** Begins the next half when its time has come; who comes while another does so counts into the old one. */
    private void turn(long nowNanos) {
        long now = (nowNanos - startNanos) / halfNanos;
        if (now <= half || !turning.compareAndSet(false, true)) {
            return;
        }
        try {
            long last = half;
            for (long each = Math.max(last + 1, now - 1); each <= now; each++) {
                clear(generation(each));
            }
            if (now > last) {
                half = now;
            }
        } finally {
            turning.set(false);
        }
    }

    private static void clear(AtomicIntegerArray counts) {
        for (int step = 0; step < LatencySteps.COUNT; step++) {
            counts.set(step, 0);
        }
    }
}
