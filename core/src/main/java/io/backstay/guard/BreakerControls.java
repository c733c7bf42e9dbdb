package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.RandomSource;
import io.backstay.spi.TimeSource;
import java.time.Duration;

/** The part of a {@link CircuitBreaker} that is not for calls: what it tells, and what hands, policies and peers do to it. */
abstract class BreakerControls extends BreakerPhases {

    private final String name;

    /** Until when peers' openings lower the thresholds. */
    private volatile long hintedUntilNanos;

    BreakerControls(
            String name,
            CircuitBreakerPolicy policy,
            TimeSource time,
            DelayScheduler scheduler,
            RandomSource random,
            Transitions transitions) {
        super(policy, time, scheduler, random, transitions);
        this.name = name;
        this.hintedUntilNanos = phase.sinceNanos;
    }

    /** What it guards. */
    public String name() {
        return name;
    }

    /** What it follows now. */
    public CircuitBreakerPolicy policy() {
        return phase.policy;
    }

    /** The state as it is now. */
    public BreakerState state() {
        return current(time.nanoTime()).state;
    }

    /** State, counts and times as they are now. */
    public BreakerStatus status() {
        long now = time.nanoTime();
        current(now);
        changing.lock();
        try {
            Phase seen = phase;
            return new BreakerStatus(
                    seen.state,
                    time.now(),
                    Duration.ofNanos(now - seen.sinceNanos),
                    seen.counts(now),
                    seen.retryAfter(now),
                    outage.timesOpened(),
                    outage.meanTimeToRecovery());
        } finally {
            changing.unlock();
        }
    }

    /** How long it will go on refusing; zero when it does not, or when only a hand can end it. */
    public Duration retryAfter(long nowNanos) {
        return phase.retryAfter(nowNanos);
    }

    /** Refuses all calls until {@link #close}, {@link #disable} or {@link #reset}. */
    public void forceOpen() {
        byHand(BreakerState.FORCED_OPEN, false, "forced open by hand");
    }

    /** Lets all calls through until {@link #close}, {@link #forceOpen} or {@link #reset}, whatever its policy; goes on counting. */
    public void disable() {
        byHand(BreakerState.DISABLED, true, "disabled by hand");
    }

    /**
     * Closes it at once, without a ramp, whatever the state, and ends an outage as recovered; no change when it is closed. Under a
     * policy that is disabled it goes back to being so.
     */
    public void close() {
        byHand(policy().enabled() ? BreakerState.CLOSED : BreakerState.DISABLED, false, "closed by hand");
    }

    private void byHand(BreakerState state, boolean disables, String reason) {
        long now = time.nanoTime();
        changing.lock();
        try {
            Phase from = phase;
            if (from.state == state) {
                phase = from.disabledByHand(disables);
            } else {
                if (state == BreakerState.CLOSED && from.state != BreakerState.FORCED_OPEN) {
                    outage.recover(now);
                } else {
                    outage.giveUp();
                }
                moveTo(from.next(state, now).disabledByHand(disables), reason);
            }
        } finally {
            changing.unlock();
        }
        deliver();
    }

    /** Closes it and forgets all it has seen: window, number of openings, time to recovery, hints. */
    public void reset() {
        long now = time.nanoTime();
        changing.lock();
        try {
            outage.forget();
            hintedUntilNanos = now;
            moveTo(phase.next(BreakerState.CLOSED, now), "reset by hand");
        } finally {
            changing.unlock();
        }
        deliver();
    }

    /**
     * Follows another policy from now on. State, permits on their way and statistics stay: where the window keeps its shape it is
     * the same; where its length changes, each bucket goes to the one that now covers its time; calls counted without a time count
     * as of now; totals that become a row of last calls are spread evenly over it, scaled down where it is shorter. An open
     * breaker stays open for what is left, but no longer than the new policy could have it. A policy that is disabled disables it,
     * unless it is forced open; one that is enabled again closes it, unless a hand has disabled it. Each eighth change of the
     * window's shape leaves behind what is on its way: how such a call ends is not counted.
     */
    public void update(CircuitBreakerPolicy policy) {
        long now = time.nanoTime();
        changing.lock();
        try {
            phase = phase.under(policy, now);
            boolean disabled = phase.state == BreakerState.DISABLED;
            if (policy.enabled() && disabled && !phase.disabledByHand) {
                moveTo(phase.next(BreakerState.CLOSED, now), "enabled by its policy");
            } else if (!policy.enabled() && !disabled && phase.state != BreakerState.FORCED_OPEN) {
                outage.giveUp();
                moveTo(phase.next(BreakerState.DISABLED, now), "disabled by its policy");
            } else if (phase.state == BreakerState.OPEN) {
                shortenOpenTime(now);
            }
        } finally {
            changing.unlock();
        }
        deliver();
    }

