package io.backstay.internal;

import io.backstay.HedgePolicy;
import io.backstay.guard.LatencyQuantile;
import io.backstay.guard.RetryBudget;
import io.backstay.spi.TimeSource;
import java.time.Duration;

/** When a service's calls are hedged, and how many hedges there may still be. Thread-safe. */
final class Hedging {

    /** How far back latencies count. */
    private static final Duration WINDOW = Duration.ofSeconds(30);

    static final long NO_HEDGE = -1;

    final HedgePolicy policy;
    private final RetryBudget budget;
    private final LatencyQuantile latency;

    Hedging(HedgePolicy policy, TimeSource time) {
        this(policy, new RetryBudget(policy.budget(), time), new LatencyQuantile(policy.percentile(), WINDOW, time));
    }

    private Hedging(HedgePolicy policy, RetryBudget budget, LatencyQuantile latency) {
        this.policy = policy;
        this.budget = budget;
        this.latency = latency;
    }

    /** The same under another policy. The budget stays; so do the latencies, unless another percentile is asked for. */
    Hedging following(HedgePolicy next, TimeSource time) {
        budget.update(next.budget());
        LatencyQuantile kept = Double.compare(next.percentile(), policy.percentile()) == 0
                ? latency
                : new LatencyQuantile(next.percentile(), WINDOW, time);
        return new Hedging(next, budget, kept);
    }

    /** How long to wait for an answer before the next hedge; {@link #NO_HEDGE} while too little is known. */
    long delayNanos(long nowNanos) {
        if (policy.fixedDelay().isPresent()) {
            return policy.fixedDelay().get().toNanos();
        }
        long known = latency.nanos(nowNanos);
        return known == 0 ? NO_HEDGE : Math.max(known, policy.minDelay().toNanos());
    }

    void onCall(long nowNanos) {
        budget.onCall(nowNanos);
    }

    void onAnswer(long latencyNanos, long nowNanos) {
        latency.record(latencyNanos, nowNanos);
    }

    /** A permit to hedge, or {@link RetryBudget#REFUSED}. */
    long tryAcquire(long nowNanos) {
        return budget.tryAcquire(nowNanos);
    }

    void giveBack(long permit) {
        budget.giveBack(permit);
    }
}
