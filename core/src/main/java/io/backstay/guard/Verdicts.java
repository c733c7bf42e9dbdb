package io.backstay.guard;

import io.backstay.CallCancelledException;
import io.backstay.GuardPolicy;
import io.backstay.ServiceUnavailableException;
import java.util.concurrent.CancellationException;

/** What it means that the code has thrown this. */
final class Verdicts {

    private Verdicts() {}

    /** Whether nobody wants the answer any more. */
    static boolean isGivenUp(Throwable failure) {
        return failure instanceof InterruptedException
                || failure instanceof CancellationException
                || failure instanceof CallCancelledException;
    }

    /** Whether it is something that a fallback may answer, and a failure of what the code calls. */
    static boolean isFailure(GuardPolicy policy, Throwable failure) {
        return failure instanceof Exception exception
                && !isGivenUp(failure)
                && !Predicates.holds(policy::ignores, exception, false);
    }

    /** Whether the policy repeats what has failed in this way. */
    static boolean isRetried(GuardPolicy policy, Throwable failure) {
        return failure instanceof Exception exception
                && !isGivenUp(failure)
                && Predicates.holds(policy::retries, exception, false);
    }

    /** What the failure itself says, as a service's {@code Retry-After}; never undercut, so not jittered. */
    static long givenDelayNanos(Throwable failure) {
        return failure instanceof ServiceUnavailableException unavailable
                ? unavailable.retryAfter().map(Nanos::of).orElse(0L)
                : 0;
    }
}
