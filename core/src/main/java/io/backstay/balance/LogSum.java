package io.backstay.balance;

/**
 * The number of latencies and the sum of their logarithms in one word, so that both are counted by one addition: 24 bits and 40. A
 * logarithm is that to base 2, in steps of 1/1024, straight between powers of 2, which is off by up to 0.09, but for all alike.
 */
final class LogSum {

    private static final int FRACTION_BITS = 10;
    private static final int SUM_BITS = 40;
    private static final long SUM_MASK = (1L << SUM_BITS) - 1;
    private static final double NATURAL = Math.log(2) / (1 << FRACTION_BITS);

    private LogSum() {}

    /** One latency. */
    static long of(long nanos) {
        long value = Math.max(1 << FRACTION_BITS, nanos);
        int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(value);
        long fraction = value >>> (power - FRACTION_BITS) & ((1 << FRACTION_BITS) - 1);
        return 1L << SUM_BITS | (long) power << FRACTION_BITS | fraction;
    }

    static int count(long word) {
        return (int) (word >>> SUM_BITS);
    }

    /** The sum of natural logarithms. */
    static double sum(long word) {
        return (word & SUM_MASK) * NATURAL;
    }
}
