package io.backstay.stress;

import io.backstay.ConcurrencyPolicy;
import io.backstay.guard.ConcurrencyLimit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two callers ask for the last permit of a concurrency limit; who got it gives it back. */
@JCStressTest
@Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "the first got it")
@Outcome(id = "0, 1, 0", expect = Expect.ACCEPTABLE, desc = "the second got it")
@Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "one after the other")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost, or nobody got the one there was")
@State
public class LastPermitStress {

    private final ConcurrencyLimit limit = Guarding.limit(
            ConcurrencyPolicy.builder().limit(1).withoutShares().maxWaiting(0).build());

    private int use() {
        long permit = limit.tryAcquire();
        if (permit == ConcurrencyLimit.REFUSED) {
            return 0;
        }
        int taken = limit.inFlight();
        limit.onIgnored(permit);
        return taken;
    }

    /** One caller. */
    @Actor
    public void first(III_Result result) {
        result.r1 = use();
    }

    /** The other. */
    @Actor
    public void second(III_Result result) {
        result.r2 = use();
    }

    /** What is out in the end. */
    @Arbiter
    public void end(III_Result result) {
        result.r3 = limit.inFlight();
    }
}
