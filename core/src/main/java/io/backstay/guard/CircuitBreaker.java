package io.backstay.guard;

import io.backstay.CallDetails;
import io.backstay.CallRejectedException;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.RandomSource;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Refuses calls to what keeps failing or keeps being slow, and lets a probe through after a while to see whether it is back.
 * Thread-safe; neither taking a permit nor giving it back waits or allocates, and no lock is taken but to change the state or, ten
 * times in a window, its bucket.
 *
 * <p>A permit belongs to the phase that gave it. A result that comes after the breaker has moved on changes nothing: a success
 * from before it opened does not close it, and a failure from before it closed does not count again.
 *
 * <p>Each permit is given back once, by {@link #onSuccess}, {@link #onFailure}, {@link #onAlive} or {@link #onIgnored}, on any
 * thread. A call of several attempts with waits in between calls {@link #suspend} and {@link #resume} round each wait, so that
 * waiting never looks slow. Methods with {@code nowNanos} take a reading of the breaker's time source, for callers that have one;
 * those without read it themselves.
 */
public final class CircuitBreaker extends BreakerControls {

    /** What {@link #tryAcquire} gives in place of a permit. */
    public static final long REFUSED = -1;

    /** Is told of each change, in order, on a thread that caused one; what it throws is logged. */
    @FunctionalInterface
    public interface TransitionListener {
        /** The breaker went from one state to another. */
        void onTransition(CircuitBreaker breaker, BreakerState from, BreakerState to, String reason);
    }

    /** When a call last asked, to the length of a bucket; reading the status does not count. */
    private volatile long usedNanos;

    /** A closed breaker, or a disabled one. The scheduler turns OPEN into HALF_OPEN in time, whether or not anybody calls. */
    public CircuitBreaker(
            String name,
            CircuitBreakerPolicy policy,
            TimeSource time,
            DelayScheduler scheduler,
            RandomSource random,
            TransitionListener listener) {
        super(name, policy, time, scheduler, random, new Transitions(listener));
        this.usedNanos = phase.sinceNanos;
    }

    /** A breaker on the clocks of the machine that nobody listens to. */
    public static CircuitBreaker of(String name, CircuitBreakerPolicy policy) {
        SystemTime system = SystemTime.shared();
        return new CircuitBreaker(
                name, policy, system, system, RandomSource.system(), (breaker, from, to, reason) -> {});
    }

    /** Takes a permit without waiting, at this moment: see {@link #tryAcquire(long)}. */
    public long tryAcquire() {
        return tryAcquire(time.nanoTime());
    }

    /**
     * Takes a permit without waiting.
     *
     * @return the permit, or {@link #REFUSED}
     */
    public long tryAcquire(long nowNanos) {
        Phase now = phase;
        if (now.admitsAll && nowNanos - now.bucketEndNanos < 0) {
            int stripe = TimeBuckets.stripe();
            long[] cells = now.cells;
            int index = now.slot + (stripe << TimeBuckets.SLOT_BITS);
            long empty = Cell.emptyOf(now.permitBase);
            long permit = now.permitBase | Permits.stripe(stripe) | Permits.tick(nowNanos);
            long before = Cell.add(cells, index, Cell.ONE_IN_FLIGHT);
            return Cell.tookStart(before, empty) ? permit : startedElsewhere(now, permit, before, nowNanos);
        }
        return tryAcquireSlowly(nowNanos);
    }

    /** The cell has come to serve another bucket since, which the call belongs to then; or it is full, and another takes the call. */
    private static long startedElsewhere(Phase now, long permit, long before, long nowNanos) {
        long actual = Permits.withBucket(permit, (Cell.stamp(before) << TimeBuckets.SLOT_BITS) | now.slot);
        if (Cell.takesStart(before) || now.window == null) {
            return actual;
        }
        now.window.leave(actual, nowNanos);
        return enter(now, now.window, nowNanos);
    }

    private long tryAcquireSlowly(long nowNanos) {
        usedNanos = nowNanos;
        Phase now = current(nowNanos);
        if (now.window != null) {
            return refusesByRamp(now, nowNanos) ? REFUSED : enter(now, now.window, nowNanos);
        }
        Probes probes = now.probes;
        return probes == null || probes.refuses(nowNanos) || waitsForHealthCheck(now, nowNanos)
                ? REFUSED
                : startProbe(nowNanos);
    }

    private static long enter(Phase phase, Window window, long nowNanos) {
        long permit = Permits.ofEpoch(phase.epoch);
        long where = window.enter(nowNanos);
        return where == 0 ? permit : permit | where | Permits.tick(nowNanos);
    }

    private static boolean waitsForHealthCheck(Phase phase, long nowNanos) {
        return phase.policy.probesByHealthCheck()
                && nowNanos - phase.sinceNanos < phase.policy.probeWait().toNanos();
    }

    /**
     * Takes a permit without waiting, for use with {@code try}.
     *
     * @throws CallRejectedException when the breaker refuses
     */
    public Permit acquire() {
        long now = time.nanoTime();
        long permit = tryAcquire(now);
        if (permit == REFUSED) {
            Duration wait = retryAfter(now);
            CallDetails details = new CallDetails(name(), null, "acquire", "permit", 0, Duration.ZERO, false);
            throw new CallRejectedException(
                    "circuit breaker", "it is " + state(), details, wait.isZero() ? null : wait);
        }
        return new Permit(this, permit);
    }

    /**
     * An attempt has ended and the call waits before its next one: from now on it is not in flight, and not slow for waiting. That
     * the attempt was slow stays with the permit.
     *
     * @return the permit to go on with, in place of this one
     */
    public long suspend(long permit, long nowNanos) {
        Phase now = phase;
        if (!now.gave(permit) || !Permits.isRunning(permit)) {
            return permit;
        }
        long suspended = Permits.suspended(permit, now.isSlow(permit, nowNanos));
        if (now.window != null) {
            now.window.leave(permit, nowNanos);
            return suspended;
        }
        return replaceProbe(permit, suspended);
    }

    /**
     * The next attempt of a suspended call begins.
     *
     * @return the permit to go on with, in place of this one
     */
    public long resume(long permit, long nowNanos) {
        Phase now = phase;
        if (!now.gave(permit) || Permits.isRunning(permit)) {
            return permit;
        }
        if (now.window != null) {
            long where = now.window.enter(nowNanos);
            return where == 0 ? permit : Permits.resumed(permit, where, nowNanos);
        }
        return replaceProbe(permit, Permits.resumed(permit, Permits.whereOf(permit), nowNanos));
    }

    /** Gives a permit back at this moment: see {@link #onSuccess(long, long)}. */
    public void onSuccess(long permit) {
        onSuccess(permit, time.nanoTime());
    }

    /** Gives a permit back: what it was for went well. */
    public void onSuccess(long permit, long nowNanos) {
        Phase now = phase;
        Window window = now.wholeWindow;
        if (window != null
                && (permit & Permits.COMMON_MASK) == now.permitBase
                && nowNanos - now.bucketEndNanos < 0
                && Permits.age(permit, nowNanos) < now.slowTicks) {
            long[] cells = now.cells;
            int index = now.slot + (Permits.stripeOf(permit) << TimeBuckets.SLOT_BITS);
            long cell = Cell.get(cells, index);
            if (Cell.takesEnd(cell, Cell.emptyOf(permit)) && Cell.change(cells, index, cell, Cell.ended(cell))) {
                window.endStreak();
                return;
            }
        }
        end(permit, Ending.SUCCESS, nowNanos, null);
    }

    /** Gives a permit back at this moment: see {@link #onFailure(long, long)}. */
    public void onFailure(long permit) {
        onFailure(permit, time.nanoTime());
    }

    /** Gives a permit back: what it was for failed. */
    public void onFailure(long permit, long nowNanos) {
        end(permit, Ending.FAILURE, nowNanos, null);
    }

    /**
     * Gives a permit back: what it was for failed, and the service said when to come back. Should this open the breaker, it stays
     * open for as long, but at least 1 s or its open time, whichever is less, and at most its greatest; a little longer by chance,
     * so that not all callers come back at once. Where the policy says not to follow this, it is a plain failure.
     */
    public void onFailure(long permit, long nowNanos, Duration retryAfter) {
        end(permit, Ending.FAILURE, nowNanos, retryAfter);
    }

    /**
     * Gives a permit back: there was an answer, which tells that the service is there but not that it does well, as a 404. Ends a
     * half-open state and a row of failures as a success does; counts in no rate.
     */
    public void onAlive(long permit, long nowNanos) {
        end(permit, Ending.ALIVE, nowNanos, null);
    }

    /** Gives a permit back: how it went says nothing about the service, nor does how long it took. */
    public void onIgnored(long permit) {
        Phase now = phase;
        if (now.window != null && now.gave(permit)) {
            now.window.leave(permit, time.nanoTime());
        } else if (now.probes != null) {
            endProbe(permit);
        }
    }

    /**
     * Gives a permit back: how it ended says nothing about the service, as a timeout shorter than the service has; but where it
     * took as long as a slow call, it counts as one.
     */
    public void onIgnored(long permit, long nowNanos) {
        end(permit, Ending.IGNORED, nowNanos, null);
    }

    private void end(long permit, Ending ending, long nowNanos, @Nullable Duration retryAfter) {
        Phase now = current(nowNanos);
        if (!now.gave(permit)) {
            return;
        }
        boolean slow = now.isSlow(permit, nowNanos);
        if (now.window != null) {
            int streak = now.window.end(permit, ending, slow, nowNanos);
            String reason = TripRules.afterEnd(now, now.window, ending, slow, streak, isHinted(nowNanos), nowNanos);
            if (reason != null) {
                trip(now, reason, nowNanos, retryAfter);
            }
        } else if (now.probes != null && endProbe(permit)) {
            judge(now, ending, slow, nowNanos, retryAfter);
        }
    }

    @Override
    void deliver() {
        if (transitions.isDue()) {
            transitions.deliver(this, changing);
        }
    }

    /** Whether it is closed, at rest, and has seen no call for so long; reads no clock. */
    boolean isIdle(long nanos, long nowNanos) {
        Phase now = phase;
        return now.state == BreakerState.CLOSED
                && now.window != null
                && nowNanos - usedNanos >= nanos
                && now.window.inFlight() == 0;
    }

    /** A permit that is given back by closing it. Not thread-safe. */
    public static final class Permit implements AutoCloseable {

        private final CircuitBreaker breaker;
        private long permit;

        private Permit(CircuitBreaker breaker, long permit) {
            this.breaker = breaker;
            this.permit = permit;
        }

        /** It went well. */
        public void succeed() {
            if (permit != REFUSED) {
                breaker.onSuccess(permit);
                permit = REFUSED;
            }
        }

        /** It failed. */
        public void fail() {
            if (permit != REFUSED) {
                breaker.onFailure(permit);
                permit = REFUSED;
            }
        }

        /** It says nothing about the service. */
        public void ignore() {
            if (permit != REFUSED) {
                breaker.onIgnored(permit);
                permit = REFUSED;
            }
        }

        /** Counts as a failure unless something else has been said: the block was left by an exception. */
        @Override
        public void close() {
            fail();
        }
    }
}
