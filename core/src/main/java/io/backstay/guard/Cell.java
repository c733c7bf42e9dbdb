package io.backstay.guard;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A bucket's counts, packed into one {@code long} so that a call's end is one atomic change: 4 bits of stamp (which turn of the
 * ring it belongs to), 16 of calls in flight that started in it, 22 of calls that ended in it, 22 of those that failed.
 */
final class Cell {

    /** Atomic access to the elements of a {@code long[]}. */
    static final VarHandle IN = MethodHandles.arrayElementVarHandle(long[].class);

    static final long ONE_FAILURE = 1L;
    static final long ONE_CALL = 1L << 22;
    static final long ONE_IN_FLIGHT = 1L << 44;

    private static final long COUNT_MASK = (1L << 22) - 1;
    private static final long CALLS_MASK = COUNT_MASK << 22;
    private static final long IN_FLIGHT_MASK = 0xFFFFL << 44;
    private static final int STAMP_SHIFT = 60;
    private static final long STAMP_MASK = 0xFL << STAMP_SHIFT;
    /** The highest bit of a count: set long before the count could run over, even with thousands of threads at it. */
    private static final long IN_FLIGHT_FULL = 1L << 59;

    private static final long CALLS_FULL = 1L << 43;
    /** How many calls are counted at most. */
    static final int MOST_CALLS = 1 << 21;

    private Cell() {}

    static long empty(long stamp) {
        return stamp << STAMP_SHIFT;
    }

    /** What a cell of a permit's bucket was before any call, but for bits below the stamp. */
    static long emptyOf(long permit) {
        return Permits.stampAtTop(permit);
    }

    static long stamp(long cell) {
        return cell >>> STAMP_SHIFT;
    }

    static int inFlight(long cell) {
        return (int) ((cell & IN_FLIGHT_MASK) >>> 44);
    }

    static int calls(long cell) {
        return (int) ((cell & CALLS_MASK) >>> 22);
    }

    static int failures(long cell) {
        return (int) (cell & COUNT_MASK);
    }

    /** Whether one more call may start in it: 32,767 may be in flight, and counts never come near their neighbours. */
    static boolean takesStart(long cell) {
        return (cell & IN_FLIGHT_FULL) == 0;
    }

    /** Whether one more call may be counted: what comes after two million is left out, failed or not, so the rate holds. */
    static boolean takesCall(long cell) {
        return (cell & CALLS_FULL) == 0;
    }

    /** Whether it was right to start a call in a bucket, going by the cell as it was before. */
    static boolean tookStart(long before, long empty) {
        return ((before ^ empty) & (STAMP_MASK | IN_FLIGHT_FULL)) == 0;
    }

    /** Whether a call that started in this bucket may end in it. */
    static boolean takesEnd(long cell, long empty) {
        return ((cell ^ empty) & STAMP_MASK) == 0 && (cell & IN_FLIGHT_MASK) != 0;
    }

    /** The cell once a call that started in it has ended in it, well; counted where there is room. */
    static long ended(long cell) {
        return cell - ONE_IN_FLIGHT + (takesCall(cell) ? ONE_CALL : 0);
    }

    /** Adds at once; the cell as it was before. */
    static long add(long[] cells, int index, long change) {
        return (long) IN.getAndAdd(cells, index, change);
    }

    static long get(long[] cells, int index) {
        return (long) IN.getVolatile(cells, index);
    }

    static boolean change(long[] cells, int index, long from, long to) {
        return IN.compareAndSet(cells, index, from, to);
    }
}
