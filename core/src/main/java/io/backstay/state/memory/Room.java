package io.backstay.state.memory;

import java.util.concurrent.atomic.AtomicLong;

/** How much the tables of a store may hold together, and hold: characters of keys and octets of values. Thread-safe. */
final class Room {

    private final long most;
    private final AtomicLong held = new AtomicLong();

    Room(long most) {
        this.most = most;
    }

    long most() {
        return most;
    }

    /** Whether there is room for so much more. Tables ask on their own, so that all together may be over by what each was just adding. */
    boolean has(long more) {
        return held.get() <= most - more;
    }

    /** Counts what has come, or has gone where it is negative. */
    void add(long change) {
        held.addAndGet(change);
    }
}
