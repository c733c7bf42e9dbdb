package io.backstay.guard;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the last so many calls, without a lock: a ring of their outcomes, and sums that change with each of them by the
 * difference to the outcome it takes the place of. The sums are four counts of 16 bits. An outcome may be taken out of a sum
 * before the thread that put it in the ring has added it, so each count starts from some thousands and never runs into the next.
 */
final class LastCalls {

    private static final VarHandle OUTCOMES = MethodHandles.arrayElementVarHandle(byte[].class);
    private static final int CALL = 1;
    private static final int FAILED = 2;
    private static final int SLOW = 4;
    private static final int SLOW_ONLY = 8;

    private static final int COUNT_BITS = 16;
    /** What a count is at least, less one for each thread that is about to add; 50,000 more still fit in its bits. */
    private static final long NONE = 7_000;

    private static final long NONE_OF_ALL = NONE * 0x0001_0001_0001_0001L;

    private final byte[] outcomes;
    private final AtomicLong recorded = new AtomicLong();
    private final AtomicLong sums = new AtomicLong(NONE_OF_ALL);

    LastCalls(int size) {
        this.outcomes = new byte[size];
    }

    int size() {
        return outcomes.length;
    }

    void record(boolean failed, boolean slow) {
        put(CALL | (failed ? FAILED : 0) | (slow ? SLOW : 0));
    }

    void recordSlowOnly() {
        put(SLOW | SLOW_ONLY);
    }

    private void put(int outcome) {
        int index = (int) (recorded.getAndIncrement() % outcomes.length);
        byte replaced = (byte) OUTCOMES.getAndSet(outcomes, index, (byte) outcome);
        long change = spread(outcome) - spread(replaced);
        if (change != 0) {
            sums.addAndGet(change);
        }
    }

    /** Each bit of an outcome as one in the count of its kind. */
    private static long spread(int outcome) {
        return (outcome & CALL)
                | ((outcome & FAILED) << 15)
                | ((long) (outcome & SLOW) << 30)
                | ((long) (outcome & SLOW_ONLY) << 45);
    }

    long totals() {
        long now = sums.get();
        return Totals.of(count(now, 0), count(now, 1));
    }

    /** What was slow, and as failures what of it is not among the calls. */
    long slowTotals() {
        long now = sums.get();
        return Totals.of(count(now, 2), count(now, 3));
    }

    private int count(long sums, int which) {
        long count = ((sums >>> (which * COUNT_BITS)) & ((1 << COUNT_BITS) - 1)) - NONE;
        return (int) Math.max(0, Math.min(count, size()));
    }

    /** The newest outcomes of others, in order. */
    void fillFrom(LastCalls others) {
        long end = others.recorded.get();
        int count = (int) Math.min(Math.min(end, others.size()), size());
        for (long number = end - count; number < end; number++) {
            int outcome = (byte) OUTCOMES.getVolatile(others.outcomes, (int) (number % others.size()));
            if (outcome != 0) {
                put(outcome);
            }
        }
    }

    /** Totals that have no order: scaled down where they are more than fit, and spread evenly. */
    void fillFrom(long totals, long slowTotals) {
        int all = Totals.calls(totals);
        int count = Math.min(all, size());
        for (int i = 0; i < count; i++) {
            record(
                    isOneOf(i, count, Totals.failures(totals), all),
                    isOneOf(i, count, Totals.calls(slowTotals) - Totals.failures(slowTotals), all));
        }
    }

    /** Whether the i-th of {@code count} is marked, when {@code marked} of {@code all} are, evenly spread. */
    private static boolean isOneOf(int i, int count, int marked, int all) {
        long share = (long) marked * count / all;
        return (i + 1) * share / count > i * share / count;
    }
}
