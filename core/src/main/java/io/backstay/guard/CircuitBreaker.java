package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses calls to what keeps failing, and lets a probe through after a while to see whether it is back. Lock-free and
 * thread-safe; neither taking a permit nor giving it back allocates.
 *
 * <p>A permit belongs to the phase that gave it. A result that comes after the breaker has moved on changes nothing: a success
 * from before it opened does not close it, and a failure from before it closed does not count again.
 *
 * <p>Each permit is given back once, by {@link #onSuccess}, {@link #onFailure},
 * {@link #onAlive} or {@link #onIgnored}.
 */
public final class CircuitBreaker {

    /** What {@link #tryAcquire} gives in place of a permit. */
    public static final long REFUSED = -1;

    /** Is told of each change, on the thread that caused it. */
    @FunctionalInterface
    public interface TransitionListener {
        /** The breaker went from one state to another. */
        void onTransition(CircuitBreaker breaker, BreakerState from, BreakerState to, String reason);
    }

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.breaker");
    private static final AtomicReferenceFieldUpdater<CircuitBreaker, Phase> PHASE =
            AtomicReferenceFieldUpdater.newUpdater(CircuitBreaker.class, Phase.class, "phase");

    private final String name;
    private final CircuitBreakerPolicy policy;
    private final TimeSource time;
    private final DelayScheduler scheduler;
    private final TransitionListener listener;
    private volatile Phase phase;

    /** A closed breaker. The scheduler turns OPEN into HALF_OPEN in time, whether or not anybody calls. */
    public CircuitBreaker(
            String name,
            CircuitBreakerPolicy policy,
            TimeSource time,
            DelayScheduler scheduler,
            TransitionListener listener) {
        this.name = name;
        this.policy = policy;
        this.time = time;
        this.scheduler = scheduler;
        this.listener = listener;
        this.phase = closed(0, time.nanoTime());
    }

    /** What it guards. */
    public String name() {
        return name;
    }

    /** The state as it is now. */
    public BreakerState state() {
        return current(time.nanoTime()).state;
    }

    /** State, counts and times as they are now. */
    public BreakerStatus status() {
        long now = time.nanoTime();
        Phase current = current(now);
        long totals = current.window == null ? 0 : current.window.totals(now);
        return new BreakerStatus(
                current.state,
                Duration.ofNanos(now - current.sinceNanos),
                FailureWindow.calls(totals),
                FailureWindow.failures(totals),
                current.streak.get(),
                retryAfter(now));
    }

    /**
     * Takes a permit without waiting.
     *
     * @param nowNanos a reading of the breaker's time source
     * @return the permit, or {@link #REFUSED}
     */
    public long tryAcquire(long nowNanos) {
        Phase current = current(nowNanos);
        return switch (current.state) {
            case CLOSED -> permit(current, 0);
            case OPEN -> REFUSED;
            case HALF_OPEN -> tryProbe(current, nowNanos);
        };
    }

    private long tryProbe(Phase current, long nowNanos) {
        Probe running = current.probe.get();
        if (running != null
                && nowNanos - running.startNanos < policy.probeWait().toNanos()) {
            return REFUSED;
        }
        Probe mine = new Probe(current.probes.incrementAndGet(), nowNanos);
        return current.probe.compareAndSet(running, mine) ? permit(current, mine.number) : REFUSED;
    }

    /** Gives a permit back: what it was for went well. */
    public void onSuccess(long permit, long nowNanos) {
        Phase current = phase;
        if (!isOf(current, permit)) {
            return;
        }
        if (current.window != null) {
            current.window.record(false, nowNanos);
            current.endStreak();
        } else if (isProbe(current, permit)) {
            move(current, closed(current.epoch + 1, nowNanos), "service recovered");
        }
    }

    /** Gives a permit back: what it was for failed. */
    public void onFailure(long permit, long nowNanos) {
        Phase current = phase;
        if (!isOf(current, permit)) {
            return;
        }
        if (current.window != null) {
            current.window.record(true, nowNanos);
            String reason = reasonToOpen(current.window.totals(nowNanos), current.streak.incrementAndGet());
            if (reason != null) {
                open(current, nowNanos, reason);
            }
        } else if (isProbe(current, permit)) {
            open(current, nowNanos, "probe failed");
        }
    }

    /**
     * Gives a permit back: there was an answer, which tells that the service is there but not that it does well, as a 404. Ends a
     * half-open state and a row of failures as a success does; counts in no rate.
     */
    public void onAlive(long permit, long nowNanos) {
        Phase current = phase;
        if (!isOf(current, permit)) {
            return;
        }
        if (current.window != null) {
            current.endStreak();
        } else if (isProbe(current, permit)) {
            move(current, closed(current.epoch + 1, nowNanos), "service recovered");
        }
    }

    /** Gives a permit back: how it went says nothing about the service. */
    public void onIgnored(long permit) {
        Phase current = phase;
        if (isOf(current, permit) && isProbe(current, permit)) {
            Probe running = current.probe.get();
            current.probe.compareAndSet(running, null);
        }
    }

    /** Whether this is the probe on its way, and not one that was given up and replaced. */
    private static boolean isProbe(Phase current, long permit) {
        Probe running = current.probe.get();
        return running != null && running.number == (int) permit;
    }

    /** How long it will go on refusing; zero when it does not. */
    public Duration retryAfter(long nowNanos) {
        Phase current = phase;
        return current.state == BreakerState.OPEN
                ? Duration.ofNanos(Math.max(0, current.untilNanos - nowNanos))
                : Duration.ZERO;
    }

    private @Nullable String reasonToOpen(long totals, int streak) {
        int calls = FailureWindow.calls(totals);
        int failures = FailureWindow.failures(totals);
        if (policy.usesFailureRate() && calls >= policy.minimumCalls()) {
            double rate = 100.0 * failures / calls;
            return rate >= policy.failureRate()
                    ? "failure rate " + Math.round(rate) + " % of " + calls + " calls"
                    : null;
        }
        return streak >= policy.consecutiveFailures()
                ? "threshold reached: " + streak + "/" + policy.consecutiveFailures()
                : null;
    }

    private void open(Phase from, long nowNanos, String reason) {
        Phase open = new Phase(
                BreakerState.OPEN,
                from.epoch + 1,
                nowNanos,
                nowNanos + policy.openTime().toNanos(),
                null);
        move(from, open, reason);
    }

    /** The phase that holds now: an open one whose time is over becomes half-open here. */
    private Phase current(long nowNanos) {
        Phase current = phase;
        if (current.state != BreakerState.OPEN || nowNanos - current.untilNanos < 0) {
            return current;
        }
        move(
                current,
                new Phase(BreakerState.HALF_OPEN, current.epoch + 1, nowNanos, nowNanos, null),
                "after " + policy.openTime().toMillis() + " ms");
        return phase;
    }

    private void move(Phase from, Phase to, String reason) {
        if (!PHASE.compareAndSet(this, from, to)) {
            return;
        }
        if (to.state == BreakerState.OPEN) {
            scheduler.schedule(() -> current(time.nanoTime()), policy.openTime());
        }
        try {
            listener.onTransition(this, from.state, to.state, reason);
        } catch (RuntimeException e) {
            LOG.error("[{}] a listener of a circuit breaker failed", name, e);
        }
    }

    private Phase closed(int epoch, long nowNanos) {
        return new Phase(
                BreakerState.CLOSED,
                epoch,
                nowNanos,
                nowNanos,
                new FailureWindow(policy.window().toNanos(), nowNanos));
    }

    /** 31 bits of the phase's epoch, 32 of the probe's number, so that it is never negative. */
    private static long permit(Phase phase, int probe) {
        return ((long) (phase.epoch & Integer.MAX_VALUE) << 32) | (probe & 0xFFFF_FFFFL);
    }

    private static boolean isOf(Phase phase, long permit) {
        return permit >= 0 && (int) (permit >>> 32) == (phase.epoch & Integer.MAX_VALUE);
    }

    @Override
    public String toString() {
        return "circuit breaker of " + name + ", " + state();
    }

    /** A state from its beginning to its end; every change makes a new one with the next epoch. */
    private static final class Phase {
        final BreakerState state;
        final int epoch;
        final long sinceNanos;
        /** Until when calls are refused; of meaning in OPEN only. */
        final long untilNanos;
        /** In CLOSED only. */
        final @Nullable FailureWindow window;

        final AtomicInteger streak = new AtomicInteger();
        /** How many probes there were, so that each has its own number. */
        final AtomicInteger probes = new AtomicInteger();
        /** The probe on its way; in HALF_OPEN only. */
        final AtomicReference<@Nullable Probe> probe = new AtomicReference<>();

        Phase(BreakerState state, int epoch, long sinceNanos, long untilNanos, @Nullable FailureWindow window) {
            this.state = state;
            this.epoch = epoch;
            this.sinceNanos = sinceNanos;
            this.untilNanos = untilNanos;
            this.window = window;
        }

        void endStreak() {
            if (streak.get() != 0) {
                streak.set(0);
            }
        }
    }

    private record Probe(int number, long startNanos) {}
}
