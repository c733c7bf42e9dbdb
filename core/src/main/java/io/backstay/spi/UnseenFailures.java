package io.backstay.spi;

import io.backstay.WatchedFuture;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of asynchronous failures that nobody looks at: a future that has failed is kept for 10 s, and what is to be said of it is
 * said once if nobody has looked by then. A success costs nothing, and neither does a failure at which somebody looks already.
 *
 * <p>One timer serves all. At most 1,000 failures are kept; when more come in 10 s that nobody looks at, it is said how many more
 * there were. What is kept when the scheduler ends is not told of. Thread-safe; nothing blocks.
 */
public final class UnseenFailures {

    /** How long somebody may take to look at a future that has failed. */
    public static final Duration GRACE = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.future");
    private static final int MOST = 1_000;

    private record Unseen(WatchedFuture<?> future, long sinceNanos, Runnable report) {}

    private final TimeSource time;
    private final DelayScheduler scheduler;

    private final ReentrantLock lock = new ReentrantLock();
    // All below: guarded by the lock.
    private final Deque<Unseen> kept = new ArrayDeque<>();
    private long dropped;
    private boolean scheduled;

    /** With nothing to tell of. */
    public UnseenFailures(TimeSource time, DelayScheduler scheduler) {
        this.time = time;
        this.scheduler = scheduler;
    }

    /**
     * Has a future end with a failure, or with a value that stands for one.
     *
     * @param ending ends it; false when it has ended already, and then there is nothing to tell
     * @param report tells of the failure, on a thread of the scheduler's; what it throws is logged
     */
    public void end(WatchedFuture<?> future, BooleanSupplier ending, Runnable report) {
        boolean isAwaited = future.isSeen();
        if (ending.getAsBoolean() && !isAwaited && !future.isSeen()) {
            keep(new Unseen(future, time.nanoTime(), report));
        }
    }

    private void keep(Unseen unseen) {
        lock.lock();
        try {
            while (!kept.isEmpty() && kept.getFirst().future.isSeen()) {
                kept.removeFirst();
            }
            if (kept.size() == MOST) {
                kept.removeFirst();
                dropped++;
            }
            kept.addLast(unseen);
            if (!scheduled) {
                scheduled = true;
                var unused = scheduler.schedule(this::check, GRACE);
            }
        } finally {
            lock.unlock();
        }
    }

    private void check() {
        List<Unseen> due = new ArrayList<>();
        long more;
        lock.lock();
        try {
            long now = time.nanoTime();
            while (!kept.isEmpty() && isDue(kept.getFirst(), now)) {
                due.add(kept.removeFirst());
            }
            scheduled = !kept.isEmpty();
            if (scheduled) {
                long age = now - kept.getFirst().sinceNanos;
                var unused = scheduler.schedule(this::check, GRACE.minusNanos(age));
            }
            more = dropped;
            dropped = 0;
        } finally {
            lock.unlock();
        }
        due.forEach(UnseenFailures::tell);
        if (more > 0) {
            LOG.warn("{} more asynchronous calls have failed, too many at once to see whether anybody looks", more);
        }
    }

    private static boolean isDue(Unseen unseen, long nowNanos) {
        return unseen.future.isSeen() || nowNanos - unseen.sinceNanos >= GRACE.toNanos();
    }

    private static void tell(Unseen unseen) {
        if (unseen.future.isSeen()) {
            return;
        }
        try {
            unseen.report.run();
        } catch (RuntimeException | Error e) {
            LOG.error("a failure that nobody has looked at could not be told of", e);
        }
    }
}
