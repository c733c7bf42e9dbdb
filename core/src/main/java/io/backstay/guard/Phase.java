package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import org.jspecify.annotations.Nullable;

/**
 * A state from its beginning to its end, under one policy and during one bucket of time; immutable but for what it refers to. A
 * change of state makes one with the next epoch; a change of policy or the turn to the next bucket makes one with the same.
 * What a call needs stands here in the open, so that it is two steps away from the breaker.
 */
final class Phase {

    final BreakerState state;
    final int epoch;
    final long sinceNanos;
    final CircuitBreakerPolicy policy;
    /** Until when calls are refused; of meaning in OPEN only. */
    final long untilNanos;
    /** In CLOSED and DISABLED only. */
    final @Nullable Window window;
    /** In HALF_OPEN only. */
    final @Nullable Probes probes;
    /** For how long from its beginning admission is ramped; 0 for not at all. */
    final long rampNanos;

    /** Whether all calls are let through. */
    final boolean admitsAll;
    /** From when on the next bucket holds. */
    final long bucketEndNanos;
    /** What the permits of this phase and bucket have in common. */
    final long permitBase;
    /** The same where a call that ends in this bucket may be counted in the cell that it started in; no permit's otherwise. */
    final long endBase;

    final long[] cells;
    final int slot;
    final long stamp;
    final long slowTicks;

    private Phase(
            BreakerState state,
            int epoch,
            long sinceNanos,
            CircuitBreakerPolicy policy,
            long untilNanos,
            @Nullable Window window,
            @Nullable Probes probes,
            long rampNanos) {
        this.state = state;
        this.epoch = epoch;
        this.sinceNanos = sinceNanos;
        this.policy = policy;
        this.untilNanos = untilNanos;
        this.window = window;
        this.probes = probes;
        this.rampNanos = rampNanos;
        this.admitsAll = window != null && rampNanos == 0;
        this.slowTicks =
                policy.usesSlowCallRate() ? Permits.ticks(policy.slowCallTime().toNanos()) : Long.MAX_VALUE;
        if (window == null) {
            this.cells = NO_CELLS;
            this.bucketEndNanos = sinceNanos;
            this.permitBase = CircuitBreaker.REFUSED;
            this.endBase = CircuitBreaker.REFUSED;
            this.slot = 0;
            this.stamp = 0;
        } else {
            TimeBuckets buckets = window.starts();
            long number = buckets.newest();
            this.cells = buckets.cells;
            this.bucketEndNanos = buckets.endNanos(number);
            this.permitBase =
                    Permits.ofEpoch(epoch) | Permits.RUNNING | window.generationBits() | Permits.bucket(number);
            this.endBase = window.endsWhereItStarts() ? permitBase : CircuitBreaker.REFUSED;
            this.slot = TimeBuckets.index(0, number);
            this.stamp = TimeBuckets.stamp(number);
        }
    }

    private static final long[] NO_CELLS = new long[0];

    static Phase closed(int epoch, long nowNanos, CircuitBreakerPolicy policy, long rampNanos) {
        return new Phase(
                BreakerState.CLOSED, epoch, nowNanos, policy, nowNanos, Window.of(policy, nowNanos), null, rampNanos);
    }

    static Phase disabled(int epoch, long nowNanos, CircuitBreakerPolicy policy) {
        return new Phase(
                BreakerState.DISABLED, epoch, nowNanos, policy, nowNanos, Window.of(policy, nowNanos), null, 0);
    }

    static Phase open(int epoch, long nowNanos, CircuitBreakerPolicy policy, long openNanos) {
        return new Phase(BreakerState.OPEN, epoch, nowNanos, policy, nowNanos + openNanos, null, null, 0);
    }

    static Phase forcedOpen(int epoch, long nowNanos, CircuitBreakerPolicy policy) {
        return new Phase(BreakerState.FORCED_OPEN, epoch, nowNanos, policy, nowNanos, null, null, 0);
    }

    static Phase halfOpen(int epoch, long nowNanos, CircuitBreakerPolicy policy) {
        return new Phase(
                BreakerState.HALF_OPEN, epoch, nowNanos, policy, nowNanos, null, new Probes(policy.probes()), 0);
    }

    /** The same in the bucket that its window has come to. */
    Phase turned() {
        return new Phase(state, epoch, sinceNanos, policy, untilNanos, window, probes, rampNanos);
    }

    /** The same once its ramp is over. */
    Phase ramped() {
        return new Phase(state, epoch, sinceNanos, policy, untilNanos, window, probes, 0);
    }

    /** The same under another policy. */
    Phase under(CircuitBreakerPolicy other, long nowNanos) {
        return new Phase(
                state,
                epoch,
                sinceNanos,
                other,
                untilNanos,
                window == null ? null : window.suiting(other, nowNanos),
                probes == null ? null : probes.withLimit(other.probes()),
                Math.min(rampNanos, other.ramp().toNanos()));
    }

    /** The same, open for no longer than so. */
    Phase openUntil(long nanos) {
        return new Phase(state, epoch, sinceNanos, policy, nanos, window, probes, rampNanos);
    }

    void endStreak() {
        if (window != null) {
            window.endStreak();
        }
    }

    boolean gave(long permit) {
        return Permits.isOf(epoch, permit);
    }

    /** Whether the attempt on its way, or one before it, has taken as long as a slow one. */
    boolean isSlow(long permit, long nowNanos) {
        return Permits.isSlow(permit) || Permits.isRunning(permit) && Permits.age(permit, nowNanos) >= slowTicks;
    }
}
