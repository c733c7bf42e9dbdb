package io.backstay.guard;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * Counts calls by time in a ring of 16 buckets, of which the newest 10 make the window, and what is in flight by the bucket that
 * it started in. Calls take no lock but for the turn from one bucket to the next; whoever asks what is in flight takes it too, since a
 * turn moves calls from a bucket to those that are overdue. Each bucket has a {@link Cell} for each stripe of threads,
 * so that threads seldom meet; one more row counts what was slow (as calls) and what was slow without being counted otherwise
 * (as failures).
 */
final class TimeBuckets {

    static final int WINDOW = 10;
    static final int SLOTS = 16;
    static final int SLOT_BITS = 4;
    private static final int STRIPES = 4;
    /** From here on a permit's bucket could be mistaken for a newer one of the same stamp. */
    private static final int MISTAKABLE = 128;

    private static final AtomicIntegerFieldUpdater<TimeBuckets> OVERDUE =
            AtomicIntegerFieldUpdater.newUpdater(TimeBuckets.class, "overdue");

    final long[] cells = new long[(STRIPES + 1) << SLOT_BITS];
    private final long bucketNanos;
    private final long startNanos;
    /** In flight for so long that their bucket has been used again. */
    private volatile int overdue;
    /** The newest bucket; from 16 on, so that no bucket of the ring has a number below 0. */
    private volatile long newest = SLOTS;

    TimeBuckets(long bucketNanos, long startNanos) {
        this.bucketNanos = bucketNanos;
        this.startNanos = startNanos;
        clear(SLOTS);
    }

    /** Threads that were started one after the other go to different stripes. */
    static int stripe() {
        return (int) Thread.currentThread().getId() & (STRIPES - 1);
    }

    static int index(int stripe, long number) {
        return (stripe << SLOT_BITS) | ((int) number & (SLOTS - 1));
    }

    static long stamp(long number) {
        return (number >>> SLOT_BITS) & (SLOTS - 1);
    }

    long newest() {
        return newest;
    }

    long bucketNanos() {
        return bucketNanos;
    }

    /** When a bucket ends. */
    long endNanos(long number) {
        return startNanos + (number - SLOTS + 1) * bucketNanos;
    }

    /** The bucket that holds now; a reading from before the newest belongs to the newest. */
    long turn(long nowNanos) {
        long number = newest;
        return nowNanos - endNanos(number) < 0 ? number : turnSlowly(nowNanos);
    }

    private synchronized long turnSlowly(long nowNanos) {
        long from = newest;
        long to = Math.max(from, numberAt(nowNanos));
        for (long number = Math.max(from + 1, to - SLOTS + 1); number <= to; number++) {
            clear(number);
        }
        newest = to;
        return to;
    }

    private void clear(long number) {
        for (int row = 0; row <= STRIPES; row++) {
            long old = (long) Cell.IN.getAndSet(cells, index(row, number), Cell.empty(stamp(number)));
            if (Cell.inFlight(old) != 0) {
                OVERDUE.addAndGet(this, Cell.inFlight(old));
            }
        }
    }

    private long numberAt(long nowNanos) {
        return Math.max(0, nowNanos - startNanos) / bucketNanos + SLOTS;
    }

    /**
     * Starts a call, in the stripe of its thread or, where that is full, in another: its stripe and bucket as a permit has them;
     * or 0, started nowhere, when too many others have in this bucket.
     */
    long enter(long nowNanos) {
        int own = stripe();
        for (int other = 0; other < STRIPES; other++) {
            long where = enter((own + other) & (STRIPES - 1), nowNanos);
            if (where != 0) {
                return where;
            }
        }
        return 0;
    }

    private long enter(int stripe, long nowNanos) {
        while (true) {
            long number = turn(nowNanos);
            int index = index(stripe, number);
            long cell = Cell.get(cells, index);
            if (Cell.stamp(cell) != stamp(number)) {
                continue; // a newer turn is being made
            }
            if (!Cell.takesStart(cell)) {
                return 0;
            }
            if (Cell.change(cells, index, cell, cell + Cell.ONE_IN_FLIGHT)) {
                return Permits.stripe(stripe) | Permits.bucket(number) | Permits.RUNNING;
            }
        }
    }

    /** Ends a call's time in flight, wherever it is counted now; turns no bucket, so that those of a window that was left stay. */
    void leave(long permit, long nowNanos) {
        int bucket = Permits.bucketOf(permit);
        int index = index(Permits.stripeOf(permit), bucket);
        boolean old = Permits.ageNanos(permit, nowNanos) / MISTAKABLE >= bucketNanos;
        while (!old) {
            long cell = Cell.get(cells, index);
            if (Cell.stamp(cell) != stamp(bucket) || Cell.inFlight(cell) == 0) {
                break;
            }
            if (Cell.change(cells, index, cell, cell - Cell.ONE_IN_FLIGHT)) {
                return;
            }
        }
        OVERDUE.decrementAndGet(this);
    }

