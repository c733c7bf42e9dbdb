package io.backstay.guard;

import io.backstay.Priority;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * The permits of a limit that are out, counted by priority in one {@code long}. Taking one is a compare-and-set, giving it back an
 * addition. Thread-safe; nothing allocates.
 *
 * <p>A permit tells when it was given, in 61 bits, and its priority, in 2; it is never negative.
 */
final class Places {

    private static final int PRIORITY_BITS = 2;
    private static final int PRIORITY_MASK = (1 << PRIORITY_BITS) - 1;
    private static final long MOMENT_MASK = -1L >>> (PRIORITY_BITS + 1);
    private static final Priority[] PRIORITIES = Priority.values();

    private static final AtomicLongFieldUpdater<Places> TAKEN =
            AtomicLongFieldUpdater.newUpdater(Places.class, "taken");

    private final String name;
    private volatile long taken;

    /** With none out. */
    Places(String name) {
        this.name = name;
    }

    /** How many are out, by priority: see {@link Lanes}. */
    long taken() {
        return taken;
    }

    int sum() {
        return Lanes.sum(taken);
    }

    /** Whether there was room within the limit and what is promised; it is taken then. */
    boolean take(Priority priority, LimitSize size) {
        long one = Lanes.one(priority);
        while (true) {
            long seen = taken;
            if (!size.shares().allow(seen + one)) {
                return false;
            }
            if (TAKEN.compareAndSet(this, seen, seen + one)) {
                return true;
            }
        }
    }

    /**
     * Takes a permit back.
     *
     * @return how many were out before
     * @throws IllegalStateException when it is none, or none of its priority is out; nothing has changed then
     */
    int giveBack(long permit) {
        Priority priority = PRIORITIES[(int) permit & PRIORITY_MASK];
        long one = Lanes.one(priority);
        if (permit >= 0) {
            long before = TAKEN.getAndAdd(this, -one);
            if (Lanes.get(before, priority) != 0) {
                return Lanes.sum(before);
            }
            TAKEN.getAndAdd(this, one);
        }
        throw new IllegalStateException("a permit of " + name + " was given back that was not out");
    }

    static long permit(Priority priority, long nowNanos) {
        return (nowNanos & MOMENT_MASK) << PRIORITY_BITS | Lanes.index(priority);
    }

    /** How long ago the permit was given, going by a reading near that moment. */
    static long ageNanos(long permit, long nowNanos) {
        return (nowNanos - (permit >>> PRIORITY_BITS)) & MOMENT_MASK;
    }
}
