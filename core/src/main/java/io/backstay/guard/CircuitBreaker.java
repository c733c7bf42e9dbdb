package io.backstay.guard;

import io.backstay.CallDetails;
import io.backstay.CallRejectedException;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.RandomSource;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
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
public final class CircuitBreaker {

    /** What {@link #tryAcquire} gives in place of a permit. */
    public static final long REFUSED = -1;

    private static final double FIRST_SHARE = 0.1;

    /** Is told of each change, in order, on a thread that caused one; what it throws is logged. */
    @FunctionalInterface
    public interface TransitionListener {
        /** The breaker went from one state to another. */
        void onTransition(CircuitBreaker breaker, BreakerState from, BreakerState to, String reason);
    }

    private enum Ending {
        SUCCESS,
        FAILURE,
        ALIVE,
        IGNORED
    }

    private final String name;
    private final TimeSource time;
    private final DelayScheduler scheduler;
    private final RandomSource random;
    private final Transitions transitions;

    /** Held to change the phase, and for what follows. Nothing waits under it. */
    private final ReentrantLock changing = new ReentrantLock();

    private final Outage outage = new Outage();
    private DelayScheduler.@Nullable Cancellable timer;
    /** Whether it is DISABLED because a hand said so, whatever its policy says. */
    private boolean disabledByHand;

    private volatile Phase phase;
    /** When a call last asked, to the length of a bucket; reading the status does not count. */
    private volatile long usedNanos;

    /** Until when peers' openings lower the thresholds. */
    private volatile long hintedUntilNanos;

    /** A closed breaker, or a disabled one. The scheduler turns OPEN into HALF_OPEN in time, whether or not anybody calls. */
    public CircuitBreaker(
            String name,
            CircuitBreakerPolicy policy,
            TimeSource time,
            DelayScheduler scheduler,
            RandomSource random,
            TransitionListener listener) {
        this.name = name;
        this.time = time;
        this.scheduler = scheduler;
        this.random = random;
        this.transitions = new Transitions(listener);
        long now = time.nanoTime();
        this.hintedUntilNanos = now;
        this.usedNanos = now;
        this.phase = policy.enabled() ? Phase.closed(0, now, policy, 0) : Phase.disabled(0, now, policy);
    }

