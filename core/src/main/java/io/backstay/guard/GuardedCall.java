package io.backstay.guard;

import io.backstay.CallContext;
import io.backstay.CallDetails;
import io.backstay.CallException;
import io.backstay.CallTimeoutException;
import io.backstay.Deadline;
import io.backstay.Priority;
import io.backstay.Settings;
import java.time.Duration;
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
            return GuardFailures.timeout(this, "its deadline has passed", true, startNanos, null);
        }
        return parts.isRefusing(startNanos) ? GuardFailures.refusedByBreaker(this, startNanos) : null;
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
        return GuardFailures.attemptTimedOut(this, late, nowNanos);
    }

    /** Whether the attempt has no more time than what is left until the deadline. */
    boolean isBoundByDeadline() {
        return deadline != null && deadline.remainingNanos(attemptStartNanos) <= parts.timeoutNanos;
    }

    /**
     * What comes after a failed attempt: the nanoseconds to wait before the next one, for which the budget has been charged and the
     * breaker's clock stopped, or {@link #NO_RETRY}.
     */
    long delayAfter(Throwable failure, long nowNanos) {
        boolean isOver = failure instanceof CallTimeoutException && deadline != null && deadline.hasPassed(nowNanos);
        if (!parts.mayRetry
                || attempts >= parts.policy.maxAttempts()
                || isOver
                || !Verdicts.isRetried(parts.policy, failure)) {
            return NO_RETRY;
        }
        long given = Verdicts.givenDelayNanos(failure);
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

    private long backoffNanos() {
        return parts.policy
                .backoff()
                .delay(attempts, Duration.ofNanos(delayNanos), clocks.random())
                .toNanos();
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
        end(Verdicts.isFailure(parts.policy, failure), Verdicts.givenDelayNanos(failure), nowNanos);
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