    private void shortenOpenTime(long nowNanos) {
        long until = nowNanos + phase.policy.longestOpenTime().toNanos();
        if (phase.untilNanos - until > 0) {
            phase = phase.until(until);
            setTimer(phase, nowNanos);
        }
    }

    /** What is worth keeping beyond the end of this process. */
    public BreakerSnapshot snapshot() {
        long now = time.nanoTime();
        current(now);
        changing.lock();
        try {
            Phase seen = phase;
            boolean disabledByPolicy = seen.state == BreakerState.DISABLED && !seen.disabledByHand;
            return new BreakerSnapshot(
                    disabledByPolicy ? BreakerState.CLOSED : seen.state,
                    seen.retryAfter(now),
                    outage.timesOpened(),
                    outage.openingsInARow(),
                    outage.downFor(now));
        } finally {
            changing.unlock();
        }
    }

    /**
     * Goes on where another breaker was, as one before a restart: in its state, for the rest of its open time, within what this
     * one's policy allows, and with its step of growth. Permits given before belong to an older phase. Where the policy is
     * disabled only what a hand has set is restored: FORCED_OPEN and DISABLED.
     */
    public void restore(BreakerSnapshot snapshot) {
        long now = time.nanoTime();
        changing.lock();
        try {
            boolean disabled = snapshot.state() == BreakerState.DISABLED;
            if (phase.policy.enabled() || disabled || snapshot.state() == BreakerState.FORCED_OPEN) {
                outage.restore(snapshot, now);
                moveTo(restored(snapshot, now).disabledByHand(disabled), "restored");
            }
        } finally {
            changing.unlock();
        }
        deliver();
    }

    private Phase restored(BreakerSnapshot snapshot, long nowNanos) {
        if (snapshot.state() != BreakerState.OPEN) {
            return phase.next(snapshot.state(), nowNanos);
        }
        long mostNanos = phase.policy.longestOpenTime().toNanos();
        long openNanos = Math.min(Nanos.of(snapshot.remainingOpen()), mostNanos);
        return Phase.open(phase.epoch + 1, nowNanos, phase.policy, openNanos);
    }

    /** Reports a probe that somebody else made, as a health check: see {@link #onProbe(boolean, long)}. */
    public void onProbe(boolean healthy) {
        onProbe(healthy, time.nanoTime());
    }

    /**
     * Reports a probe that somebody else made, as a health check. A half-open breaker takes it for a probe of its own; in other
     * states it changes nothing.
     */
    public void onProbe(boolean healthy, long nowNanos) {
        Phase now = current(nowNanos);
        if (now.probes == null) {
            return;
        }
        if (healthy) {
            recover(now, nowNanos);
        } else {
            trip(now, "health check failed", nowNanos, null);
        }
    }

    /**
     * Tells that what has opened it may be over, as when other instances have come: an open breaker becomes half-open at once, rather
     * than at the end of its open time, and so tries it. Changes nothing in other states.
     *
     * @param reason for whoever listens, as "instances have come up"
     */
    public void tryNow(String reason) {
        long now = time.nanoTime();
        changing.lock();
        try {
            if (phase.state == BreakerState.OPEN) {
                moveTo(Phase.halfOpen(phase.epoch + 1, now, phase.policy), reason);
            }
        } finally {
            changing.unlock();
        }
        deliver();
    }

    /**
     * Tells what peers' breakers of the same service say. When more than half of them, and at least two, are open, this one's
     * failure rate, minimum of calls and row of failures are halved for a while; what peers see never opens it by itself, its
     * own calls have to fail. No quorum ends an earlier hint.
     *
     * @param openPeers how many of the others are open
     * @param peers how many others there are
     * @param validFor how long this holds
     * @return whether there was a quorum
     */
    public boolean hint(int openPeers, int peers, Duration validFor) {
        boolean quorum = openPeers >= 2 && openPeers > peers / 2;
        long now = time.nanoTime();
        hintedUntilNanos = quorum ? now + Nanos.of(validFor) : now;
        return quorum;
    }

    final boolean isHinted(long nowNanos) {
        return nowNanos - hintedUntilNanos < 0;
    }

    /** Whether it surely gives no permit at this moment: open with time left, or forced open. */
    final boolean isRefusing(long nowNanos) {
        Phase now = phase;
        return now.state == BreakerState.FORCED_OPEN
                || (now.state == BreakerState.OPEN && nowNanos - now.untilNanos < 0);
    }

    @Override
    public String toString() {
        return "circuit breaker of " + name + ", " + state();
    }
}
