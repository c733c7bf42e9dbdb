package io.backstay.guard;

import io.backstay.CallCancelledException;
import io.backstay.CallContext;
import io.backstay.CallDetails;
import io.backstay.CallException;
import io.backstay.CallRejectedException;
import io.backstay.CallTimeoutException;
import io.backstay.Deadline;
import io.backstay.Priority;
import io.backstay.ServiceUnavailableException;
import io.backstay.Settings;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * One call on its way: the permits it holds, its attempts so far, what remains of its deadline. What blocks and what does not is up
 * to who drives it. Used by one thread at a time.
 */
final class GuardedCall {

    /** In place of a delay: no further attempt. */
    static final long NO_RETRY = -1;

    /** The longest delay that a failure may ask for where no deadline bounds it. */
    private static final long LONGEST_GIVEN_NANOS =
            Settings.DEADLINE.defaultValue().toNanos();

    final String name;
    final GuardParts parts;
    final GuardClocks clocks;
    final GuardCounters counters;
    final Priority priority;
    final long startNanos;
    final @Nullable Deadline deadline;

    private final boolean isOthersDeadline;
    private boolean hasToken;
    private boolean hasPlace;
    private boolean hasPermit;
    private long place;
    private long permit;
    private int attempts;
    private long attemptStartNanos;
    private long delayNanos;
    private boolean timedOut;
    /** Of the retry budget, for the retry that is waited for. */
    private long retryPermit = RetryBudget.REFUSED;

    GuardedCall(Guard guard, GuardParts parts, CallContext ambient, long startNanos) {
        this.name = guard.name();
        this.parts = parts;
        this.clocks = guard.clocks;
        this.counters = guard.counters;
        this.priority = ambient.priority().orElse(Priority.NORMAL);
        this.startNanos = startNanos;
        Deadline others = ambient.deadline().orElse(null);
        Deadline own = parts.policy
                .deadline()
                .map(time -> Deadline.after(startNanos, time))
                .orElse(null);
        this.deadline = own == null ? others : own.earlierOf(others);
        this.isOthersDeadline = others != null && others.equals(deadline);
    }

    /** Goes on with a call whose first attempt has been made without one of these. */
    GuardedCall adopt(long placeTaken, long permitTaken) {
        place = placeTaken;
        permit = permitTaken;
        hasPlace = parts.concurrency != null;
        hasPermit = parts.breaker != null;
        attempts = 1;
        attemptStartNanos = startNanos;
        return this;
    }

    long now() {
        return clocks.time().nanoTime();
    }

    // Admission: what refuses without costing anything, then token, place, the breaker's permit.

    /** Nothing, or why the call goes no further. */
    @Nullable
    CallException look() {
        if (deadline != null && deadline.hasPassed(startNanos)) {
            return timeout("its deadline has passed", true, startNanos, null);
        }
        return parts.isRefusing(startNanos) ? refusedByBreaker(startNanos) : null;
    }

    /** Whether a token was taken; waits for it on this thread within the deadline, if there is one. */
    boolean takeToken() throws InterruptedException {
        if (parts.rate == null) {
            return true;
        }
        return onToken(
                deadline == null
                        ? parts.rate.tryAcquire(priority, startNanos)
                        : parts.rate.acquire(priority, deadline));
    }

    boolean onToken(boolean taken) {
        hasToken = taken;
        return taken;
    }

    /** Whether there is room; waits for it on this thread within the deadline, if there is one. */
    boolean takePlace() throws InterruptedException {
        if (parts.concurrency == null) {
            return true;
        }
        return onPlace(
                deadline == null
                        ? parts.concurrency.tryAcquire(priority, startNanos)
                        : parts.concurrency.acquire(priority, deadline));
    }

    boolean onPlace(long taken) {
        hasPlace = taken != ConcurrencyLimit.REFUSED;
        place = taken;
        return hasPlace;
    }

    /** Whether the breaker let it through, after which the call counts. */
    boolean takePermit(long nowNanos) {
        if (parts.breaker != null) {
            permit = parts.breaker.tryAcquire(nowNanos);
            hasPermit = permit != CircuitBreaker.REFUSED;
            if (!hasPermit) {
                return false;
            }
        }
        hasToken = false;
        parts.pay(nowNanos);
        return true;
    }

    /** All of it without waiting: whether it was admitted; if not, it holds nothing. */
    boolean admitNow() {
        boolean admitted = !parts.isRefusing(startNanos)
                && onToken(parts.takeToken(priority, startNanos))
                && onPlace(parts.takePlace(priority, startNanos))
                && takePermit(startNanos);
        if (!admitted) {
            counters.refused.increment();
            release();
        }
        return admitted;
    }

