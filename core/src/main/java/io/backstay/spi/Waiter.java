package io.backstay.spi;

import java.util.concurrent.Future;

/** How a thread waits. All blocking of Backstay's own goes through here. Thread-safe. */
public interface Waiter {

    /**
     * Blocks until the future is done, in whatever way.
     *
     * @throws InterruptedException when the thread is interrupted before that
     */
    void await(Future<?> future) throws InterruptedException;

    /**
     * Blocks until the future is done, in whatever way, or so many nanoseconds have passed.
     *
     * @return whether it is done
     * @throws InterruptedException when the thread is interrupted before that
     */
    boolean await(Future<?> future, long nanos) throws InterruptedException;
}
