package io.backstay.stress;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.guard.BreakerState;
import io.backstay.guard.BreakerStatus;
import io.backstay.guard.CircuitBreaker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** The two failures that together reach the rate come at once: it opens, once. */
@JCStressTest
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "open, and opened once")
@Outcome(expect = Expect.FORBIDDEN, desc = "neither saw the other, or both opened it")
@State
public class LastFailuresStress {

    private final CircuitBreaker breaker = Guarding.closed(CircuitBreakerPolicy.builder()
            .minimumCalls(2)
            .failureRate(100)
            .consecutiveFailures(100)
            .build());

    /** The one. */
    @Actor
    public void one() {
        breaker.onFailure(breaker.tryAcquire(0), 0);
    }

    /** The other, by another thread and so in another stripe. */
    @Actor
    public void other() {
        long permit = breaker.tryAcquire(0);
        if (permit != CircuitBreaker.REFUSED) {
            breaker.onFailure(permit, 0);
        }
    }

    /** What came of it. */
    @Arbiter
    public void look(ZI_Result result) {
        BreakerStatus status = breaker.status();
        result.r1 = status.state() == BreakerState.OPEN;
        result.r2 = status.timesOpened();
    }
}
