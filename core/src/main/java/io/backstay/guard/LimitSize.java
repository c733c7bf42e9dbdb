package io.backstay.guard;

import io.backstay.ConcurrencyPolicy;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How great a limit is now, as its policy says or as latencies have taught, and what of it is promised. Thread-safe. */
final class LimitSize {

    private final TimeSource time;
    private final Object changing = new Object();

    private volatile ConcurrencyPolicy policy;
    private volatile @Nullable GradientLimit gradient;
    private volatile Shares shares;

    LimitSize(ConcurrencyPolicy policy, TimeSource time) {
        this.time = time;
        this.policy = policy;
        this.gradient = policy.isAdaptive() ? new GradientLimit(policy, time.nanoTime()) : null;
        this.shares = Shares.of(policy, size(policy, gradient));
    }

    ConcurrencyPolicy policy() {
        return policy;
    }

    Shares shares() {
        return shares;
    }

    /** Whether it learns anything. */
    boolean isAdaptive() {
        return gradient != null;
    }

    /** The latency without load, as far as it is known; else zero. */
    Duration idleLatency() {
        GradientLimit adaptive = gradient;
        return Duration.ofNanos(adaptive == null ? 0 : adaptive.idleNanos());
    }

    /** Follows another policy; an adaptive limit keeps what it learned. */
    void update(ConcurrencyPolicy next) {
        synchronized (changing) {
            policy = next;
            GradientLimit adaptive = gradient;
            if (!next.isAdaptive()) {
                gradient = null;
            } else if (adaptive == null) {
                gradient = new GradientLimit(next, time.nanoTime());
            } else {
                adaptive.update(next);
            }
            publish();
        }
    }

    // Each of these tells whether the limit has changed.

    /** A call has ended well, of so many in flight. */
    boolean learn(long latencyNanos, int flying, long nowNanos) {
        GradientLimit adaptive = gradient;
        return adaptive != null && changed(adaptive.record(latencyNanos, flying, nowNanos));
    }

    /** A call was refused for overload, or not answered in time. */
    boolean learnOverload(int flying, long nowNanos) {
        GradientLimit adaptive = gradient;
        return adaptive != null && changed(adaptive.recordOverload(flying, nowNanos));
    }

    /** A call finds no room. */
    boolean onRefused(long nowNanos) {
        GradientLimit adaptive = gradient;
        return adaptive != null && changed(adaptive.onRefused(nowNanos));
    }

    private boolean changed(boolean changes) {
        if (changes) {
            synchronized (changing) {
                publish();
            }
        }
        return changes;
    }

    private void publish() {
        shares = Shares.of(policy, size(policy, gradient));
    }

    private static int size(ConcurrencyPolicy policy, @Nullable GradientLimit gradient) {
        if (gradient != null) {
            return gradient.limit();
        }
        return policy.enabled() ? policy.limit() : Lanes.MAX - 1;
    }
}
