package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import java.time.Duration;
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
    /** In OPEN until when calls are refused, in CLOSED until when admission is ramped; no later than its beginning otherwise. */
    final long untilNanos;
    /** In CLOSED and DISABLED only. */
    final @Nullable Window window;
    /** In HALF_OPEN only. */
    final @Nullable Probes probes;

    /** In DISABLED whether a hand said so, and not only the policy. */
    final boolean disabledByHand;

    /** Whether all calls are let through. */
    final boolean admitsAll;
    /** From when on the next bucket holds. */
    final long bucketEndNanos;
    /** What the permits of this phase and bucket have in common. */
    final long permitBase;
    /** The window where a call that ends in this bucket is counted in the cell that it started in, if that is of this bucket too. */
    final @Nullable Window wholeWindow;

    final long[] cells;
    final int slot;
    final long slowTicks;

    private Phase(
            BreakerState state,
            int epoch,
            long sinceNanos,
            CircuitBreakerPolicy policy,
            long untilNanos,
            @Nullable Window window,
            @Nullable Probes probes,
            boolean disabledByHand) {
        this.state = state;
        this.epoch = epoch;
        this.sinceNanos = sinceNanos;
        this.policy = policy;
        this.untilNanos = untilNanos;
        this.window = window;
        this.probes = probes;
        this.disabledByHand = disabledByHand;
        this.admitsAll = window != null && untilNanos == sinceNanos;
        this.slowTicks = policy.usesSlowCallRate()
                ? Permits.ticksBeyond(policy.slowCallTime().toNanos())
                : Long.MAX_VALUE;
        if (window == null) {
            this.cells = NO_CELLS;
            this.bucketEndNanos = sinceNanos;
            this.permitBase = CircuitBreaker.REFUSED;
            this.wholeWindow = null;
            this.slot = 0;
        } else {
            TimeBuckets buckets = window.starts();
            long number = buckets.newest();
            this.cells = buckets.cells;
            this.bucketEndNanos = buckets.endNanos(number);
            this.permitBase =
                    Permits.ofEpoch(epoch) | Permits.RUNNING | window.generationBits() | Permits.bucket(number);
            this.wholeWindow = window.endsWhereItStarts() ? window : null;
            this.slot = TimeBuckets.index(0, number);
        }
    }

    private static final long[] NO_CELLS = new long[0];

    static Phase closed(int epoch, long nowNanos, CircuitBreakerPolicy policy, long rampNanos) {
        Window window = Window.of(policy, nowNanos);
        return new Phase(BreakerState.CLOSED, epoch, nowNanos, policy, nowNanos + rampNanos, window, null, false);
    }

    static Phase disabled(int epoch, long nowNanos, CircuitBreakerPolicy policy) {
        Window window = Window.of(policy, nowNanos);
        return new Phase(BreakerState.DISABLED, epoch, nowNanos, policy, nowNanos, window, null, false);
    }

    static Phase open(int epoch, long nowNanos, CircuitBreakerPolicy policy, long openNanos) {
        return new Phase(BreakerState.OPEN, epoch, nowNanos, policy, nowNanos + openNanos, null, null, false);
    }

    static Phase forcedOpen(int epoch, long nowNanos, CircuitBreakerPolicy policy) {
        return new Phase(BreakerState.FORCED_OPEN, epoch, nowNanos, policy, nowNanos, null, null, false);
    }

    static Phase halfOpen(int epoch, long nowNanos, CircuitBreakerPolicy policy) {
        Probes probes = new Probes(policy.probes());
        return new Phase(BreakerState.HALF_OPEN, epoch, nowNanos, policy, nowNanos, null, probes, false);
    }

    /** The same in the bucket that its window has come to. */
    Phase turned() {
        return until(untilNanos);
    }

    /** The same once its ramp is over. */
    Phase ramped() {
        return until(sinceNanos);
    }

    /** The same with another end of its open time or its ramp. */
    Phase until(long nanos) {
        return new Phase(state, epoch, sinceNanos, policy, nanos, window, probes, disabledByHand);
    }

    /** The same under another policy; with the next epoch where its window cannot be told by permits from those before. */
    Phase under(CircuitBreakerPolicy other, long nowNanos) {
        if (window == null) {
            Probes sameProbes = probes == null ? null : probes.withLimit(other.probes());
            return new Phase(state, epoch, sinceNanos, other, untilNanos, null, sameProbes, disabledByHand);
        }
        Window suiting = window.suiting(other, nowNanos);
        int next = suiting != window && suiting.isFirst() ? epoch + 1 : epoch;
        long rampNanos = Math.min(untilNanos - sinceNanos, other.ramp().toNanos());
        return new Phase(state, next, sinceNanos, other, sinceNanos + rampNanos, suiting, null, disabledByHand);
    }

    /** The same, with a hand or without one that disables it. */
    Phase disabledByHand(boolean disabled) {
        return new Phase(state, epoch, sinceNanos, policy, untilNanos, window, probes, disabled);
    }

    /** A new one of this state, without a ramp; where it would be CLOSED and the policy is disabled, DISABLED. */
    Phase next(BreakerState next, long nowNanos) {
        return switch (next) {
            case CLOSED ->
                policy.enabled() ? closed(epoch + 1, nowNanos, policy, 0) : disabled(epoch + 1, nowNanos, policy);
            case DISABLED -> disabled(epoch + 1, nowNanos, policy);
            case FORCED_OPEN -> forcedOpen(epoch + 1, nowNanos, policy);
            case HALF_OPEN -> halfOpen(epoch + 1, nowNanos, policy);
            case OPEN -> open(epoch + 1, nowNanos, policy, policy.openTime().toNanos());
        };
    }

    /** What it has counted. */
    BreakerCounts counts(long nowNanos) {
        if (window != null) {
            return BreakerCounts.of(window, policy.slowCallTime().toNanos(), nowNanos);
        }
        return probes == null ? BreakerCounts.NONE : BreakerCounts.of(probes);
    }

    /** How long it will go on refusing; zero when it does not, or without an end. */
    Duration retryAfter(long nowNanos) {
        return state == BreakerState.OPEN ? Duration.ofNanos(Math.max(0, untilNanos - nowNanos)) : Duration.ZERO;
    }

    boolean gave(long permit) {
        return Permits.isOf(epoch, permit);
    }

    /** Whether the attempt on its way, or one before it, has taken as long as a slow one. */
    boolean isSlow(long permit, long nowNanos) {
        return Permits.isSlow(permit) || (Permits.isRunning(permit) && Permits.age(permit, nowNanos) >= slowTicks);
    }
}
