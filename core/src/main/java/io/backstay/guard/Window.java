package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * What a closed breaker has seen: outcomes by time or of the last so many calls, what is in flight, and the row of failures.
 * Where buckets of time suit both outcomes and calls in flight, one set of them holds both.
 */
final class Window {

    /** How many buckets what is slow may take, to be told from what is not while the ring still has its bucket. */
    private static final int SLOW_BUCKETS = TimeBuckets.SLOTS - 2;
    /** Where outcomes need no buckets, the time of a slow call is cut into so many. */
    private static final int BUCKETS_OF_SLOW = 10;

    private static final AtomicIntegerFieldUpdater<Window> STREAK =
            AtomicIntegerFieldUpdater.newUpdater(Window.class, "streak");

    private final int generation;
    private final TimeBuckets inFlight;
    private final @Nullable TimeBuckets byTime;
    private final @Nullable LastCalls byCount;
    /** Of another shape, until the calls that started under it have ended. */
    private final @Nullable Window previous;

    private volatile int streak;

    private Window(
            int generation,
            TimeBuckets inFlight,
            @Nullable TimeBuckets byTime,
            @Nullable LastCalls byCount,
            @Nullable Window previous) {
        this.generation = generation;
        this.inFlight = inFlight;
        this.byTime = byTime;
        this.byCount = byCount;
        this.previous = previous;
    }

    static Window of(CircuitBreakerPolicy policy, long nowNanos) {
        return of(policy, nowNanos, 0, null);
    }

    private static Window of(CircuitBreakerPolicy policy, long nowNanos, int generation, @Nullable Window previous) {
        long bucketNanos = policy.window().toNanos() / TimeBuckets.WINDOW;
        long slowNanos = policy.slowCallTime().toNanos();
        boolean byCount = policy.lastCalls().isPresent();
        boolean together = !byCount && (!policy.usesSlowCallRate() || slowNanos <= SLOW_BUCKETS * bucketNanos);
        TimeBuckets inFlight = new TimeBuckets(together ? bucketNanos : slowNanos / BUCKETS_OF_SLOW, nowNanos);
        return new Window(
                generation,
                inFlight,
                byCount ? null : together ? inFlight : new TimeBuckets(bucketNanos, nowNanos),
                byCount ? new LastCalls(policy.lastCalls().getAsInt()) : null,
                previous);
    }

    /**
     * This window where its shape suits the policy, or another that holds what it held as well as can be. Where permits cannot tell
     * one more from those before, {@link #isFirst} is true of it, and what is on its way is left behind.
     */
    Window suiting(CircuitBreakerPolicy policy, long nowNanos) {
        int number = (generation + 1) % Permits.GENERATIONS;
        Window next = of(policy, nowNanos, number, number == 0 ? null : inUse());
        if (hasShapeOf(next)) {
            return this;
        }
        if (next.byTime != null) {
            if (byTime != null) {
                next.byTime.fillFrom(byTime, nowNanos);
            } else if (byCount != null) {
                next.byTime.fillFrom(byCount);
            }
        } else if (next.byCount != null) {
            if (byCount != null) {
                next.byCount.fillFrom(byCount);
            } else {
                next.byCount.fillFrom(totals(nowNanos), slowTotals(nowNanos));
            }
        }
        next.streak = streak;
        return next;
    }

    private boolean hasShapeOf(Window other) {
        return inFlight.bucketNanos() == other.inFlight.bucketNanos()
                && (byTime == null ? 0 : byTime.bucketNanos())
                        == (other.byTime == null ? 0 : other.byTime.bucketNanos())
                && (byCount == null ? 0 : byCount.size()) == (other.byCount == null ? 0 : other.byCount.size())
                && (byTime == inFlight) == (other.byTime == other.inFlight);
    }

    /** Whether the permits of its phase can come from no other window. */
    boolean isFirst() {
        return generation == 0;
    }

    /** This window without those before it in which nothing is in flight. */
    private @Nullable Window inUse() {
        Window older = previous == null ? null : previous.inUse();
        if (older == null && inFlight.inFlight() == 0) {
            return null;
        }
        return older == previous ? this : new Window(generation, inFlight, byTime, byCount, older);
    }

    /** The buckets that new calls start in. */
    TimeBuckets starts() {
        return inFlight;
    }

    /** Whether a call ends in the same cell that it started in, as long as its bucket lasts. */
    boolean endsWhereItStarts() {
        return byTime == inFlight;
    }

    long generationBits() {
        return Permits.generation(generation);
    }

    /** Starts an attempt; the place that its permit takes note of, or 0. */
    long enter(long nowNanos) {
        long where = inFlight.enter(nowNanos);
        return where == 0 ? 0 : where | generationBits();
    }

    /** Ends an attempt's time in flight. */
    void leave(long permit, long nowNanos) {
        if (!Permits.isRunning(permit)) {
            return;
        }
        for (Window window = this; window != null; window = window.previous) {
            if (Permits.generationOf(permit) == window.generation) {
                window.inFlight.leave(permit, nowNanos);
                return;
            }
        }
    }

    /** Ends an attempt and counts how; of how many failures in a row it is the last, 0 where it did not fail. */
    int end(long permit, Ending ending, boolean slow, long nowNanos) {
        leave(permit, nowNanos);
        boolean failed = ending == Ending.FAILURE;
        if (failed || ending == Ending.SUCCESS) {
            record(failed, slow, permit, nowNanos);
        } else if (slow && ending == Ending.IGNORED) {
            recordSlowOnly(nowNanos);
        }
        if (failed) {
            return STREAK.incrementAndGet(this);
        }
        if (ending != Ending.IGNORED) {
            endStreak();
        }
        return 0;
    }

    void record(boolean failed, boolean slow, long permit, long nowNanos) {
        if (byTime != null) {
            byTime.record(Permits.stripeOf(permit), failed, slow, nowNanos);
        } else if (byCount != null) {
            byCount.record(failed, slow);
        }
    }

    void recordSlowOnly(long nowNanos) {
        if (byTime != null) {
            byTime.recordSlowOnly(nowNanos);
        } else if (byCount != null) {
            byCount.recordSlowOnly();
        }
    }

    /** Calls and failures. */
    long totals(long nowNanos) {
        return byTime != null ? byTime.totals(nowNanos) : byCount != null ? byCount.totals() : 0;
    }

    /** What ended slow, and as failures what of it is not among the calls. */
    long slowTotals(long nowNanos) {
        return byTime != null ? byTime.slowTotals(nowNanos) : byCount != null ? byCount.slowTotals() : 0;
    }

    int inFlight() {
        return inFlight.inFlight() + (previous == null ? 0 : previous.inFlight());
    }

    int inFlightLongerThan(long nanos, long nowNanos) {
        return inFlight.inFlightLongerThan(nanos, nowNanos)
                + (previous == null ? 0 : previous.inFlightLongerThan(nanos, nowNanos));
    }

    int streak() {
        return streak;
    }

    /** Writes only where there is something to end: the value is shared by all threads. */
    void endStreak() {
        if (streak != 0) {
            streak = 0;
        }
    }
}
