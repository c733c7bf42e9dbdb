package io.backstay.guard;

import io.backstay.ConcurrencyPolicy;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A limit that follows the latency, as the Gradient2 limit of Netflix' concurrency-limits does: as long as the latency stays within
 * {@code tolerance} times that without load, the limit grows by its square root; beyond, it shrinks by the ratio of the two, at most by half. Of
 * each change it takes {@code smoothing}. It does not grow while less than half of it is in use. An overload that was reported takes 10 %.
 *
 * <p>Gradient2 compares with a long-term average of the latency. Under a mild steady overload that average drifts up to the latency
 * under load, the ratio goes back to one and the limit grows without bound. Here the latency without load is learned only where
 * load cannot have made it: while at most half of the limit is in use and the latency is within the tolerance, and otherwise in a
 * probe, for which the limit is halved for a moment. (Since the tolerance is at most 2, half of a limit that has settled is below the
 * point where calls begin to wait for each other.) A probe comes after 15 s, or 50 latencies, without such a lesson, and
 * is given up after 500 ms, or 10 latencies. It also lets a service that became slower for good have its limit back.
 *
 * <p>Latencies are taken together in windows: of 100 ms, or two latencies where that is longer, and of 10 calls at least; the first
 * window needs nothing but its calls. Thread-safe: recording is lock-free, and one thread at a time evaluates a window while the others go on.
 */
final class GradientLimit {

    static final long WINDOW_NANOS = 100_000_000L;
    static final long PROBE_NANOS = 15_000_000_000L;

    private static final int MINIMUM_SAMPLES = 10;
    private static final int MAXIMUM_SAMPLES = 1 << 15;
    private static final int LATENCIES_PER_PROBE = 50;
    private static final long LEAST_PATIENCE_NANOS = 500_000_000L;
    private static final int LATENCIES_OF_PATIENCE = 10;
    private static final double LEAST_GRADIENT = 0.5;
    private static final double OVERLOAD_FACTOR = 0.9;
    private static final double LEARNING_RATE = 0.2;

    /** Samples of a window: 16 bits of their number, 48 of their sum in microseconds, each at most 2^32 (71 minutes). */
    private static final int SUM_BITS = 48;

    private static final long SUM_MASK = (1L << SUM_BITS) - 1;
    private static final long ONE_SAMPLE = 1L << SUM_BITS;
    private static final long GREATEST_MICROS = (1L << 32) - 1;

    private enum Phase {
        FOLLOWING,
        DRAINING,
        PROBING
    }

    private final AtomicLong samples = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private volatile int peak;
    private volatile boolean overloaded;
    private volatile long windowEndNanos;
    private volatile long probeEndNanos;

    // Changed under the lock; what is volatile is read without it too.
    private ConcurrencyPolicy policy;
    private volatile Phase phase = Phase.FOLLOWING;
    private double limit;
    private long learnedNanos;
    private volatile double idleNanos;
    private volatile int current;

    GradientLimit(ConcurrencyPolicy policy, long nowNanos) {
        this.policy = policy;
        this.limit = policy.initialLimit();
        this.current = policy.initialLimit();
        this.windowEndNanos = nowNanos;
    }

    /** The limit to hold now. */
    int limit() {
        return current;
    }

    /** The latency without load, as far as it is known; else 0. */
    long idleNanos() {
        return (long) idleNanos;
    }

