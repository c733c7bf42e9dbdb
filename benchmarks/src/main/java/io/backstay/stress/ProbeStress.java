package io.backstay.stress;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.guard.CircuitBreaker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Two calls at a half-open breaker of one place: one gets it. */
@JCStressTest
@Outcome(
        id = {"true, false", "false, true"},
        expect = Expect.ACCEPTABLE,
        desc = "one probe")
@Outcome(expect = Expect.FORBIDDEN, desc = "two probes, or none")
@State
public class ProbeStress {

    private final CircuitBreaker breaker = Guarding.halfOpen(CircuitBreakerPolicy.rate());

    /** The one. */
    @Actor
    public void one(ZZ_Result result) {
        result.r1 = breaker.tryAcquire(0) != CircuitBreaker.REFUSED;
    }

    /** The other. */
    @Actor
    public void other(ZZ_Result result) {
        result.r2 = breaker.tryAcquire(0) != CircuitBreaker.REFUSED;
    }
}
