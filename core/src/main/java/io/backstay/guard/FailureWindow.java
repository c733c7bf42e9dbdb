package io.backstay.guard;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts calls and failures of the last while in ten buckets, without a lock. A bucket is one {@code long}: 24 bits of its
 * number in time, 20 of calls, 20 of failures (both stop at their greatest value, a million in a tenth of the window).
 */
final class FailureWindow {

    private static final int BUCKETS = 10;
    private static final int COUNT_BITS = 20;
    private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;
    private static final int NUMBER_SHIFT = 2 * COUNT_BITS;
    private static final long ONE_CALL = 1L << COUNT_BITS;
    private static final long ONE_FAILURE = 1L;

    private final AtomicLongArray buckets = new AtomicLongArray(BUCKETS);
    private final long bucketNanos;
    private final long startNanos;

    FailureWindow(long windowNanos, long startNanos) {
        this.bucketNanos = windowNanos / BUCKETS;
        this.startNanos = startNanos;
    }

    /** Counts a call that ended now. */
    void record(boolean failed, long nowNanos) {
        long number = number(nowNanos);
        int slot = (int) Math.floorMod(number, (long) BUCKETS);
        while (true) {
            long bucket = buckets.get(slot);
            if (isNewer(numberOf(bucket), stamp(number))) {
                return; // a reading so old that its time has left the window
            }
            long current = numberOf(bucket) == stamp(number) ? bucket : stamp(number) << NUMBER_SHIFT;
            if (buckets.compareAndSet(slot, bucket, plusCall(current, failed))) {
                return;
            }
        }
    }

    /** Calls and failures in the window that ends now, packed: see {@link #calls} and {@link #failures}. */
    long totals(long nowNanos) {
        long newest = number(nowNanos);
        long calls = 0;
        long failures = 0;
        for (int slot = 0; slot < BUCKETS; slot++) {
            long bucket = buckets.get(slot);
            long age = stamp(newest - numberOf(bucket));
            if (age < BUCKETS) {
                calls += bucket >>> COUNT_BITS & COUNT_MASK;
                failures += bucket & COUNT_MASK;
            }
        }
        return calls << 32 | failures;
    }

    static int calls(long totals) {
        return (int) (totals >>> 32);
    }

    static int failures(long totals) {
        return (int) totals;
    }

    /** From ten on, so that a bucket never used, whose number is 0, is out of every window. */
    private long number(long nowNanos) {
        return Math.max(0, nowNanos - startNanos) / bucketNanos + BUCKETS;
    }

    /** By the shorter way round the 24 bits. */
    private static boolean isNewer(long stamp, long other) {
        long ahead = stamp(stamp - other);
        return ahead != 0 && ahead < 1L << 23;
    }

    private static long plusCall(long bucket, boolean failed) {
        long more = (bucket >>> COUNT_BITS & COUNT_MASK) == COUNT_MASK ? bucket : bucket + ONE_CALL;
        return failed && (more & COUNT_MASK) != COUNT_MASK ? more + ONE_FAILURE : more;
    }

    private static long numberOf(long bucket) {
        return bucket >>> NUMBER_SHIFT;
    }

    private static long stamp(long number) {
        return number & (1L << 24) - 1;
    }
}