    /** A breaker on the clocks of the machine that nobody listens to. */
    public static CircuitBreaker of(String name, CircuitBreakerPolicy policy) {
        SystemTime system = SystemTime.shared();
        return new CircuitBreaker(
                name, policy, system, system, RandomSource.system(), (breaker, from, to, reason) -> {});
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
                    counts(seen, now),
                    retryAfter(seen, now),
                    outage.timesOpened(),
                    outage.meanTimeToRecovery());
        } finally {
            changing.unlock();
        }
    }

    private static BreakerCounts counts(Phase phase, long nowNanos) {
        if (phase.window != null) {
            return BreakerCounts.of(phase.window, phase.policy.slowCallTime().toNanos(), nowNanos);
        }
        return phase.probes == null ? BreakerCounts.NONE : BreakerCounts.of(phase.probes);
    }

    /** How long it will go on refusing; zero when it does not, or when only a hand can end it. */
    public Duration retryAfter(long nowNanos) {
        return retryAfter(phase, nowNanos);
    }

    private static Duration retryAfter(Phase phase, long nowNanos) {
        return phase.state == BreakerState.OPEN
                ? Duration.ofNanos(Math.max(0, phase.untilNanos - nowNanos))
                : Duration.ZERO;
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
            long empty = now.emptyCell;
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
                : probe(nowNanos);
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

    private long probe(long nowNanos) {
        changing.lock();
        try {
            Phase now = phase;
            return now.probes == null
                    ? REFUSED
                    : now.probes.acquire(now.epoch, now.policy.probeWait().toNanos(), nowNanos);
        } finally {
            changing.unlock();
        }
    }

    /** A tenth of the calls at the ramp's beginning, all at its end, evenly more in between. */
    private boolean refusesByRamp(Phase now, long nowNanos) {
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
            CallDetails details = new CallDetails(name, null, "acquire", "permit", 0, Duration.ZERO, false);
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

    private long replaceProbe(long permit, long changed) {
        changing.lock();
        try {
            Phase now = phase;
            return now.gave(permit) && now.probes != null ? now.probes.replace(permit, changed) : permit;
        } finally {
            changing.unlock();
        }
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
            if (Cell.takesEnd(cell, now.emptyCell) && Cell.change(cells, index, cell, Cell.ended(cell))) {
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
            count(now, now.window, permit, ending, slow, nowNanos, retryAfter);
        } else if (now.probes != null && endProbe(permit)) {
            judge(now, ending, slow, nowNanos, retryAfter);
        }
    }

    private void count(
            Phase now,
            Window window,
            long permit,
            Ending ending,
            boolean slow,
            long nowNanos,
            @Nullable Duration retryAfter) {
        window.leave(permit, nowNanos);
        boolean failed = ending == Ending.FAILURE;
        if (failed || ending == Ending.SUCCESS) {
            window.record(failed, slow, permit, nowNanos);
        } else if (slow && ending == Ending.IGNORED) {
            window.recordSlowOnly(nowNanos);
        }
        String reason = null;
        if (failed) {
            int streak = window.lengthenStreak();
            reason = TripRules.afterFailure(now.policy, window, streak, isHinted(nowNanos), nowNanos);
        } else if (ending != Ending.IGNORED) {
            window.endStreak();
        }
        if (reason == null && slow && ending != Ending.ALIVE) {
            reason = TripRules.slow(now.policy, window, nowNanos);
        }
        if (reason != null) {
            trip(now, reason, nowNanos, retryAfter);
        }
    }

    /** Frees a probe's place; false when it was given up before. */
    private boolean endProbe(long permit) {
        changing.lock();
        try {
            Phase now = phase;
            return now.probes != null && now.gave(permit) && now.probes.end(permit);
        } finally {
            changing.unlock();
        }
    }

    private void judge(Phase now, Ending ending, boolean slow, long nowNanos, @Nullable Duration retryAfter) {
        if (ending == Ending.FAILURE) {
            trip(now, "probe failed", nowNanos, retryAfter);
        } else if (slow && ending != Ending.ALIVE) {
            trip(now, "probe was slow", nowNanos, null);
        } else if (ending != Ending.IGNORED) {
            recover(now, nowNanos);
        }
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

    private void recover(Phase seen, long nowNanos) {
        changing.lock();
        try {
            Phase now = phase;
            if (now.epoch == seen.epoch && now.probes != null && now.probes.succeed() >= now.policy.probeSuccesses()) {
                outage.recover(nowNanos);
                moveTo(
                        Phase.closed(
                                now.epoch + 1,
                                nowNanos,
                                now.policy,
                                now.policy.ramp().toNanos()),
                        "service recovered");
            }
        } finally {
            changing.unlock();
        }
        deliver();
    }

    private void trip(Phase seen, String reason, long nowNanos, @Nullable Duration retryAfter) {
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

    /** The phase that holds now: an open one whose time is over becomes half-open here, and a bucket that is over the next. */
    private Phase current(long nowNanos) {
        Phase now = phase;
        return isOver(now, nowNanos) ? next(nowNanos) : now;
    }

    private void deliver() {
        if (transitions.isDue()) {
            transitions.deliver(this, changing);
        }
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

    /** Makes a change of state, with the lock held; whoever calls delivers it once it is not. */
    private void moveTo(Phase to, String reason) {
        BreakerState from = phase.state;
        phase = to;
        setTimer(to, to.sinceNanos);
        if (from != to.state) {
            transitions.add(from, to.state, reason);
        }
    }

    private void setTimer(Phase to, long nowNanos) {
        if (timer != null) {
            timer.cancel();
        }
        timer = to.state == BreakerState.OPEN
                ? scheduler.schedule(() -> current(time.nanoTime()), Duration.ofNanos(to.untilNanos - nowNanos))
                : null;
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
            disabledByHand = disables;
            if (phase.state != state) {
                if (state == BreakerState.CLOSED && phase.state != BreakerState.FORCED_OPEN) {
                    outage.recover(now);
                } else {
                    outage.giveUp();
                }
                moveTo(fresh(state, now, phase.policy), reason);
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
            disabledByHand = false;
            hintedUntilNanos = now;
            moveTo(fresh(BreakerState.CLOSED, now, phase.policy), "reset by hand");
        } finally {
            changing.unlock();
        }
        deliver();
    }

    private Phase fresh(BreakerState state, long nowNanos, CircuitBreakerPolicy policy) {
        int epoch = phase.epoch + 1;
        return switch (state) {
            case CLOSED ->
                policy.enabled() ? Phase.closed(epoch, nowNanos, policy, 0) : Phase.disabled(epoch, nowNanos, policy);
            case DISABLED -> Phase.disabled(epoch, nowNanos, policy);
            case FORCED_OPEN -> Phase.forcedOpen(epoch, nowNanos, policy);
            case HALF_OPEN -> Phase.halfOpen(epoch, nowNanos, policy);
            case OPEN -> Phase.open(epoch, nowNanos, policy, policy.openTime().toNanos());
        };
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
            if (isDisabledByPolicy() && policy.enabled()) {
                moveTo(fresh(BreakerState.CLOSED, now, policy), "enabled by its policy");
            } else if (!policy.enabled()
                    && phase.state != BreakerState.DISABLED
                    && phase.state != BreakerState.FORCED_OPEN) {
                outage.giveUp();
                moveTo(fresh(BreakerState.DISABLED, now, policy), "disabled by its policy");
            } else if (phase.state == BreakerState.OPEN) {
                shortenOpenTime(now);
            }
        } finally {
            changing.unlock();
        }
        deliver();
    }

    private boolean isDisabledByPolicy() {
        return phase.state == BreakerState.DISABLED && !disabledByHand;
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
            return new BreakerSnapshot(
                    isDisabledByPolicy() ? BreakerState.CLOSED : seen.state,
                    retryAfter(seen, now),
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
                disabledByHand = disabled;
                outage.restore(snapshot, now);
                moveTo(restored(snapshot, now, phase.policy), "restored");
            }
        } finally {
            changing.unlock();
        }
        deliver();
    }

    private Phase restored(BreakerSnapshot snapshot, long nowNanos, CircuitBreakerPolicy policy) {
        if (snapshot.state() != BreakerState.OPEN) {
            return fresh(snapshot.state(), nowNanos, policy);
        }
        long openNanos = Math.min(
                Nanos.of(snapshot.remainingOpen()), policy.longestOpenTime().toNanos());
        return Phase.open(phase.epoch + 1, nowNanos, policy, openNanos);
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

    private boolean isHinted(long nowNanos) {
        return nowNanos - hintedUntilNanos < 0;
    }

    /** Whether it surely gives no permit at this moment: open with time left, or forced open. */
    boolean isRefusing(long nowNanos) {
        Phase now = phase;
        return now.state == BreakerState.FORCED_OPEN
                || (now.state == BreakerState.OPEN && nowNanos - now.untilNanos < 0);
    }

    /** Whether it is closed, at rest, and has seen no call for so long; reads no clock. */
    boolean isIdle(long nanos, long nowNanos) {
        Phase now = phase;
        return now.state == BreakerState.CLOSED
                && now.window != null
                && nowNanos - usedNanos >= nanos
                && now.window.inFlight() == 0;
    }

    @Override
    public String toString() {
        return "circuit breaker of " + name + ", " + state();
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
