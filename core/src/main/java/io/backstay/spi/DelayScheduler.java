package io.backstay.spi;

import java.time.Duration;

/**
 * Runs tasks later. Thread-safe. Tasks may run the user's code and may block for a short while, so an implementation must
 * not let one hold up the others.
 */
public interface DelayScheduler {

    /**
     * Runs the task once after the delay, never on the calling thread; a delay of zero or less means as soon as possible.
     */
    Cancellable schedule(Runnable task, Duration delay);

    /** Something that can be called off. */
    @FunctionalInterface
    interface Cancellable {
        /** Calls it off unless it has begun. May be called any number of times, from any thread. */
        void cancel();
    }
}
