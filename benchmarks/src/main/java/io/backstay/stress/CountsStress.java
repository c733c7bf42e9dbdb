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
import org.openjdk.jcstress.infra.results.III_Result;

/** Two calls at once, one of which turns the window to its next bucket between start and end: each counts once. */
@JCStressTest
@Outcome(id = "2, 1, 0", expect = Expect.ACCEPTABLE, desc = "two calls, one failure, none on its way")
@Outcome(expect = Expect.FORBIDDEN, desc = "a call was lost or counted twice")
@State
public class CountsStress {

    private final CircuitBreaker breaker = Guarding.closed(CircuitBreakerPolicy.rate());

    /** A call that succeeds in the first bucket. */
    @Actor
    public void succeed() {
        breaker.onSuccess(breaker.tryAcquire(0), 0);
    }

    /** A call that starts in the first bucket and fails in the second. */
    @Actor
    public void fail() {
        breaker.onFailure(breaker.tryAcquire(0), Guarding.NEXT_BUCKET);
    }

    /** What was counted. */
    @Arbiter
    public void count(III_Result result) {
        BreakerCounts counts = breaker.status().counts();
        result.r1 = counts.calls();
        result.r2 = counts.failures();
        result.r3 = counts.inFlight();
    }
}
