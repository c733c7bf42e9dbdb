package io.backstay.guard;

import io.backstay.Priority;
import io.backstay.RatePolicy;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A bucket of tokens as one {@code long}: the moment at which it will be full again. A token taken moves it by one interval, time
 * itself fills it (the generic cell rate algorithm, ITU-T I.371). Lock-free and thread-safe.
 *
 * <p>Its rate never changes; another rate is another bucket, made by {@link #succeededBy}, which ends this one so that no token is
 * taken from both.
 */
final class TokenBucket {

    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final long END = Long.MIN_VALUE;
    private static final Priority[] PRIORITIES = Priority.values();

    /** Whether a token was taken, as far as this bucket can still tell. */
    enum Taken {
        YES,
        NO,
        ENDED
    }

    private final RatePolicy policy;
    private final long intervalNanos;
    /** How far ahead the moment may be after a token was taken, by priority. */
    private final long[] allowanceNanos = new long[PRIORITIES.length];
    /** Relative to {@link #originNanos}; less than that is a full bucket as well. */
    private final AtomicLong fullAt;

    private final long originNanos;

    private TokenBucket(RatePolicy policy, long nowNanos, double missingTokens) {
        this.policy = policy;
        this.intervalNanos = policy.enabled() ? Math.max(1, Math.round(NANOS_PER_SECOND / policy.perSecond())) : 0;
        this.originNanos = nowNanos;
        this.fullAt = new AtomicLong((long) (missingTokens * intervalNanos));
        for (Priority priority : PRIORITIES) {
            allowanceNanos[Lanes.index(priority)] = (policy.burst() - policy.leftByPriority(priority)) * intervalNanos;
        }
    }

    static TokenBucket full(RatePolicy policy, long nowNanos) {
        return new TokenBucket(policy, nowNanos, 0);
    }

    RatePolicy policy() {
        return policy;
    }

    long intervalNanos() {
        return intervalNanos;
    }

    Taken tryTake(Priority priority, long nowNanos) {
        long now = nowNanos - originNanos;
        while (true) {
            long seen = fullAt.get();
            if (seen == END) {
                return Taken.ENDED;
            }
            if (intervalNanos == 0) {
                return Taken.YES; // without a limit; a reading older than another's says nothing
            }
            long next = Math.max(seen, now) + intervalNanos;
            if (next - now > allowanceNanos[Lanes.index(priority)]) {
                return Taken.NO;
            }
            if (fullAt.compareAndSet(seen, next)) {
                return Taken.YES;
            }
        }
    }

    /** Puts a token back; false when the bucket has ended. */
    boolean giveBack() {
        while (true) {
            long seen = fullAt.get();
            if (seen == END) {
                return false;
            }
            if (fullAt.compareAndSet(seen, seen - intervalNanos)) {
                return true;
            }
        }
    }

    /** How long until this priority could take a token, if nobody else does; 0 when it could now. */
    long nanosUntilNext(Priority priority, long nowNanos) {
        if (intervalNanos == 0) {
            return 0;
        }
        long now = nowNanos - originNanos;
        long seen = fullAt.get();
        return Math.max(0, Math.max(seen, now) + intervalNanos - now - allowanceNanos[Lanes.index(priority)]);
    }

    /** How many tokens are missing; 0 when it is full. */
    double missing(long nowNanos) {
        return missing(fullAt.get(), nowNanos);
    }

    private double missing(long fullAtNanos, long nowNanos) {
        long now = nowNanos - originNanos;
        return intervalNanos == 0 ? 0 : (double) (Math.max(fullAtNanos, now) - now) / intervalNanos;
    }

    /**
     * Ends this bucket and gives the one that follows, with as many tokens, or as many as it can hold. Not to be called by two threads at
     * once, nor twice.
     */
    TokenBucket succeededBy(RatePolicy next, long nowNanos) {
        double tokens = policy.burst() - missing(fullAt.getAndSet(END), nowNanos);
        return new TokenBucket(next, nowNanos, next.burst() - Math.min(tokens, next.burst()));
    }
}
