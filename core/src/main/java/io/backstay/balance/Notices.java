package io.backstay.balance;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands what there is to tell to the listener: one thing after the other, in order. Thread-safe. */
final class Notices {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.balancer");

    private final PoolListener listener;
    private final Queue<Consumer<PoolListener>> waiting = new ConcurrentLinkedQueue<>();
    /** How many there are to hand over; whoever makes it one does so. */
    private final AtomicInteger left = new AtomicInteger();

    Notices(PoolListener listener) {
        this.listener = listener;
    }

    /** Notes something; with the pool's lock held. */
    void add(Consumer<PoolListener> notice) {
        waiting.add(notice);
    }

    /** With no lock held. */
    void deliver() {
        if (waiting.isEmpty() || left.getAndIncrement() > 0) {
            return;
        }
        int seen = 1;
        do {
            for (Consumer<PoolListener> next = waiting.poll(); next != null; next = waiting.poll()) {
                tell(next);
            }
            seen = left.addAndGet(-seen);
        } while (seen > 0);
    }

    private void tell(Consumer<PoolListener> notice) {
        try {
            notice.accept(listener);
        } catch (RuntimeException | Error e) {
            LOG.error("a listener of a pool of instances failed", e);
        }
    }
}
