package io.backstay.guard;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A permit of a {@link Guard}, for code that cannot be handed over: given back by closing it, once however often. Thread-safe.
 *
 * <pre>{@code
 * try (GuardPermit permit = ledger.acquire()) {
 *     dao.store(invoice);
 *     permit.succeeded();
 * }
 * }</pre>
 */
public final class GuardPermit implements AutoCloseable {

    private enum Outcome {
        SUCCEEDED,
        FAILED,
        IGNORED
    }

    private final GuardedCall call;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile Outcome outcome = Outcome.FAILED;

    GuardPermit(GuardedCall call) {
        this.call = call;
    }

    /** It went well. */
    public void succeeded() {
        outcome = Outcome.SUCCEEDED;
    }

    /** It failed, as it did unless something else is said: the block was then left by an exception. */
    public void failed() {
        outcome = Outcome.FAILED;
    }

    /** How it went says nothing about what it was for. */
    public void ignored() {
        outcome = Outcome.IGNORED;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            long now = call.now();
            if (outcome == Outcome.SUCCEEDED) {
                call.succeed(now);
            } else {
                call.end(/* counts= */ outcome == Outcome.FAILED, /* givenNanos= */ 0, now);
            }
        }
    }
}