    /** Another policy; what was learned stays. */
    void update(ConcurrencyPolicy policy) {
        lock.lock();
        try {
            this.policy = policy;
            limit = clamp(limit);
            current = effective();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Learns from a call that ended.
     *
     * @param inFlight how many were in flight, this one included
     * @return whether the limit has changed
     */
    boolean record(long latencyNanos, int inFlight, long nowNanos) {
        long micros = Math.min(Math.max(latencyNanos, 0) / 1_000, GREATEST_MICROS);
        see(inFlight);
        long sum = samples.addAndGet(ONE_SAMPLE + micros);
        return isFull(sum, nowNanos) && evaluate(nowNanos);
    }

    /** Learns that the other side refused a call for overload. */
    boolean recordOverload(int inFlight, long nowNanos) {
        see(inFlight);
        if (!overloaded) {
            overloaded = true;
        }
        return nowNanos - windowEndNanos >= 0 && evaluate(nowNanos);
    }

    /**
     * To be told when a call is refused or has to wait: ends a probe that takes too long, as when calls that hang keep it from draining
     * and nothing else ends.
     *
     * @return whether the limit has changed
     */
    boolean onRefused(long nowNanos) {
        return isOverdue(nowNanos) && evaluate(nowNanos);
    }

    private boolean isOverdue(long nowNanos) {
        return phase != Phase.FOLLOWING && nowNanos - probeEndNanos >= 0;
    }

    private void see(int inFlight) {
        if (inFlight > peak) {
            peak = inFlight;
        }
    }

    private boolean isFull(long sum, long nowNanos) {
        long count = sum >>> SUM_BITS;
        return count >= MINIMUM_SAMPLES && (nowNanos - windowEndNanos >= 0 || count >= MAXIMUM_SAMPLES);
    }

    private boolean evaluate(long nowNanos) {
        if (!lock.tryLock()) {
            return false;
        }
        try {
            int before = current;
            endWindow(nowNanos);
            if (isOverdue(nowNanos)) {
                phase = Phase.FOLLOWING;
                learnedNanos = nowNanos;
            }
            current = effective();
            return current != before;
        } finally {
            lock.unlock();
        }
    }

    private void endWindow(long nowNanos) {
        long sum = samples.get();
        boolean isOver = nowNanos - windowEndNanos >= 0;
        if (!isFull(sum, nowNanos) && !(overloaded && isOver)) {
            return; // another thread has just ended it
        }
        int used = peak;
        boolean hadOverload = overloaded;
        peak = 0;
        overloaded = false;
        if (hadOverload) {
            limit = clamp(limit * OVERLOAD_FACTOR);
        }
        double meanNanos = idleNanos;
        if (sum >>> SUM_BITS >= MINIMUM_SAMPLES) {
            samples.addAndGet(-sum);
            meanNanos = Math.max(1_000, (sum & SUM_MASK) * 1_000.0 / (sum >>> SUM_BITS));
            follow(meanNanos, used, hadOverload, nowNanos);
        }
        windowEndNanos =
                nowNanos + Math.max(WINDOW_NANOS, (long) (2 * (phase == Phase.DRAINING ? meanNanos : idleNanos)));
    }

    private void follow(double meanNanos, int used, boolean hadOverload, long nowNanos) {
        switch (phase) {
            case FOLLOWING -> adapt(meanNanos, used, hadOverload, nowNanos);
            case DRAINING -> phase = used <= effective() ? Phase.PROBING : Phase.DRAINING;
            case PROBING -> learn(meanNanos, nowNanos);
        }
    }

    private void adapt(double meanNanos, int used, boolean hadOverload, long nowNanos) {
        boolean isLight = 2L * used <= limit;
        if (idleNanos == 0) {
            idleNanos = meanNanos;
            learnedNanos = isLight ? nowNanos : nowNanos - probeInterval();
            return;
        }
        double gradient = Math.max(LEAST_GRADIENT, policy.tolerance() * idleNanos / meanNanos);
        if (gradient < 1) {
            moveTo(limit * gradient);
        } else if (isLight) {
            idleNanos = (1 - LEARNING_RATE) * idleNanos + LEARNING_RATE * meanNanos;
            learnedNanos = nowNanos;
        } else if (!hadOverload) {
            moveTo(limit + Math.sqrt(limit));
        }
        if (nowNanos - learnedNanos >= probeInterval()) {
            beginProbe(meanNanos, isLight, nowNanos);
        }
    }

    private void beginProbe(double meanNanos, boolean isLight, long nowNanos) {
        if (isLight) {
            learn(meanNanos, nowNanos);
            return;
        }
        phase = Phase.DRAINING;
        probeEndNanos = nowNanos + Math.max(LEAST_PATIENCE_NANOS, (long) (LATENCIES_OF_PATIENCE * meanNanos));
    }

    private void learn(double meanNanos, long nowNanos) {
        idleNanos = meanNanos;
        learnedNanos = nowNanos;
        phase = Phase.FOLLOWING;
    }

    private long probeInterval() {
        return Math.max(PROBE_NANOS, (long) (LATENCIES_PER_PROBE * idleNanos));
    }

    private void moveTo(double target) {
        limit = clamp(limit + policy.smoothing() * (target - limit));
    }

    private double clamp(double value) {
        return Math.min(policy.maxLimit(), Math.max(policy.minLimit(), value));
    }

    private int effective() {
        return phase == Phase.FOLLOWING ? (int) limit : Math.max(1, (int) (limit / 2));
    }
}
