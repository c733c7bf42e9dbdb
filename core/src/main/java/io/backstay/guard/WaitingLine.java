package io.backstay.guard;

import io.backstay.Priority;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.TimeSource;
import io.backstay.spi.Waiter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for a permit: served by priority, and within one priority in the order of their coming. Thread-safe.
 *
 * <p>First come, first served, although serving the newest first spares more deadlines in a long overload: the line is short
 * and bounded, so nobody in it grows old, each wait can be told in advance, and nobody is overtaken for ever. What does not fit is
 * shed from the low end instead: a full line gives the place of its least important newest waiter to a more important one.
 *
 * <p>Who waits is a future. A permit is first taken, then offered; a future that is done already (given up, cancelled) does not
 * take it, and it is put back. The lock guards the lists and the wake-up, and is held across nothing that blocks or is the user's.
 */
final class WaitingLine<T> {

    /** What is waited for. Called under the line's lock, except for {@link #putBack}. */
    interface Source<T> {

        /** Takes a permit if there is one, whoever waits. */
        @Nullable
        T take(Priority priority);

        /** Takes back a permit that nobody had use for. */
        void putBack(T permit);

        /** What those get who get no permit. */
        T refusal();

        /** When there may be a permit by the mere passing of time; {@link Long#MAX_VALUE} for never. */
        long nanosUntilNext(Priority priority);
    }

    static final long NEVER = Long.MAX_VALUE;

    private static final Priority[] PRIORITIES = Priority.values();

    private final Source<T> source;
    private final TimeSource time;
    private final DelayScheduler scheduler;
    private final Waiter waiter;

    private final ReentrantLock lock = new ReentrantLock();
    private final List<ArrayDeque<Waiting<T>>> lines = new ArrayList<>();
    private @Nullable Cancellable wakeUp;
    private long wakeUpNanos;
    /** How many wait, by priority; written under the lock, read without. */
    private volatile long counts;

    WaitingLine(Source<T> source, TimeSource time, DelayScheduler scheduler, Waiter waiter) {
        this.source = source;
        this.time = time;
        this.scheduler = scheduler;
        this.waiter = waiter;
        for (int i = 0; i < PRIORITIES.length; i++) {
            lines.add(new ArrayDeque<>());
        }
    }

    boolean isEmpty() {
        return counts == 0;
    }

    /** How many of this priority wait. */
    int waiting(Priority priority) {
        return Lanes.get(counts, priority);
    }

    /** How many wait that are at least as important. */
    int waitingAtOrAbove(Priority priority) {
        return Lanes.sumAtOrAbove(counts, priority);
    }

    int waiting() {
        return Lanes.sum(counts);
    }

    /** Waits on this thread, so many nanoseconds at most. */
    T await(Priority priority, int maxWaiting, long nanos) throws InterruptedException {
        Waiting<T> mine = join(priority, maxWaiting, false);
        if (mine == null) {
            return source.refusal();
        }
        boolean returned = false;
        try {
            waiter.await(mine.future, nanos);
            returned = true;
        } finally {
            leave(mine);
            if (!returned) {
                putBack(mine.future.join());
            }
        }
        return mine.future.join();
    }

    /** Waits without a thread. Whoever cancels the future leaves the line. */
    CompletableFuture<T> awaitAsync(Priority priority, int maxWaiting, long nanos) {
        Waiting<T> mine = join(priority, maxWaiting, true);
        if (mine == null) {
            return CompletableFuture.completedFuture(source.refusal());
        }
        Cancellable timeout = scheduler.schedule(() -> leave(mine), Duration.ofNanos(nanos));
        var unused = mine.future.whenComplete((permit, failure) -> {
            timeout.cancel();
            remove(mine);
        });
        return mine.future;
    }

    /** Offers what there is to those who wait. To be called after each change that may have made a permit free. */
    void serve() {
        if (counts == 0) {
            return;
        }
        List<Offer<T>> offers = new ArrayList<>();
        lock.lock();
        try {
            for (Priority priority : PRIORITIES) {
                serve(priority, offers);
            }
            publish();
            setWakeUp();
        } finally {
            lock.unlock();
        }
        offers.forEach(this::hand);
    }