    CallException refusedByRate() {
        return refusedByLimit("rate limit", "no token in time");
    }

    CallException refusedByConcurrency() {
        return refusedByLimit(
                "concurrency limit",
                (parts.concurrency == null ? 0 : parts.concurrency.inFlight()) + " calls are running");
    }

    private CallException refusedByLimit(String guard, String problem) {
        long now = now();
        return deadline != null && deadline.hasPassed(now)
                ? timeout("its deadline passed while it waited for the " + guard, true, now, null)
                : refused(guard, problem, null, now);
    }

    CallException refusedByBreaker(long nowNanos) {
        CircuitBreaker breaker = parts.breaker;
        if (breaker == null) {
            throw new IllegalStateException("there is no circuit breaker");
        }
        Duration wait = breaker.retryAfter(nowNanos);
        return refused("circuit breaker", "it is " + breaker.state(), wait.isZero() ? null : wait, nowNanos);
    }

    private CallException refused(String guard, String problem, @Nullable Duration retryAfter, long nowNanos) {
        counters.refused.increment();
        return new CallRejectedException(guard, problem, details(nowNanos), retryAfter);
    }

    // Attempts.

    void beginFirstAttempt(long nowNanos) {
        attempts = 1;
        attemptStartNanos = nowNanos;
    }

    /**
     * Whether the next attempt begins now, its wait being over. It does not when the deadline has passed meanwhile or the breaker,
     * which is asked again, has opened; the call then ends with the failure of the attempt before.
     */
    boolean beginRetry(long nowNanos) {
        if ((deadline != null && deadline.hasPassed(nowNanos)) || !renewPermit(nowNanos)) {
            return false;
        }
        attempts++;
        attemptStartNanos = nowNanos;
        timedOut = false;
        retryPermit = RetryBudget.REFUSED;
        counters.retries.increment();
        return true;
    }

    /** A permit that a phase gave which is over, or a probe that was given up, lets nothing through any more. */
    private boolean renewPermit(long nowNanos) {
        if (!hasPermit || parts.breaker == null) {
            return true;
        }
        long before = permit;
        permit = parts.breaker.resume(before, nowNanos);
        if (permit == before) {
            permit = parts.breaker.tryAcquire(nowNanos);
            hasPermit = permit != CircuitBreaker.REFUSED;
        }
        return hasPermit;
    }

    /** How long the attempt that begins now may take; {@link Long#MAX_VALUE} for as long as it likes. */
    long attemptNanos() {
        return deadline == null
                ? parts.timeoutNanos
                : Math.max(0, Math.min(parts.timeoutNanos, deadline.remainingNanos(attemptStartNanos)));
    }

    /** What the code sees as its deadline. */
    CallContext attemptContext(CallContext ambient) {
        long nanos = attemptNanos();
        return nanos == Long.MAX_VALUE ? ambient : ambient.withDeadline(new Deadline(attemptStartNanos + nanos));
    }

    /** The attempt took too long; what the code threw thereupon is the cause. */
    CallTimeoutException timedOut(@Nullable Throwable late, long nowNanos) {
        counters.timedOut.increment();
        timedOut = true;
        boolean byDeadline = deadline != null && deadline.remainingNanos(attemptStartNanos) <= parts.timeoutNanos;
        Throwable cause = late instanceof InterruptedException ? null : late;
        return timeout(
                byDeadline
                        ? "its deadline has passed"
                        : "timed out after "
                                + Duration.ofNanos(parts.timeoutNanos).toMillis() + " ms",
                byDeadline,
                nowNanos,
                cause);
    }

    private CallTimeoutException timeout(
            String problem, boolean deadlinePassed, long nowNanos, @Nullable Throwable cause) {
        return new CallTimeoutException(problem, details(nowNanos), deadlinePassed, cause);
    }

    CallCancelledException cancelled(String problem, @Nullable Throwable cause) {
        return new CallCancelledException(problem, details(now()), cause);
    }

    /**
     * What comes after a failed attempt: the nanoseconds to wait before the next one, for which the budget has been charged and the
     * breaker's clock stopped, or {@link #NO_RETRY}.
     */
    long delayAfter(Throwable failure, long nowNanos) {
        if (!parts.mayRetry || attempts >= parts.policy.maxAttempts() || !isRetried(failure)) {
            return NO_RETRY;
        }
        long given = givenDelayNanos(failure);
        long next = Math.max(given, backoffNanos());
        boolean inTime = deadline == null ? given <= LONGEST_GIVEN_NANOS : deadline.remainingNanos(nowNanos) > next;
        if (!inTime || parts.isRefusing(nowNanos + next)) {
            return NO_RETRY;
        }
        retryPermit = parts.budget.tryAcquire(nowNanos);
        if (retryPermit == RetryBudget.REFUSED) {
            return NO_RETRY;
        }
        if (hasPermit && parts.breaker != null) {
            permit = parts.breaker.suspend(permit, nowNanos);
        }
        delayNanos = next;
        return next;
    }

