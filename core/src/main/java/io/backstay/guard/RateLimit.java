package io.backstay.guard;

import io.backstay.Deadline;
import io.backstay.Priority;
import io.backstay.RatePolicy;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.TimeSource;
import io.backstay.spi.Waiter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how many calls are made in a time: a bucket of tokens, shared by priority as {@link RatePolicy} tells. Thread-safe. Taking a
 * token is one compare-and-set while nobody waits and allocates nothing.
 *
 * <p>Who waits is served by priority, then in order, each at the moment its token is there; nobody reserves a token of the future, so
 * that an important call that comes late still comes first. Who could not get one before the deadline is refused at once.
 */
public final class RateLimit {

    private final String name;
    private final TimeSource time;
    private final WaitingLine<Boolean> line;
    private final LongAdder refused = new LongAdder();
    private final Object changing = new Object();
    private volatile TokenBucket bucket;

    /** A limit with a full bucket. */
    public RateLimit(String name, RatePolicy policy, TimeSource time, DelayScheduler scheduler, Waiter waiter) {
        this.name = name;
        this.time = time;
        this.bucket = TokenBucket.full(policy, time.nanoTime());
        this.line = new WaitingLine<>(new Tokens(), time, scheduler, waiter);
    }

    /** What it guards. */
    public String name() {
        return name;
    }

    /** Takes a token of normal priority, without waiting. */
    public boolean tryAcquire() {
        return tryAcquire(Priority.NORMAL, time.nanoTime());
    }

    /**
     * Takes a token without waiting.
     *
     * @param nowNanos a reading of the limit's time source
     */
    public boolean tryAcquire(Priority priority, long nowNanos) {
        return tryTake(priority, nowNanos) || refuse();
    }

    /**
     * Takes a token, waiting for it if need be.
     *
     * @return false when there is none before the deadline, or too many wait
     * @throws InterruptedException when the thread is interrupted while it waits; nothing is taken then
     */
    public boolean acquire(Priority priority, Deadline deadline) throws InterruptedException {
        long now = time.nanoTime();
        if (tryTake(priority, now)) {
            return true;
        }
        if (isInVain(priority, deadline, now)) {
            return refuse();
        }
        return line.await(priority, bucket.policy().maxWaiting(), deadline.remainingNanos(now)) || refuse();
    }

    /**
     * Takes a token without blocking a thread. The future ends with whether there was one. Whoever has no more use for it cancels this
     * very future; if that returns false, the token has been taken, and may be given back.
     */
    public CompletableFuture<Boolean> acquireAsync(Priority priority, Deadline deadline) {
        long now = time.nanoTime();
        if (tryTake(priority, now)) {
            return CompletableFuture.completedFuture(true);
        }
        if (isInVain(priority, deadline, now)) {
            return CompletableFuture.completedFuture(refuse());
        }
        CompletableFuture<Boolean> token =
                line.awaitAsync(priority, bucket.policy().maxWaiting(), deadline.remainingNanos(now));
        var unused = token.whenComplete((given, cancelled) -> {
            if (cancelled == null && !given) {
                refuse();
            }
        });
        return token;
    }

    /** Puts a token back that was taken for what was never sent. Once for a token, and none that was not taken. */
    public void giveBack() {
        while (!bucket.giveBack()) {
            Thread.onSpinWait();
        }
        line.serve();
    }

    /** Follows another policy from now on. The tokens in the bucket stay, as many as it can hold, and so does who waits. */
    public void update(RatePolicy policy) {
        synchronized (changing) {
            bucket = bucket.succeededBy(policy, time.nanoTime());
        }
        line.serve();
    }

    /** Whether no token is missing and nobody waits for one. */
    boolean isFull() {
        return line.isEmpty() && bucket.missing(time.nanoTime()) <= 0;
    }

    /** Rate, tokens and counts as they are now. */
    public RateStatus status() {
        TokenBucket now = bucket;
        RatePolicy policy = now.policy();
        return new RateStatus(
                policy.enabled() ? policy.perSecond() : Double.POSITIVE_INFINITY,
                policy.burst(),
                Math.max(0, (int) (policy.burst() - now.missing(time.nanoTime()))),
                line.waiting(),
                refused.sum());
    }

    /** Whether its token would come after the deadline, those before it in the line served. */
    private boolean isInVain(Priority priority, Deadline deadline, long nowNanos) {
        TokenBucket now = bucket;
        long ahead = line.waitingAtOrAbove(priority) * now.intervalNanos();
        return deadline.hasPassed(nowNanos)
                || now.nanosUntilNext(priority, nowNanos) + ahead >= deadline.remainingNanos(nowNanos);
    }

    /** Who waits and is no less important goes first. */
    private boolean tryTake(Priority priority, long nowNanos) {
        return line.waitingAtOrAbove(priority) == 0 && take(priority, nowNanos);
    }

    private boolean take(Priority priority, long nowNanos) {
        while (true) {
            TokenBucket.Taken taken = bucket.tryTake(priority, nowNanos);
            if (taken != TokenBucket.Taken.ENDED) {
                return taken == TokenBucket.Taken.YES;
            }
            Thread.onSpinWait(); // another thread is putting the next bucket in place
        }
    }

    private boolean refuse() {
        refused.increment();
        return false;
    }

    @Override
    public String toString() {
        return "rate limit of " + name + ", " + status();
    }

    private final class Tokens implements WaitingLine.Source<Boolean> {

        @Override
        public @Nullable Boolean take(Priority priority) {
            return RateLimit.this.take(priority, time.nanoTime()) ? Boolean.TRUE : null;
        }

        @Override
        public void putBack(Boolean token) {
            giveBack();
        }

        @Override
        public Boolean refusal() {
            return false;
        }

        @Override
        public long nanosUntilNext(Priority priority) {
            return bucket.nanosUntilNext(priority, time.nanoTime());
        }
    }
}
