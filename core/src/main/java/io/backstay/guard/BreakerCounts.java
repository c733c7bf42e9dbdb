package io.backstay.guard;

/**
 * What a closed circuit breaker has counted; all 0 in other states but {@code inFlight}, which then counts probes.
 *
 * @param calls how many calls the window holds
 * @param failures how many of them failed
 * @param slow how many calls were slow or, still on their way, already are
 * @param judgedForSlowness of how many that is: calls, those on their way that are slow already, and those that said nothing
 *     but that they were slow
 * @param inFlight how many attempts are on their way
 * @param consecutiveFailures how many calls failed in a row up to now
 */
public record BreakerCounts(
        int calls, int failures, int slow, int judgedForSlowness, int inFlight, int consecutiveFailures) {

    static final BreakerCounts NONE = new BreakerCounts(0, 0, 0, 0, 0, 0);

    /** The share of failed calls in the window, in percent; 0 while it is empty. */
    public double failureRate() {
        return calls == 0 ? 0 : 100.0 * failures / calls;
    }

    /** The share of slow calls, in percent; 0 where there is none. */
    public double slowCallRate() {
        return judgedForSlowness == 0 ? 0 : 100.0 * slow / judgedForSlowness;
    }

    static BreakerCounts of(Window window, long slowNanos, long nowNanos) {
        long totals = window.totals(nowNanos);
        long slowTotals = window.slowTotals(nowNanos);
        int slowInFlight = window.inFlightLongerThan(slowNanos, nowNanos);
        return new BreakerCounts(
                Totals.calls(totals),
                Totals.failures(totals),
                Totals.calls(slowTotals) + slowInFlight,
                Totals.calls(totals) + Totals.failures(slowTotals) + slowInFlight,
                window.inFlight(),
                window.streak());
    }

    static BreakerCounts of(Probes probes) {
        return new BreakerCounts(0, 0, 0, 0, probes.running(), 0);
    }
}
