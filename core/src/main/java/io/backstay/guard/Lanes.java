package io.backstay.guard;

import io.backstay.Priority;

/** A count for each priority in one {@code long}, 16 bits each, so that all change in one compare-and-set. Stateless. */
@SuppressWarnings("EnumOrdinal")
final class Lanes {

    /** The greatest count; adding to it would run into the next. */
    static final int MAX = 0xFFFF;

    private static final int BITS = 16;
    private static final int PRIORITIES = Priority.values().length;

    private Lanes() {}

    /** The lane of a priority, which is its place by importance: that in which they are declared. */
    static int index(Priority priority) {
        return priority.ordinal();
    }

    /** What adds one to this priority's count. */
    static long one(Priority priority) {
        return 1L << (index(priority) * BITS);
    }

    static int get(long lanes, Priority priority) {
        return at(lanes, index(priority));
    }

    static int at(long lanes, int index) {
        return (int) (lanes >>> (index * BITS)) & MAX;
    }

    static int sum(long lanes) {
        return at(lanes, 0) + at(lanes, 1) + at(lanes, 2) + at(lanes, 3);
    }

    /** Of those that are at least as important. */
    static int sumAtOrAbove(long lanes, Priority priority) {
        int unused = (PRIORITIES - 1 - index(priority)) * BITS;
        return sum(lanes << unused);
    }

    /** The sum of the greater ones, lane by lane. */
    static int sumOfGreater(long lanes, long others) {
        return Math.max(at(lanes, 0), at(others, 0))
                + Math.max(at(lanes, 1), at(others, 1))
                + Math.max(at(lanes, 2), at(others, 2))
                + Math.max(at(lanes, 3), at(others, 3));
    }
}
