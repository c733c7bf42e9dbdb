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
import org.openjdk.jcstress.infra.results.II_Result;

/** A call ends by an old reading of the clock while its bucket is used again, twice: it takes nothing from the newer ones. */
@JCStressTest
@Outcome(id = "2, 0", expect = Expect.ACCEPTABLE, desc = "counted in its own bucket, which is past")
@Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "counted as of now")
@Outcome(expect = Expect.FORBIDDEN, desc = "what is on its way was miscounted")
@State
public class LateEndStress {

    private final CircuitBreaker breaker = Guarding.closed(CircuitBreakerPolicy.rate());
    private final long permit = breaker.tryAcquire(0);

    /** The call ends. */
    @Actor
    public void end() {
        breaker.onSuccess(permit, 0);
    }

    /** Two calls start, each when the ring of buckets has turned once more. */
    @Actor
    public void start() {
        breaker.tryAcquire(Guarding.SAME_PLACE);
        breaker.tryAcquire(2 * Guarding.SAME_PLACE);
    }

    /** What was counted. */
    @Arbiter
    public void count(II_Result result) {
        BreakerCounts counts = breaker.status().counts();
        result.r1 = counts.inFlight();
        result.r2 = counts.calls();
    }
}
