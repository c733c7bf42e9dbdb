package io.backstay.guard;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands changes of state to the listener: one after the other, in their order, and with no lock held. */
final class Transitions {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.breaker");

    private record Change(BreakerState from, BreakerState to, String reason) {}

    private final CircuitBreaker breaker;
    private final CircuitBreaker.TransitionListener listener;
    private final Queue<Change> changes = new ConcurrentLinkedQueue<>();
    private final AtomicInteger undelivered = new AtomicInteger();

    Transitions(CircuitBreaker breaker, CircuitBreaker.TransitionListener listener) {
        this.breaker = breaker;
        this.listener = listener;
    }

    /** Notes a change, in the order in which changes are made. */
    void add(BreakerState from, BreakerState to, String reason) {
        changes.add(new Change(from, to, reason));
    }

    /** Delivers what has been noted, unless another thread is about it, which then delivers this too. */
    void deliver() {
        if (changes.isEmpty() || undelivered.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            for (Change next = changes.poll(); next != null; next = changes.poll()) {
                tell(next);
            }
            seen = undelivered.addAndGet(-seen);
        } while (seen != 0);
    }

    private void tell(Change change) {
        try {
            listener.onTransition(breaker, change.from, change.to, change.reason);
        } catch (RuntimeException e) {
            LOG.error("[{}] a listener of a circuit breaker failed", breaker.name(), e);
        }
    }
}