    private boolean isRetried(Throwable failure) {
        return failure instanceof Exception exception
                && !isGivenUp(failure)
                && !(failure instanceof CallTimeoutException && deadline != null && deadline.hasPassed(now()))
                && Predicates.holds(parts.policy::retries, exception, false);
    }

    private long backoffNanos() {
        return parts.policy
                .backoff()
                .delay(attempts, Duration.ofNanos(delayNanos), clocks.random())
                .toNanos();
    }

    /** What the failure itself says, as a service's {@code Retry-After}; never undercut, so not jittered. */
    private static long givenDelayNanos(Throwable failure) {
        return failure instanceof ServiceUnavailableException unavailable
                ? unavailable.retryAfter().map(Nanos::of).orElse(0L)
                : 0;
    }

    /** Whether nobody wants the answer any more. */
    static boolean isGivenUp(Throwable failure) {
        return failure instanceof InterruptedException
                || failure instanceof CancellationException
                || failure instanceof CallCancelledException;
    }

    /** Whether it is something that a fallback may answer, and a failure of what the code calls. */
    boolean isFailure(Throwable failure) {
        return failure instanceof Exception exception
                && !isGivenUp(failure)
                && !Predicates.holds(parts.policy::ignores, exception, false);
    }

    // The end: each gives back what is held, once.

    void succeed(long nowNanos) {
        if (hasPermit && parts.breaker != null) {
            hasPermit = false;
            parts.breaker.onSuccess(permit, nowNanos);
        }
        if (hasPlace && parts.concurrency != null) {
            hasPlace = false;
            if (attempts == 1) {
                parts.concurrency.onSuccess(place, nowNanos);
            } else {
                parts.concurrency.onLatency(nowNanos - attemptStartNanos, nowNanos);
                parts.concurrency.onIgnored(place);
            }
        }
    }

    void fail(Throwable failure, long nowNanos) {
        end(isFailure(failure), givenDelayNanos(failure), nowNanos);
    }

    /** It did not succeed; does that count as a failure, and did the other side say when to come back. */
    void end(boolean counts, long givenNanos, long nowNanos) {
        if (counts) {
            counters.failed.increment();
        }
        if (hasPermit && parts.breaker != null) {
            hasPermit = false;
            tellBreaker(parts.breaker, counts && !isCutShort(), givenNanos, nowNanos);
        }
        if (hasPlace && parts.concurrency != null) {
            hasPlace = false;
            if (timedOut && !isCutShort()) {
                parts.concurrency.onDropped(place, nowNanos);
            } else {
                parts.concurrency.onIgnored(place);
            }
        }
    }

    /** A first attempt that somebody else's deadline ended before its time says nothing; but it may have been slow. */
    private boolean isCutShort() {
        return timedOut
                && attempts == 1
                && isOthersDeadline
                && deadline != null
                && deadline.remainingNanos(attemptStartNanos) < parts.timeoutNanos;
    }

    private void tellBreaker(CircuitBreaker breaker, boolean counts, long givenNanos, long nowNanos) {
        if (!counts) {
            breaker.onIgnored(permit, nowNanos);
        } else if (givenNanos > 0) {
            breaker.onFailure(permit, nowNanos, Duration.ofNanos(givenNanos));
        } else {
            breaker.onFailure(permit, nowNanos);
        }
    }

    /** Whatever happened, an error of the JVM included: nothing stays taken, neither a token nor a retry for which no code was run. */
    void release() {
        if (hasPermit && parts.breaker != null) {
            hasPermit = false;
            parts.breaker.onIgnored(permit);
        }
        if (hasPlace && parts.concurrency != null) {
            hasPlace = false;
            parts.concurrency.onIgnored(place);
        }
        if (hasToken) {
            hasToken = false;
            parts.giveTokenBack();
        }
        if (retryPermit != RetryBudget.REFUSED) {
            parts.budget.giveBack(retryPermit);
            retryPermit = RetryBudget.REFUSED;
        }
    }

    CallDetails details(long nowNanos) {
        return new CallDetails(
                name, null, "guarded", "call", attempts, Duration.ofNanos(nowNanos - startNanos), attempts > 0);
    }
}
