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
import org.openjdk.jcstress.infra.results.LI_Result;

/** Of two probes one fails and one goes well at once: the first to end decides, the other is late. */
@JCStressTest
@Outcome(id = "CLOSED, 1", expect = Expect.ACCEPTABLE, desc = "the good one came first")
@Outcome(id = "OPEN, 2", expect = Expect.ACCEPTABLE, desc = "the bad one came first")
@Outcome(expect = Expect.FORBIDDEN, desc = "a late probe changed a newer state")
@State
public class ProbeEndsStress {

    private final CircuitBreaker breaker =
            Guarding.halfOpen(CircuitBreakerPolicy.builder().probes(2).build());
    private final long good = breaker.tryAcquire(0);
    private final long bad = breaker.tryAcquire(0);

    /** The good one. */
    @Actor
    public void succeed() {
        breaker.onSuccess(good, 0);
    }

    /** The bad one. */
    @Actor
    public void fail() {
        breaker.onFailure(bad, 0);
    }

    /** What came of it; the opening that was restored is one. */
    @Arbiter
    public void look(LI_Result result) {
        BreakerStatus status = breaker.status();
        result.r1 = status.state() == BreakerState.CLOSED && status.failures() > 0 ? "counted" : status.state();
        result.r2 = status.timesOpened();
    }
}
