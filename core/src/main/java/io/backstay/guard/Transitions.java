package io.backstay.guard;

import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands changes of state to the listener: one after the other, in their order, and with no lock held. Its state is guarded by the
 * breaker's lock.
 */
final class Transitions {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.breaker");

    private static final class Change {
        final BreakerState from;
        final BreakerState to;
        final String reason;
        /** The one after it; of the last one the first, so that one reference holds both ends. */
        Change next = this;

        Change(BreakerState from, BreakerState to, String reason) {
            this.from = from;
            this.to = to;
            this.reason = reason;
        }
    }

    private final CircuitBreaker.TransitionListener listener;
    private volatile @Nullable Change last;
    private boolean delivering;

    Transitions(CircuitBreaker.TransitionListener listener) {
        this.listener = listener;
    }

    /** Notes a change; with the lock held. */
    void add(BreakerState from, BreakerState to, String reason) {
        Change change = new Change(from, to, reason);
        Change before = last;
        if (before != null) {
            change.next = before.next;
            before.next = change;
        }
        last = change;
    }

    /** Whether there is something to deliver; needs no lock. */
    boolean isDue() {
        return last != null;
    }

    /** Delivers what has been noted, unless another thread is about it, which then delivers this too. */
    void deliver(CircuitBreaker breaker, Lock lock) {
        boolean first = true;
        for (Change change = take(lock, first); change != null; change = take(lock, first)) {
            first = false;
            tell(breaker, change);
        }
    }

    private @Nullable Change take(Lock lock, boolean first) {
        lock.lock();
        try {
            Change end = last;
            if ((first && delivering) || end == null) {
                delivering = first && delivering;
                return null;
            }
            delivering = true;
            Change taken = end.next;
            end.next = taken.next;
            last = taken == end ? null : end;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private void tell(CircuitBreaker breaker, Change change) {
        try {
            listener.onTransition(breaker, change.from, change.to, change.reason);
        } catch (RuntimeException | Error e) {
            LOG.error("[{}] a listener of a circuit breaker failed", breaker.name(), e);
        }
    }
}
