package io.backstay.internal;

import io.backstay.FailureKind;
import io.backstay.RetryPolicy;
import io.backstay.guard.RetryBudget;
import io.backstay.internal.Outcome.Answer;
import io.backstay.internal.Outcome.Broken;
import java.time.Duration;

/** Says whether an attempt is followed by another, and after what wait. */
final class RetryRules {

    private RetryRules() {}

    /**
     * The wait, or {@link Call#NO_RETRY}. There is a next attempt when there may be one more, the policy handles this failure,
     * repeating is safe, the body can be sent again, the wait ends before the deadline, the breaker would let it through, and the
     * service's budget has one left. A server's {@code Retry-After} is never undercut. A failed connect goes to another instance
     * at once.
     */
    static long waitNanos(Attempt attempt, Outcome outcome, Parts parts) {
        Call call = attempt.call;
        RetryPolicy policy = call.policy.retry();
        if (call.attempts - call.hedges >= policy.maxAttempts() || call.isCancelled() || !handles(policy, outcome)) {
            return Call.NO_RETRY;
        }
        if (call.mayHaveReachedServer && !call.request.isIdempotent()) {
            return Call.NO_RETRY;
        }
        if (call.sentBody != null && call.sentBody.isSpent()) {
            return Call.NO_RETRY;
        }
        long wait = isConnectFailure(outcome) && call.service.instances.hasUntried(call)
                ? 0
                : call.backoffNanos(parts.random());
        wait = Math.max(wait, askedFor(outcome, parts).toNanos());
        boolean canBegin = wait < call.deadline.remainingNanos(call.endNanos) && !Admission.refusesAfter(call, wait);
        return canBegin && hasBudget(call) ? wait : Call.NO_RETRY;
    }

    /** Asked last, since who asks has spent. */
    private static boolean hasBudget(Call call) {
        call.retryPermit = call.guards.retryBudget().tryAcquire(call.endNanos);
        return call.retryPermit != RetryBudget.REFUSED;
    }

    private static boolean handles(RetryPolicy policy, Outcome outcome) {
        if (outcome instanceof Answer answer) {
            return !answer.accepted() && policy.handlesStatus(answer.response().status());
        }
        return outcome instanceof Broken broken && policy.handles(broken.kind());
    }

    private static boolean isConnectFailure(Outcome outcome) {
        return outcome instanceof Broken broken
                && (broken.kind() == FailureKind.CONNECT_FAILED
                        || broken.kind() == FailureKind.CONNECT_TIMEOUT
                        || broken.kind() == FailureKind.UNKNOWN_HOST);
    }

    private static Duration askedFor(Outcome outcome, Parts parts) {
        return outcome instanceof Answer answer
                ? RetryAfter.read(answer.response().headers(), parts.time()).orElse(Duration.ZERO)
                : Duration.ZERO;
    }
}
