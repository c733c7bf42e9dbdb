package io.backstay.balance;

import io.backstay.BalancePolicy;
import java.time.Duration;

/** What all members of a pool go by: the times of the policy, and what is usual among them by the last review. Thread-safe. */
final class Tuning {

    /** An instance is not silent before its peers have had so many calls each on average. */
    private static final double CALLS_OF_PEERS = 5;

    private static final double LONGEST_PATIENCE_NANOS = Duration.ofMinutes(10).toNanos();

    volatile long decayNanos;
    volatile long slowStartNanos;
    private volatile long betweenCallsNanos;
    private volatile double usualNanos;

    Tuning(BalancePolicy policy) {
        follow(policy);
    }

    void follow(BalancePolicy policy) {
        decayNanos = policy.decay().toNanos();
        slowStartNanos = policy.slowStart().toNanos();
    }

    /** What an answer has usually taken, over all calls rather than all instances; 0 while that is not known. */
    double usualNanos() {
        return usualNanos;
    }

    /** How long an instance may be silent before what is known of it gets old. */
    long patienceNanos() {
        return Math.max(decayNanos, betweenCallsNanos);
    }

    /**
     * What a review has found.
     *
     * @param logSum of the latencies of so many answers, in nanoseconds
     * @param callsEach of an instance in the time that it looked at, on average
     */
    void learn(int answers, double logSum, double callsEach, long lastingNanos) {
        if (answers > 0) {
            usualNanos = Math.exp(logSum / answers);
        }
        if (callsEach > 0) {
            betweenCallsNanos = (long) Math.min(LONGEST_PATIENCE_NANOS, CALLS_OF_PEERS * lastingNanos / callsEach);
        }
    }
}
