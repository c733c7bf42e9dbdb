package io.backstay.benchmarks;

import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/** An even pace: steps that are due are made, late ones at once, whatever the steps before them have come to. */
final class Pace {

    private Pace() {}

    /** Makes so many steps, numbered from 0, one in each period. */
    static void keep(long periodNanos, int steps, IntConsumer step) {
        long begun = System.nanoTime();
        for (int i = 0; i < steps; i++) {
            long due = begun + i * periodNanos;
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            step.accept(i);
        }
    }
}
