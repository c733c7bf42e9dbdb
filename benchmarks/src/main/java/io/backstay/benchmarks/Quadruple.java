package io.backstay.benchmarks;

/**
 * Four blocks of calls, as A B B A, each timed as a whole, A being Backstay: a drift of the machine cancels out of the ratio.
 *
 * @param backstayNanos what both blocks took together
 * @param bareNanos what both blocks took together
 */
record Quadruple(long backstayNanos, long bareNanos) {

    /** A block of calls that says how many nanoseconds it took. */
    @FunctionalInterface
    interface Block {
        long run() throws Exception;
    }

    static Quadruple of(Block backstay, Block bare) throws Exception {
        long a = backstay.run();
        long b = bare.run();
        b += bare.run();
        a += backstay.run();
        return new Quadruple(a, b);
    }

    /** Backstay's time over the bare client's. */
    double ratio() {
        return (double) backstayNanos / bareNanos;
    }
}
