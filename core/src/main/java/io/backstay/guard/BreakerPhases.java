package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.RandomSource;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The innermost part of a {@link CircuitBreaker}: the phase that holds, and how each follows the one before. Whoever reads takes no
 * lock, whoever changes takes {@link #changing}; listeners are told once it is free again.
 */
abstract class BreakerPhases {

    /** The share of calls that a ramp begins with. */
    private static final double FIRST_SHARE = 0.1;

    final TimeSource time;
    final Transitions transitions;

    /** Held to change the phase, and for what follows. Nothing waits under it. */
    final ReentrantLock changing = new ReentrantLock();

    final Outage outage = new Outage();
    private DelayScheduler.@Nullable Cancellable timer;

    volatile Phase phase;

    private final RandomSource random;
    private final DelayScheduler scheduler;

    BreakerPhases(
            CircuitBreakerPolicy policy,
            TimeSource time,
            DelayScheduler scheduler,
            RandomSource random,
            Transitions transitions) {
        this.time = time;
        this.scheduler = scheduler;
        this.random = random;
        this.transitions = transitions;
        long now = time.nanoTime();
        this.phase = policy.enabled() ? Phase.closed(0, now, policy, 0) : Phase.disabled(0, now, policy);
    }

    /** Tells listeners of changes that they have not been told of; without the lock. */
    abstract void deliver();

    /** The phase that holds now: an open one whose time is over becomes half-open here, and a bucket that is over the next. */
    final Phase current(long nowNanos) {
        Phase now = phase;
        return isOver(now, nowNanos) ? next(nowNanos) : now;
    }

    private static boolean isOver(Phase phase, long nowNanos) {
        return phase.state == BreakerState.OPEN
                ? nowNanos - phase.untilNanos >= 0
                : phase.window != null && nowNanos - phase.bucketEndNanos >= 0;
    }

    private Phase next(long nowNanos) {
        changing.lock();
        try {
            Phase now = phase;
            if (isOver(now, nowNanos)) {
                if (now.window != null) {
                    turn(now, now.window, nowNanos);
                } else {
                    String reason = "after "
                            + Duration.ofNanos(now.untilNanos - now.sinceNanos).toMillis() + " ms";
                    moveTo(Phase.halfOpen(now.epoch + 1, nowNanos, now.policy), reason);
                }
            }
        } finally {
            changing.unlock();
        }
        deliver();
        return phase;
    }

    /** Goes on to the next bucket; the moment to see whether calls on their way have become slow. */
    private void turn(Phase now, Window window, long nowNanos) {
        window.starts().turn(nowNanos);
        phase = now.turned();
        String reason = now.state == BreakerState.DISABLED ? null : TripRules.slow(now.policy, window, nowNanos);
        if (reason != null) {
            open(now, reason, nowNanos, null);
        }
    }

    /** Draws the conclusion from a probe that has ended. */
    final void judge(Phase now, Ending ending, boolean slow, long nowNanos, @Nullable Duration retryAfter) {
        if (ending == Ending.FAILURE) {
            trip(now, "probe failed", nowNanos, retryAfter);
        } else if (slow && ending != Ending.ALIVE) {
            trip(now, "probe was slow", nowNanos, null);
        } else if (ending != Ending.IGNORED) {
            recover(now, nowNanos);
        }
    }

    /** Opens it, unless the phase has been another since. */
    final void trip(Phase seen, String reason, long nowNanos, @Nullable Duration retryAfter) {
        changing.lock();
        try {
            Phase now = phase;
            if (now.epoch == seen.epoch && now.state != BreakerState.DISABLED) {
                open(now, reason, nowNanos, retryAfter);
            }
        } finally {
            changing.unlock();
        }
        deliver();
    }

    private void open(Phase from, String reason, long nowNanos, @Nullable Duration retryAfter) {
        int opening = outage.open(nowNanos);
        long openNanos = OpenTime.nanos(from.policy, opening, retryAfter, random);
        moveTo(Phase.open(from.epoch + 1, nowNanos, from.policy, openNanos), reason);
    }

    /** Counts a probe that went well, and closes when they are enough; unless the phase has been another since. */
    final void recover(Phase seen, long nowNanos) {
        changing.lock();
        try {
            Phase now = phase;
            if (now.epoch == seen.epoch && now.probes != null && now.probes.succeed() >= now.policy.probeSuccesses()) {
                outage.recover(nowNanos);
                long rampNanos = now.policy.ramp().toNanos();
                moveTo(Phase.closed(now.epoch + 1, nowNanos, now.policy, rampNanos), "service recovered");
            }
        } finally {
            changing.unlock();
        }
        deliver();
    }

    /** A tenth of the calls at the ramp's beginning, all at its end, evenly more in between. */
    final boolean refusesByRamp(Phase now, long nowNanos) {
        if (now.admitsAll) {
            return false;
        }
        double part = (double) (nowNanos - now.sinceNanos) / (now.untilNanos - now.sinceNanos);
        if (part >= 1) {
            endRamp(now);
            return false;
        }
        return random.nextDouble() >= FIRST_SHARE + (1 - FIRST_SHARE) * Math.max(0, part);
    }

    private void endRamp(Phase seen) {
        changing.lock();
        try {
            if (phase == seen) {
                phase = seen.ramped();
            }
        } finally {
            changing.unlock();
        }
    }

    /** Takes a probe's place; its permit, or {@link CircuitBreaker#REFUSED}. */
    final long startProbe(long nowNanos) {
        changing.lock();
        try {
            Phase now = phase;
            return now.probes == null
                    ? CircuitBreaker.REFUSED
                    : now.probes.acquire(now.epoch, now.policy.probeWait().toNanos(), nowNanos);
        } finally {
            changing.unlock();
        }
    }

    /** Puts a changed permit in a probe's place; the permit that holds from now on. */
    final long replaceProbe(long permit, long changed) {
        changing.lock();
        try {
            Phase now = phase;
            return now.gave(permit) && now.probes != null ? now.probes.replace(permit, changed) : permit;
        } finally {
            changing.unlock();
        }
    }

    /** Frees a probe's place; false when it was given up before. */
    final boolean endProbe(long permit) {
        changing.lock();
        try {
            Phase now = phase;
            return now.probes != null && now.gave(permit) && now.probes.end(permit);
        } finally {
            changing.unlock();
        }
    }

    /** Makes a change of state, with the lock held; whoever calls delivers it once it is not. */
    final void moveTo(Phase to, String reason) {
        BreakerState from = phase.state;
        phase = to;
        setTimer(to, to.sinceNanos);
        if (from != to.state) {
            transitions.add(from, to.state, reason);
        }
    }

    /** Has OPEN become HALF_OPEN in time, whether or not anybody calls; with the lock held. */
    final void setTimer(Phase to, long nowNanos) {
        if (timer != null) {
            timer.cancel();
        }
        timer = to.state == BreakerState.OPEN
                ? scheduler.schedule(() -> current(time.nanoTime()), Duration.ofNanos(to.untilNanos - nowNanos))
                : null;
    }
}
