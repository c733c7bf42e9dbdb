package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import org.jspecify.annotations.Nullable;

/** Whether what a window holds is reason to open. Allocates nothing while it is none. */
final class TripRules {

    private TripRules() {}

    /** After a call has ended and been counted; {@code streak} is how many have failed in a row. */
    static @Nullable String afterEnd(
            Phase phase, Window window, Ending ending, boolean slow, int streak, boolean hinted, long nowNanos) {
        String reason = ending == Ending.FAILURE ? afterFailure(phase.policy, window, streak, hinted, nowNanos) : null;
        return reason == null && slow && ending != Ending.ALIVE ? slow(phase.policy, window, nowNanos) : reason;
    }

    /** After a failure; {@code hinted} lowers rate, minimum and row to one half, rounded up. */
    private static @Nullable String afterFailure(
            CircuitBreakerPolicy policy, Window window, int streak, boolean hinted, long nowNanos) {
        int minimum = hinted ? half(policy.minimumCalls()) : policy.minimumCalls();
        long totals = window.totals(nowNanos);
        int calls = Totals.calls(totals);
        if (policy.usesFailureRate() && calls >= minimum) {
            double rate = 100.0 * Totals.failures(totals) / calls;
            double limit = hinted ? policy.failureRate() / 2 : policy.failureRate();
            return rate >= limit ? "failure rate " + Math.round(rate) + " % of " + calls + " calls" : null;
        }
        int row = hinted ? half(policy.consecutiveFailures()) : policy.consecutiveFailures();
        return streak >= row ? "threshold reached: " + streak + "/" + row : null;
    }

    /** After a slow call, and from time to time, since a call on its way becomes slow without telling. */
    static @Nullable String slow(CircuitBreakerPolicy policy, Window window, long nowNanos) {
        if (!policy.usesSlowCallRate()) {
            return null;
        }
        long totals = window.slowTotals(nowNanos);
        int onTheirWay = window.inFlightLongerThan(policy.slowCallTime().toNanos(), nowNanos);
        int slow = Totals.calls(totals) + onTheirWay;
        if (slow == 0) {
            return null;
        }
        int calls = Totals.calls(window.totals(nowNanos)) + Totals.failures(totals) + onTheirWay;
        if (calls < policy.minimumCalls()) {
            return null;
        }
        double rate = 100.0 * slow / calls;
        return rate >= policy.slowCallRate()
                ? "slow-call rate " + Math.round(rate) + " % of " + calls + " calls"
                : null;
    }

    private static int half(int count) {
        return (count + 1) / 2;
    }
}
