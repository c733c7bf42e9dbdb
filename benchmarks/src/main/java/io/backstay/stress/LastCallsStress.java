package io.backstay.stress;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.guard.BreakerCounts;
import io.backstay.guard.CircuitBreaker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/** Two calls take each other's place in a window of one, and one looks: each count is that of calls which were made. */
@JCStressTest
@Outcome(id = "[01], [01], 1, 0", expect = Expect.ACCEPTABLE, desc = "the one that succeeded came last")
@Outcome(id = "[01], [01], 1, 1", expect = Expect.ACCEPTABLE, desc = "the one that failed came last")
@Outcome(expect = Expect.FORBIDDEN, desc = "a count ran into another")
@State
public class LastCallsStress {

    private final CircuitBreaker breaker = Guarding.closed(
            CircuitBreakerPolicy.builder().lastCalls(1).withoutFailureRate().build());
    private final long bad = breaker.tryAcquire(0);
    private final long good = breaker.tryAcquire(0);

    /** The one that fails. */
    @Actor
    public void fail() {
        breaker.onFailure(bad, 0);
    }

    /** The one that succeeds, and looks. */
    @Actor
    public void succeed(IIII_Result result) {
        breaker.onSuccess(good, 0);
        BreakerCounts counts = breaker.status().counts();
        result.r1 = counts.calls();
        result.r2 = counts.failures();
    }

    /** What was counted. */
    @Arbiter
    public void count(IIII_Result result) {
        BreakerCounts counts = breaker.status().counts();
        result.r3 = counts.calls();
        result.r4 = counts.failures();
    }
}
