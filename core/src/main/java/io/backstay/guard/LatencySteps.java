package io.backstay.guard;

/**
 * A scale of latencies: linear to 16 units of 1,024 ns, then 16 steps for each doubling, to an hour. Stateless.
 */
final class LatencySteps {

    private static final int UNIT_BITS = 10;
    private static final int STEP_BITS = 4;
    private static final int STEPS = 1 << STEP_BITS;
    /** 2^42 ns are 73 minutes. */
    private static final int GREATEST_BITS = 42;

    private static final long GREATEST_NANOS = (1L << GREATEST_BITS) - 1;

    /** How many steps there are. */
    static final int COUNT = (GREATEST_BITS - UNIT_BITS - STEP_BITS + 1) * STEPS;

    private LatencySteps() {}

    /** Which step a latency falls into; what is beyond either end falls into the last there. */
    static int indexOf(long nanos) {
        long units = Math.min(Math.max(nanos, 0), GREATEST_NANOS) >>> UNIT_BITS;
        int doublings = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(units) - STEP_BITS - 1);
        return (doublings << STEP_BITS) + (int) (units >>> doublings);
    }

    /** The upper edge of a step. */
    static long upperNanos(int index) {
        int doublings = Math.max(0, (index >>> STEP_BITS) - 1);
        long units = index - ((long) doublings << STEP_BITS);
        return (units + 1) << (doublings + UNIT_BITS);
    }
}
