package io.backstay.guard;

import io.backstay.RetryBudgetPolicy;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Calls and withdrawals of the last 10 seconds, in buckets of a second each. Every call is counted, by one atomic addition to a cell of
 * its thread's stripe; the few withdrawals are decided under a lock, so that they never exceed the budget, while most refusals, of which
 * an outage has many, are not. Thread-safe; nothing allocates.
 */
final class BudgetWindow {

    static final int SECONDS = 10;
    static final long REFUSED = -1;

    private static final long BUCKET_NANOS = 1_000_000_000L;
    private static final int STRIPES = 4;
    /** Room for ten buckets; a stripe's cells lie on cache lines of their own. */
    private static final int SLOT_BITS = 4;

    private static final VarHandle CELLS = MethodHandles.arrayElementVarHandle(long[].class);

    /** What a window holds. */
    record Sums(long calls, long taken) {}

    private final long startNanos;
    private final long[] calls = new long[STRIPES << SLOT_BITS];
    /** The newest bucket's, into which calls are counted; written before the time at which it ends. */
    private volatile int slot;

    private volatile long endNanos;

    /** Held to go on to the next bucket, and for what follows. */
    private final ReentrantLock lock = new ReentrantLock();

    private final long[] taken = new long[SECONDS];
    /** Written under the lock, and lowered before the calls of the same bucket are let go. */
    private volatile long allTaken;
    /** The number of the newest bucket. */
    private long newest;

    BudgetWindow(long startNanos) {
        this.startNanos = startNanos;
        this.endNanos = startNanos + BUCKET_NANOS;
    }

    /** A reading older than the newest bucket counts as of that. */
    void addCall(long nowNanos) {
        if (nowNanos - endNanos >= 0) {
            turn(nowNanos);
        }
        CELLS.getAndAdd(calls, index(TimeBuckets.stripe(), slot), 1L);
    }

    private void turn(long nowNanos) {
        lock.lock();
        try {
            roll(nowNanos);
        } finally {
            lock.unlock();
        }
    }

    /** The number of the bucket that holds the withdrawal, or {@link #REFUSED}. */
    long tryTake(RetryBudgetPolicy policy, long nowNanos) {
        if (nowNanos - endNanos < 0 && isSpent(policy)) {
            return REFUSED;
        }
        lock.lock();
        try {
            roll(nowNanos);
            if (isSpent(policy)) {
                return REFUSED;
            }
            taken[slot]++;
            countTaken(1);
            return newest;
        } finally {
            lock.unlock();
        }
    }

    /** In this order: without the lock, calls may be let go meanwhile, but not before what was taken for them. */
    private boolean isSpent(RetryBudgetPolicy policy) {
        double allowed = allowed(policy, calls());
        return allTaken + 1 > allowed;
    }

    /** With the lock held. */
    private void countTaken(long more) {
        long all = allTaken + more;
        allTaken = all;
    }

    /** Undoes a withdrawal, unless it has left the window. */
    void undo(long number, long nowNanos) {
        lock.lock();
        try {
            roll(nowNanos);
            int its = slot(number);
            if (newest - number < SECONDS && taken[its] > 0) {
                taken[its]--;
                countTaken(-1);
            }
        } finally {
            lock.unlock();
        }
    }

    Sums sums(long nowNanos) {
        lock.lock();
        try {
            roll(nowNanos);
            return new Sums(calls(), allTaken);
        } finally {
            lock.unlock();
        }
    }

    /** How many withdrawals the policy allows in a window of so many calls. */
    static double allowed(RetryBudgetPolicy policy, long calls) {
        return calls * policy.percent() / 100 + (double) policy.minPerSecond() * SECONDS;
    }

    /** Lets go what has left the window; with the lock held. */
    private void roll(long nowNanos) {
        long number = Math.max(0, nowNanos - startNanos) / BUCKET_NANOS;
        if (number <= newest) {
            return;
        }
        for (long each = Math.max(newest + 1, number - SECONDS + 1); each <= number; each++) {
            int its = slot(each);
            countTaken(-taken[its]);
            taken[its] = 0;
            for (int stripe = 0; stripe < STRIPES; stripe++) {
                CELLS.setVolatile(calls, index(stripe, its), 0L);
            }
        }
        newest = number;
        slot = slot(number);
        endNanos = startNanos + (number + 1) * BUCKET_NANOS;
    }

    private long calls() {
        long sum = 0;
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            for (int its = 0; its < SECONDS; its++) {
                sum += (long) CELLS.getVolatile(calls, index(stripe, its));
            }
        }
        return sum;
    }

    private static int slot(long number) {
        return (int) (number % SECONDS);
    }

    private static int index(int stripe, int slot) {
        return stripe << SLOT_BITS | slot;
    }
}
