package io.backstay.internal;

import io.backstay.Deadline;
import io.backstay.balance.InstancePool;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Whether it is known where a service is. Until its resolvers have answered for the first time, calls wait for them, no longer than until a
 * bounded time after the service was opened; from then on, or from that answer on, no call ever waits here again. Thread-safe; who need
 * not wait pays for one read.
 */
final class FirstReading {

    private final InstancePool instances;
    private final TimeSource time;
    private final DelayScheduler scheduler;
    private final Duration most;
    /** Done on a worker's thread, since what waits for it is the user's code, and the answer may come under a resolver's lock. */
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    private volatile boolean awaited;
    private volatile boolean outstanding;
    private volatile DelayScheduler.@Nullable Cancellable timer;

    /** Nothing is waited for before {@link #begin}. */
    FirstReading(InstancePool instances, TimeSource time, DelayScheduler scheduler, Duration most) {
        this.instances = instances;
        this.time = time;
        this.scheduler = scheduler;
        this.most = most;
    }

    /** From now on calls wait for that, unless there are instances already. Once. */
    void begin(CompletionStage<Void> whenKnown) {
        CompletableFuture<Void> known = whenKnown.toCompletableFuture();
        if (known.isDone() || instances.size() > 0) {
            return;
        }
        outstanding = true;
        awaited = !most.isZero();
        if (awaited) {
            timer = scheduler.schedule(this::end, most);
        }
        var unused = known.whenComplete((answer, failure) -> answered());
        if (instances.size() > 0) {
            answered();
        }
    }

    /** There are instances, or it is known that there are none. */
    void answered() {
        if (outstanding) {
            outstanding = false;
            end();
        }
    }

    /** Whoever waits goes on, and nobody waits from now on. */
    void end() {
        DelayScheduler.Cancellable waiting = timer;
        if (waiting != null) {
            waiting.cancel();
        }
        if (awaited) {
            awaited = false;
            scheduler.schedule(() -> over.complete(null), Duration.ZERO);
        }
    }

    /** Whether a call that begins now is to wait. */
    boolean isAwaited() {
        return awaited;
    }

    /** Whether there has been no answer yet. */
    boolean isOutstanding() {
        return outstanding;
    }

    /** Done when nobody waits any longer, at once where nobody does. */
    CompletableFuture<Void> whenOver() {
        return awaited ? over : CompletableFuture.completedFuture(null);
    }

    /** The same, but done at the deadline at the latest. Cancelling it ends this wait. */
    CompletableFuture<Void> whenOver(Deadline deadline) {
        CompletableFuture<Void> wait = over.copy();
        long remaining = deadline.remainingNanos(time.nanoTime());
        if (remaining <= 0) {
            wait.complete(null);
        } else if (remaining < most.toNanos()) {
            DelayScheduler.Cancellable end = scheduler.schedule(() -> wait.complete(null), Duration.ofNanos(remaining));
            var unused = wait.whenComplete((done, cancelled) -> end.cancel());
        }
        return wait;
    }
}
