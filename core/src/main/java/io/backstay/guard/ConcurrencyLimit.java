package io.backstay.guard;

import io.backstay.ConcurrencyPolicy;
import io.backstay.Deadline;
import io.backstay.Priority;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.TimeSource;
import io.backstay.spi.Waiter;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how many calls run at once, with a fixed limit or one that follows the latency, shared by priority. Thread-safe. Taking a
 * permit is one compare-and-set and giving it back one addition while nobody waits; neither allocates.
 *
 * <p>Each priority is promised a share ({@code ceil(limit x share)}) that stays free for it; the rest is for all. Who waits is served by
 * priority, then in order, and whoever comes does not overtake waiters of the same or a greater priority, unless within a promise
 * that they have no part in. When no more may wait, the least important newest waiter makes room for a more important one.
 *
 * <p>Each permit is given back once, by {@link #onSuccess}, {@link #onDropped} or {@link #onIgnored}, from any thread. What is never
 * granted (refused, timed out, cancelled, interrupted) takes nothing. When the limit sinks, permits in flight stay valid and none is
 * given until enough are back.
 */
public final class ConcurrencyLimit {

    /** What the methods that take a permit give in place of one. */
    public static final long REFUSED = -1;

    private static final Priority[] PRIORITIES = Priority.values();

    private final String name;
    private final TimeSource time;
    private final WaitingLine<Long> line;
    private final Places places;
    private final LimitSize size;
    private final LongAdder[] refused = new LongAdder[PRIORITIES.length];

    /** A limit with nothing in flight. */
    public ConcurrencyLimit(
            String name, ConcurrencyPolicy policy, TimeSource time, DelayScheduler scheduler, Waiter waiter) {
        this.name = name;
        this.time = time;
        this.places = new Places(name);
        this.size = new LimitSize(policy, time);
        this.line = new WaitingLine<>(new Permits(), time, scheduler, waiter);
        for (int i = 0; i < refused.length; i++) {
            refused[i] = new LongAdder();
        }
    }

    /** What it guards. */
    public String name() {
        return name;
    }

    /** Takes a permit of normal priority without waiting. */
    public long tryAcquire() {
        return tryAcquire(Priority.NORMAL, time.nanoTime());
    }

    /**
     * Takes a permit without waiting.
     *
     * @param nowNanos a reading of the limit's time source
     * @return the permit, or {@link #REFUSED}
     */
    public long tryAcquire(Priority priority, long nowNanos) {
        if (tryTake(priority, nowNanos)) {
            return Places.permit(priority, nowNanos);
        }
        countRefused(priority);
        return REFUSED;
    }

    /**
     * Takes a permit, waiting for it if need be, until the deadline at most.
     *
     * @return the permit, or {@link #REFUSED} when the deadline passed or too many wait
     * @throws InterruptedException when the thread is interrupted while it waits; nothing is taken then
     */
    public long acquire(Priority priority, Deadline deadline) throws InterruptedException {
        long now = time.nanoTime();
        if (tryTake(priority, now)) {
            return Places.permit(priority, now);
        }
        long permit = deadline.hasPassed(now)
                ? REFUSED
                : line.await(priority, size.policy().maxWaiting(), deadline.remainingNanos(now));
        if (permit == REFUSED) {
            countRefused(priority);
        }
        return permit;
    }

    /**
     * Takes a permit without blocking a thread. The future ends with the permit, or with {@link #REFUSED} when the deadline passes or too
     * many wait. Whoever has no more use for it cancels this very future; if that returns false, the permit has come and is to be given back.
     * Stages that depend on it never run on a thread that gives a permit back.
     */
    public CompletableFuture<Long> acquireAsync(Priority priority, Deadline deadline) {
        long now = time.nanoTime();
        if (tryTake(priority, now)) {
            return CompletableFuture.completedFuture(Places.permit(priority, now));
        }
        if (deadline.hasPassed(now)) {
            countRefused(priority);
            return CompletableFuture.completedFuture(REFUSED);
        }
        CompletableFuture<Long> permit =
                line.awaitAsync(priority, size.policy().maxWaiting(), deadline.remainingNanos(now));
        var unused = permit.whenComplete((given, cancelled) -> {
            if (cancelled == null && given == REFUSED) {
                countRefused(priority);
            }
        });
        return permit;
    }

    /** Takes a permit without waiting, for a try-with-resources; empty when refused. */
    public Optional<Permit> tryEnter(Priority priority) {
        return entered(tryAcquire(priority, time.nanoTime()));
    }

    /** Takes a permit for a try-with-resources as {@link #acquire} does; empty when refused. */
    public Optional<Permit> enter(Priority priority, Deadline deadline) throws InterruptedException {
        return entered(acquire(priority, deadline));
    }

    private Optional<Permit> entered(long permit) {
        return permit == REFUSED ? Optional.empty() : Optional.of(new Permit(this, permit));
    }

    /** Gives a permit back: what it was for went well, and has taken since the permit was given. */
    public void onSuccess(long permit, long nowNanos) {
        int before = places.giveBack(permit);
        if (size.isAdaptive()) {
            size.learn(Places.ageNanos(permit, nowNanos), before, nowNanos);
        }
        line.serve();
    }

    /** Gives a permit back: the other side refused for overload, or did not answer in time. */
    public void onDropped(long permit, long nowNanos) {
        int before = places.giveBack(permit);
        size.learnOverload(before, nowNanos);
        line.serve();
    }

    /** Gives a permit back: how it went says nothing about load. */
    public void onIgnored(long permit) {
        places.giveBack(permit);
        line.serve();
    }

    /**
     * Tells an adaptive limit of a latency, where a permit lasts longer than what is measured, as a call of several attempts; its
     * permit is then given back by {@link #onIgnored}.
     */
    public void onLatency(long latencyNanos, long nowNanos) {
        if (size.learn(latencyNanos, places.sum(), nowNanos)) {
            line.serve();
        }
    }

    /** Tells an adaptive limit of an overload, likewise. */
    public void onOverload(long nowNanos) {
        if (size.learnOverload(places.sum(), nowNanos)) {
            line.serve();
        }
    }

    /** Follows another policy from now on. Permits in flight and waiters stay; an adaptive limit keeps what it learned. */
    public void update(ConcurrencyPolicy policy) {
        size.update(policy);
        line.serve();
    }

    /** The limit now. */
    public int limit() {
        return size.shares().limit();
    }

    /** How many permits are out. */
    public int inFlight() {
        return places.sum();
    }

    /** Whether no permit is out and nobody waits for one. */
    boolean isAtRest() {
        return places.taken() == 0 && line.isEmpty();
    }

    /** Limit and counts as they are now. */
    public ConcurrencyStatus status() {
        Shares now = size.shares();
        long flying = places.taken();
        Map<Priority, ConcurrencyStatus.OfPriority> priorities = new EnumMap<>(Priority.class);
        long refusals = 0;
        for (Priority each : PRIORITIES) {
            long ofEach = refused[Lanes.index(each)].sum();
            refusals += ofEach;
            priorities.put(
                    each,
                    new ConcurrencyStatus.OfPriority(
                            now.promised(each), Lanes.get(flying, each), line.waiting(each), ofEach));
        }
        return new ConcurrencyStatus(
                now.limit(), Lanes.sum(flying), line.waiting(), refusals, size.idleLatency(), Map.copyOf(priorities));
    }

    /** Whether a permit was free; it is taken then. */
    private boolean tryTake(Priority priority, long nowNanos) {
        if (!mustWait(priority) && places.take(priority, size)) {
            return true;
        }
        if (!size.onRefused(nowNanos)) {
            return false;
        }
        line.serve();
        return !mustWait(priority) && places.take(priority, size);
    }

    /** Who waits goes first, except where a newcomer takes nothing that a waiter could have. */
    private boolean mustWait(Priority priority) {
        if (line.isEmpty() || line.waitingAtOrAbove(priority) == 0) {
            return false;
        }
        return line.waiting(priority) > 0 || !size.shares().isPromised(priority, places.taken());
    }

    private void countRefused(Priority priority) {
        refused[Lanes.index(priority)].increment();
    }

    @Override
    public String toString() {
        return "concurrency limit of " + name + ", " + inFlight() + " of " + limit() + " in flight";
    }

    private final class Permits implements WaitingLine.Source<Long> {

        @Override
        public @Nullable Long take(Priority priority) {
            return places.take(priority, size) ? Places.permit(priority, time.nanoTime()) : null;
        }

        @Override
        public void putBack(Long permit) {
            onIgnored(permit);
        }

        @Override
        public Long refusal() {
            return REFUSED;
        }

        @Override
        public long nanosUntilNext(Priority priority) {
            return WaitingLine.NEVER;
        }
    }

    /** A permit that gives itself back: closed any number of times, it is given back once. Thread-safe. */
    public static final class Permit implements AutoCloseable {

        private enum Outcome {
            IGNORED,
            SUCCESS,
            DROPPED
        }

        private final ConcurrencyLimit limit;
        private final AtomicLong permit;
        private volatile Outcome outcome = Outcome.IGNORED;

        private Permit(ConcurrencyLimit limit, long permit) {
            this.limit = limit;
            this.permit = new AtomicLong(permit);
        }

        /** What it was for went well, so that the time until {@link #close} tells about the load. */
        public void succeeded() {
            outcome = Outcome.SUCCESS;
        }

        /** The other side refused for overload, or did not answer in time. */
        public void dropped() {
            outcome = Outcome.DROPPED;
        }

        @Override
        public void close() {
            long held = permit.getAndSet(REFUSED);
            if (held == REFUSED) {
                return;
            }
            switch (outcome) {
                case SUCCESS -> limit.onSuccess(held, limit.time.nanoTime());
                case DROPPED -> limit.onDropped(held, limit.time.nanoTime());
                case IGNORED -> limit.onIgnored(held);
            }
        }
    }
}
