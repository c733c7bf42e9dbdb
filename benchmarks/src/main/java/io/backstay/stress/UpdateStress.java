package io.backstay.stress;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.guard.BreakerCounts;
import io.backstay.guard.CircuitBreaker;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A call ends while the window gets another shape: it may miss the count, but leaves no permit taken. */
@JCStressTest
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "counted")
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "counted in the window that was just left")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost or given back twice")
@State
public class UpdateStress {

    private static final CircuitBreakerPolicy LONGER =
            CircuitBreakerPolicy.builder().window(Duration.ofSeconds(20)).build();

    private final CircuitBreaker breaker = Guarding.closed(CircuitBreakerPolicy.rate());
    private final long permit = breaker.tryAcquire(0);

    /** The call ends. */
    @Actor
    public void end() {
        breaker.onSuccess(permit, 0);
    }

    /** The policy changes. */
    @Actor
    public void update() {
        breaker.update(LONGER);
    }

    /** What was counted. */
    @Arbiter
    public void count(II_Result result) {
        BreakerCounts counts = breaker.status().counts();
        result.r1 = counts.calls();
        result.r2 = counts.inFlight();
    }
}
