package io.backstay.guard;

import io.backstay.CallCancelledException;
import io.backstay.CallException;
import io.backstay.CallRejectedException;
import io.backstay.CallTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a guarded call ends with where that is not the code's own doing. Refusals are counted here. */
final class GuardFailures {

    private GuardFailures() {}

    static CallException refusedByRate(GuardedCall call) {
        return refusedByLimit(call, "rate limit", "no token in time");
    }

    static CallException refusedByConcurrency(GuardedCall call) {
        ConcurrencyLimit limit = call.parts.concurrency;
        return refusedByLimit(call, "concurrency limit", (limit == null ? 0 : limit.inFlight()) + " calls are running");
    }

    private static CallException refusedByLimit(GuardedCall call, String guard, String problem) {
        long now = call.now();
        return call.deadline != null && call.deadline.hasPassed(now)
                ? timeout(call, "its deadline passed while it waited for the " + guard, true, now, null)
                : refused(call, guard, problem, null, now);
    }

    static CallException refusedByBreaker(GuardedCall call, long nowNanos) {
        CircuitBreaker breaker = call.parts.breaker;
        if (breaker == null) {
            throw new IllegalStateException("there is no circuit breaker");
        }
        Duration wait = breaker.retryAfter(nowNanos);
        return refused(call, "circuit breaker", "it is " + breaker.state(), wait.isZero() ? null : wait, nowNanos);
    }

    private static CallException refused(
            GuardedCall call, String guard, String problem, @Nullable Duration retryAfter, long nowNanos) {
        call.counters.refused.increment();
        return new CallRejectedException(guard, problem, call.details(nowNanos), retryAfter);
    }

    /** An attempt took too long; what the code threw thereupon is the cause, unless it only says that it was interrupted. */
    static CallTimeoutException attemptTimedOut(GuardedCall call, @Nullable Throwable late, long nowNanos) {
        boolean byDeadline = call.isBoundByDeadline();
        String problem = byDeadline
                ? "its deadline has passed"
                : "timed out after " + Duration.ofNanos(call.parts.timeoutNanos).toMillis() + " ms";
        return timeout(call, problem, byDeadline, nowNanos, late instanceof InterruptedException ? null : late);
    }

    static CallTimeoutException timeout(
            GuardedCall call, String problem, boolean deadlinePassed, long nowNanos, @Nullable Throwable cause) {
        return new CallTimeoutException(problem, call.details(nowNanos), deadlinePassed, cause);
    }

    static CallCancelledException cancelled(GuardedCall call, String problem, @Nullable Throwable cause) {
        return new CallCancelledException(problem, call.details(call.now()), cause);
    }
}
