package io.backstay.guard;

import io.backstay.RetryBudgetPolicy;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Calls and withdrawals of the last 10 seconds, without a lock: ten buckets of a second each and the totals of them all, so that a
 * withdrawal is decided by one compare-and-set of the totals and never exceeds the budget. Thread-safe.
 *
 * <p>The totals are never less than the buckets together: what is added goes to the totals first, what is removed leaves its
 * bucket first.
 */
final class BudgetWindow {

    static final int SECONDS = 10;
    static final long REFUSED = -1;

    private static final long BUCKET_NANOS = 1_000_000_000L;

    /** A bucket: 12 bits of its number in time, 28 of calls, 24 of withdrawals. */
    private static final int STAMP_BITS = 12;

    private static final int TAKEN_BITS = 24;
    private static final int STAMP_SHIFT = Long.SIZE - STAMP_BITS;
    private static final long STAMP_MASK = (1L << STAMP_BITS) - 1;
    private static final long TAKEN_MASK = (1L << TAKEN_BITS) - 1;
    private static final long ONE_CALL = 1L << TAKEN_BITS;
    private static final long ONE_TAKEN = 1L;

    /** The totals: calls above, 28 bits of withdrawals below. */
    private static final int TOTAL_TAKEN_BITS = 28;

    private static final long TOTAL_TAKEN_MASK = (1L << TOTAL_TAKEN_BITS) - 1;
    private static final long TOTAL_ONE_CALL = 1L << TOTAL_TAKEN_BITS;

    private final AtomicLongArray buckets = new AtomicLongArray(SECONDS);
    private final AtomicLong totals = new AtomicLong();
    /** The number of the newest bucket; from ten on, so that a bucket never used, whose number is 0, is an old one. */
    private final AtomicLong newest = new AtomicLong(SECONDS);

    private final long startNanos;

    BudgetWindow(long startNanos) {
        this.startNanos = startNanos;
    }

    void addCall(long nowNanos) {
        long number = roll(nowNanos);
        totals.getAndAdd(TOTAL_ONE_CALL);
        add(number, ONE_CALL);
    }

    /** The number of the bucket that holds the withdrawal, or {@link #REFUSED}. */
    long tryTake(RetryBudgetPolicy policy, long nowNanos) {
        long number = roll(nowNanos);
        while (true) {
            long seen = totals.get();
            if (taken(seen) + 1 > allowed(policy, seen)) {
                return REFUSED;
            }
            if (totals.compareAndSet(seen, seen + 1)) {
                return add(number, ONE_TAKEN);
            }
        }
    }

    /** Undoes a withdrawal, unless it has left the window. */
    void undo(long number, long nowNanos) {
        roll(nowNanos);
        int slot = slot(number);
        while (newest.get() - number < SECONDS) {
            long bucket = buckets.get(slot);
            if (stampOf(bucket) != stamp(number) || (bucket & TAKEN_MASK) == 0) {
                return;
            }
            if (buckets.compareAndSet(slot, bucket, bucket - ONE_TAKEN)) {
                totals.getAndAdd(-1);
                return;
            }
        }
    }

    /** Calls and withdrawals of the window, packed: see {@link #calls} and {@link #taken}. */
    long totals(long nowNanos) {
        roll(nowNanos);
        return totals.get();
    }

    static long calls(long totals) {
        return totals >>> TOTAL_TAKEN_BITS;
    }

    static long taken(long totals) {
        return totals & TOTAL_TAKEN_MASK;
    }

    /** How many withdrawals the policy allows in a window of so many calls. */
    static double allowed(RetryBudgetPolicy policy, long totals) {
        return calls(totals) * policy.percent() / 100 + (double) policy.minPerSecond() * SECONDS;
    }

    /** Lets go what has left the window; a reading older than the newest counts as of the newest. */
    private long roll(long nowNanos) {
        long number = Math.max(0, nowNanos - startNanos) / BUCKET_NANOS + SECONDS;
        long last = newest.get();
        while (number > last) {
            if (newest.compareAndSet(last, number)) {
                for (long each = Math.max(last + 1, number - SECONDS + 1); each <= number; each++) {
                    renew(each);
                }
                return number;
            }
            last = newest.get();
        }
        return last;
    }

    private void renew(long number) {
        int slot = slot(number);
        while (true) {
            long old = buckets.get(slot);
            if (stampOf(old) == stamp(number) || newest.get() - number >= SECONDS) {
                return; // it is this second's, or a later one's by now
            }
            if (buckets.compareAndSet(slot, old, stamp(number) << STAMP_SHIFT)) {
                totals.getAndAdd(-(callsOf(old) * TOTAL_ONE_CALL) - (old & TAKEN_MASK));
                return;
            }
        }
    }

    /** Adds to the bucket of the number, or to the one that has taken its place since; the number it was added to. */
    private long add(long number, long what) {
        int slot = slot(number);
        while (true) {
            renew(number);
            long bucket = buckets.get(slot);
            if (buckets.compareAndSet(slot, bucket, bucket + what)) {
                return number + stamp(stampOf(bucket) - number);
            }
        }
    }

    private static int slot(long number) {
        return (int) (number % SECONDS);
    }

    private static long callsOf(long bucket) {
        return bucket >>> TAKEN_BITS & (1L << (STAMP_SHIFT - TAKEN_BITS)) - 1;
    }

    private static long stampOf(long bucket) {
        return bucket >>> STAMP_SHIFT;
    }

    private static long stamp(long number) {
        return number & STAMP_MASK;
    }
}
