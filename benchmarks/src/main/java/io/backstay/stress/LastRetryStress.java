package io.backstay.stress;

import io.backstay.RetryBudgetPolicy;
import io.backstay.guard.RetryBudget;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two calls ask for the one retry that their budget has. */
@JCStressTest
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "the first got it")
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "the second got it")
@Outcome(expect = Expect.FORBIDDEN, desc = "both got it, or none")
@State
public class LastRetryStress {

    private final RetryBudget budget = Guarding.budget(
            RetryBudgetPolicy.builder().percent(50).minPerSecond(0).build());

    /** Two calls at half a retry each. */
    public LastRetryStress() {
        budget.onCall(0);
        budget.onCall(0);
    }

    private int ask() {
        return budget.tryAcquire(0) == RetryBudget.REFUSED ? 0 : 1;
    }

    /** One call. */
    @Actor
    public void first(II_Result result) {
        result.r1 = ask();
    }

    /** The other. */
    @Actor
    public void second(II_Result result) {
        result.r2 = ask();
    }
}