    private void serve(Priority priority, List<Offer<T>> offers) {
        ArrayDeque<Waiting<T>> line = line(priority);
        while (!line.isEmpty()) {
            Waiting<T> first = line.getFirst();
            if (!first.future.isDone()) {
                T permit = source.take(priority);
                if (permit == null) {
                    return;
                }
                offers.add(new Offer<>(first, permit));
            }
            line.removeFirst();
            first.isQueued = false;
        }
    }

    /** A future that somebody may have chained work to is never completed on the thread that gave the permit back. */
    private void hand(Offer<T> offer) {
        if (offer.to.isAsync) {
            scheduler.schedule(() -> settle(offer), Duration.ZERO);
        } else {
            settle(offer);
        }
    }

    private void settle(Offer<T> offer) {
        if (!offer.to.future.complete(offer.permit)) {
            putBack(offer.permit);
        }
    }

    private void putBack(T permit) {
        if (!permit.equals(source.refusal())) {
            source.putBack(permit);
        }
    }

    /** Null when there is no place. */
    private @Nullable Waiting<T> join(Priority priority, int maxWaiting, boolean isAsync) {
        Waiting<T> mine = new Waiting<>(priority, isAsync);
        Waiting<T> shed = null;
        lock.lock();
        try {
            if (Lanes.sum(counts) >= maxWaiting) {
                shed = pollLessImportantThan(priority);
                if (shed == null) {
                    return null;
                }
                shed.isQueued = false;
            }
            line(priority).addLast(mine);
            mine.isQueued = true;
            publish();
        } finally {
            lock.unlock();
        }
        if (shed != null) {
            hand(new Offer<>(shed, source.refusal()));
        }
        serve();
        return mine;
    }

    /** The newest of the least important, if that is less important than this. */
    private @Nullable Waiting<T> pollLessImportantThan(Priority priority) {
        for (int i = PRIORITIES.length - 1; i > Lanes.index(priority); i--) {
            Waiting<T> newest = lines.get(i).pollLast();
            if (newest != null) {
                return newest;
            }
        }
        return null;
    }

    /** Gives up, unless a permit has come already; either way the future is done afterwards. */
    private void leave(Waiting<T> mine) {
        mine.future.complete(source.refusal());
        remove(mine);
    }

    private void remove(Waiting<T> mine) {
        lock.lock();
        try {
            if (mine.isQueued) {
                line(mine.priority).remove(mine);
                mine.isQueued = false;
                publish();
            }
        } finally {
            lock.unlock();
        }
    }

    private ArrayDeque<Waiting<T>> line(Priority priority) {
        return lines.get(Lanes.index(priority));
    }

    private void publish() {
        long sizes = 0;
        for (Priority priority : PRIORITIES) {
            sizes += Lanes.one(priority) * line(priority).size();
        }
        counts = sizes;
        if (sizes == 0 && wakeUp != null) {
            wakeUp.cancel();
            wakeUp = null;
        }
    }

    private void setWakeUp() {
        long nanos = NEVER;
        for (Priority priority : PRIORITIES) {
            if (!line(priority).isEmpty()) {
                nanos = Math.min(nanos, source.nanosUntilNext(priority));
            }
        }
        if (nanos == NEVER) {
            return;
        }
        long at = time.nanoTime() + nanos;
        if (wakeUp != null) {
            if (wakeUpNanos - at <= 0) {
                return;
            }
            wakeUp.cancel();
        }
        wakeUpNanos = at;
        wakeUp = scheduler.schedule(this::wake, Duration.ofNanos(nanos));
    }

    private void wake() {
        lock.lock();
        try {
            wakeUp = null;
        } finally {
            lock.unlock();
        }
        serve();
    }

    private record Offer<T>(Waiting<T> to, T permit) {}

    private static final class Waiting<T> {
        final Priority priority;
        final boolean isAsync;
        /** Whether it stands in its line; guarded by the lock. */
        boolean isQueued;

        final CompletableFuture<T> future = new CompletableFuture<>();

        Waiting(Priority priority, boolean isAsync) {
            this.priority = priority;
            this.isAsync = isAsync;
        }
    }
}
