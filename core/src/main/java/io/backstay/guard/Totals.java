package io.backstay.guard;

/** Two sums in one {@code long}, so that they can be handed back without an object. */
final class Totals {

    private Totals() {}

    static long of(int calls, int failures) {
        return ((long) calls << 32) | failures;
    }

    static int calls(long totals) {
        return (int) (totals >>> 32);
    }

    static int failures(long totals) {
        return (int) totals;
    }
}