    /** Counts a call that ended now. */
    void record(int stripe, boolean failed, boolean slow, long nowNanos) {
        if (add(stripe, Cell.ONE_CALL + (failed ? Cell.ONE_FAILURE : 0), nowNanos) && slow) {
            add(STRIPES, Cell.ONE_CALL, nowNanos);
        }
    }

    /** Counts a call that was slow and says nothing else. */
    void recordSlowOnly(long nowNanos) {
        add(STRIPES, Cell.ONE_CALL + Cell.ONE_FAILURE, nowNanos);
    }

    private boolean add(int row, long counts, long nowNanos) {
        while (true) {
            long number = turn(nowNanos);
            int index = index(row, number);
            long cell = Cell.get(cells, index);
            if (Cell.stamp(cell) != stamp(number)) {
                continue; // a newer turn is being made
            }
            if (!Cell.takesCall(cell)) {
                return false;
            }
            if (Cell.change(cells, index, cell, cell + counts)) {
                return true;
            }
        }
    }

    /** Calls and failures of the window that ends now. */
    long totals(long nowNanos) {
        return sum(0, STRIPES, nowNanos);
    }

    /** What was slow in the window that ends now, and as failures what of it is not among its calls. */
    long slowTotals(long nowNanos) {
        return sum(STRIPES, STRIPES + 1, nowNanos);
    }

    private long sum(int fromRow, int toRow, long nowNanos) {
        long last = newest;
        long totals = 0;
        for (long number = Math.max(last, numberAt(nowNanos)) - WINDOW + 1; number <= last; number++) {
            totals += sumOfBucket(fromRow, toRow, number);
        }
        return totals;
    }

    private long sumOfBucket(int fromRow, int toRow, long number) {
        long totals = 0;
        for (int row = fromRow; row < toRow; row++) {
            long cell = Cell.get(cells, index(row, number));
            if (Cell.stamp(cell) == stamp(number)) {
                totals += Totals.of(Cell.calls(cell), Cell.failures(cell));
            }
        }
        return totals;
    }

    /** How many calls are on their way. */
    synchronized int inFlight() {
        return inFlightUpTo(newest);
    }

    /**
     * How many calls have been on their way for so long; found out when the whole of their bucket has. Those whose bucket has
     * been used again started before the oldest there is.
     */
    synchronized int inFlightLongerThan(long nanos, long nowNanos) {
        long oldest = newest - SLOTS;
        long last = newest;
        while (last >= oldest && nowNanos - endNanos(last) < nanos) {
            last--;
        }
        return last < oldest ? 0 : inFlightUpTo(last);
    }

    private int inFlightUpTo(long last) {
        int sum = overdue;
        for (long number = newest - SLOTS + 1; number <= last; number++) {
            for (int stripe = 0; stripe < STRIPES; stripe++) {
                long cell = Cell.get(cells, index(stripe, number));
                sum += Cell.stamp(cell) == stamp(number) ? Cell.inFlight(cell) : 0;
            }
        }
        return Math.max(0, sum);
    }

    /** Takes over what others counted, each of their buckets into the one of its time; what is older than the window is lost. */
    void fillFrom(TimeBuckets others, long nowNanos) {
        for (long number = Math.max(0, others.newest - SLOTS + 1); number <= others.newest; number++) {
            long middle = others.endNanos(number) - others.bucketNanos / 2;
            long age = Math.max(0, nowNanos - middle) / bucketNanos;
            if (nowNanos - middle < WINDOW * others.bucketNanos && age < WINDOW) {
                put(0, newest - age, others.sumOfBucket(0, STRIPES, number));
                put(STRIPES, newest - age, others.sumOfBucket(STRIPES, STRIPES + 1, number));
            }
        }
    }

    /** Takes over totals that have no time, as of now. */
    void fillFrom(LastCalls others) {
        put(0, newest, others.totals());
        put(STRIPES, newest, others.slowTotals());
    }

    private void put(int row, long number, long totals) {
        int index = index(row, number);
        long cell = cells[index];
        long calls = Math.min(Totals.calls(totals), Cell.MOST_CALLS - Cell.calls(cell));
        long failures = Math.min(Totals.failures(totals), calls);
        cells[index] = cell + calls * Cell.ONE_CALL + failures * Cell.ONE_FAILURE;
    }
}
