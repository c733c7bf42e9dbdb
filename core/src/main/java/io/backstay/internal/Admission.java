package io.backstay.internal;

import io.backstay.FailureKind;
import io.backstay.guard.BreakerState;
import io.backstay.guard.CircuitBreaker;
import io.backstay.guard.ConcurrencyLimit;
import io.backstay.internal.Outcome.Answer;
import io.backstay.internal.Outcome.Broken;
import io.backstay.internal.Outcome.Refused;
import io.backstay.spi.TimeSource;
import io.backstay.spi.Waiter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Step 7 and its way back, step 13: it is known where the service is, the breaker is not open, there is room for one more call, then the
 * breaker's permit. Waits for what is not known yet, holding nothing, and for room within the deadline; a breaker that opens meanwhile
 * still refuses.
 */
final class Admission {

    private final TimeSource time;
    private final Waiter waiter;

    Admission(TimeSource time, Waiter waiter) {
        this.time = time;
        this.waiter = waiter;
    }

    /** Nothing, or why the call goes no further. Blocks while it waits. */
    @Nullable
    Outcome await(Call call) {
        Outcome refusal = call.service.firstReading.isAwaited() ? awaitReading(call) : null;
        return refusal != null ? refusal : awaitRoom(call);
    }

    private @Nullable Outcome awaitReading(Call call) {
        CompletableFuture<Void> over = call.service.firstReading.whenOver(call.deadline);
        call.waitsFor(over);
        try {
            waiter.await(over);
        } catch (InterruptedException e) {
            boolean unused = over.cancel(false);
            Thread.currentThread().interrupt();
            return Outcomes.cancelled("its thread was interrupted");
        }
        return afterReading(call, over.isCancelled());
    }

    /** Nothing has been taken for the call by now. */
    private @Nullable Outcome afterReading(Call call, boolean cancelled) {
        long now = time.nanoTime();
        call.admittedNanos = now;
        call.endNanos = now;
        if (cancelled) {
            return Outcomes.cancelled("it was cancelled");
        }
        return call.deadline.hasPassed(now)
                ? new Broken(FailureKind.TIMEOUT, "the deadline has passed before any instance was known", null)
                : null;
    }

    private @Nullable Outcome awaitRoom(Call call) {
        Outcome refusal = look(call);
        ConcurrencyLimit limit = call.guards.concurrency();
        if (refusal != null || limit == null) {
            return refusal != null ? refusal : enter(call, call.admittedNanos);
        }
        CompletableFuture<Long> permit = limit.acquireAsync(call.priority, call.deadline);
        if (!permit.isDone()) {
            call.waitsFor(permit);
            try {
                waiter.await(permit);
            } catch (InterruptedException e) {
                if (!permit.cancel(false) && permit.join() != ConcurrencyLimit.REFUSED) {
                    limit.onIgnored(permit.join());
                }
                Thread.currentThread().interrupt();
                return Outcomes.cancelled("its thread was interrupted");
            }
        }
        return permit.isCancelled() ? Outcomes.cancelled("it was cancelled") : enter(call, limit, permit.join());
    }

    /** The same without blocking; goes on here where there is nothing to wait for, else on the thread that ends the wait. */
    void whenAdmitted(Call call, Consumer<@Nullable Outcome> next) {
        if (!call.service.firstReading.isAwaited()) {
            whenThereIsRoom(call, next);
            return;
        }
        CompletableFuture<Void> over = call.service.firstReading.whenOver(call.deadline);
        call.waitsFor(over);
        var unused = over.whenComplete((done, cancelled) -> {
            Outcome refusal = afterReading(call, cancelled != null);
            if (refusal != null) {
                next.accept(refusal);
            } else {
                whenThereIsRoom(call, next);
            }
        });
    }

    private void whenThereIsRoom(Call call, Consumer<@Nullable Outcome> next) {
        Outcome refusal = look(call);
        ConcurrencyLimit limit = call.guards.concurrency();
        if (refusal != null || limit == null) {
            next.accept(refusal != null ? refusal : enter(call, call.admittedNanos));
            return;
        }
        CompletableFuture<Long> permit = limit.acquireAsync(call.priority, call.deadline);
        call.waitsFor(permit);
        var unused = permit.whenComplete((given, cancelled) ->
                next.accept(cancelled != null ? Outcomes.cancelled("it was cancelled") : enter(call, limit, given)));
    }

    /** What refuses without costing anything. */
    private static @Nullable Outcome look(Call call) {
        if (call.deadline.hasPassed(call.admittedNanos)) {
            return Outcomes.deadlinePassed();
        }
        CircuitBreaker breaker = call.breaker;
        boolean mayWait = call.guards.concurrency() != null;
        return mayWait && breaker != null && isOpen(breaker.state()) ? refusedBy(breaker, call.admittedNanos) : null;
    }

    private static boolean isOpen(BreakerState state) {
        return state == BreakerState.OPEN || state == BreakerState.FORCED_OPEN;
    }

    private @Nullable Outcome enter(Call call, ConcurrencyLimit limit, long permit) {
        long now = time.nanoTime();
        call.admittedNanos = now;
        call.endNanos = now;
        if (permit == ConcurrencyLimit.REFUSED) {
            return call.deadline.hasPassed(now)
                    ? Outcomes.deadlinePassed()
                    : new Refused("concurrency limit", limit.inFlight() + " calls are running", null);
        }
        call.concurrencyPermit = permit;
        return enter(call, now);
    }

    private static @Nullable Outcome enter(Call call, long nowNanos) {
        CircuitBreaker breaker = call.breaker;
        if (breaker != null) {
            long permit = breaker.tryAcquire(nowNanos);
            if (permit == CircuitBreaker.REFUSED) {
                return refusedBy(breaker, nowNanos);
            }
            call.keepBreakerPermit(permit);
        }
        call.guards.retryBudget().onCall(nowNanos);
        if (call.guards.hedging() != null) {
            call.guards.hedging().onCall(nowNanos);
        }
        return null;
    }

    /**
     * Step 7 for an attempt that was waited for, a retry or one that needed a token: nothing, or why it cannot be, since the breaker
     * has opened meanwhile. Where the breaker has gone through other states, the call takes a permit of the present one.
     */
    static @Nullable Outcome again(Call call, long nowNanos) {
        CircuitBreaker breaker = call.breaker;
        if (!call.hasAwaitedAttempt() || breaker == null) {
            return null;
        }
        long before = call.takeBreakerPermit();
        if (before == CircuitBreaker.REFUSED) {
            return null;
        }
        long permit = breaker.resume(before, nowNanos);
        if (permit != before) {
            call.keepBreakerPermit(permit);
            return null;
        }
        permit = breaker.tryAcquire(nowNanos);
        if (permit == CircuitBreaker.REFUSED) {
            return refusedBy(breaker, nowNanos);
        }
        call.keepUnusedBreakerPermit(permit);
        return null;
    }

    /** Whether the breaker will surely refuse an attempt that is to come after such a wait. */
    static boolean refusesAfter(Call call, long waitNanos) {
        CircuitBreaker breaker = call.breaker;
        return breaker != null
                && (breaker.retryAfter(call.endNanos).toNanos() > waitNanos
                        || breaker.state() == BreakerState.FORCED_OPEN);
    }

    /** Whether a call may have a second attempt beside its first: a probe is one attempt, and an open breaker lets nothing through. */
    static boolean allowsHedge(Call call) {
        CircuitBreaker breaker = call.breaker;
        if (breaker == null) {
            return true;
        }
        BreakerState state = breaker.state();
        return state == BreakerState.CLOSED || state == BreakerState.DISABLED;
    }

    private static Refused refusedBy(CircuitBreaker breaker, long nowNanos) {
        Duration wait = breaker.retryAfter(nowNanos);
        return new Refused("circuit breaker", "it is " + breaker.state(), wait.isZero() ? null : wait);
    }

    /** Gives the breaker's permit back, with what the call's end says of the service. */
    void settle(Call call, Outcome outcome) {
        CircuitBreaker breaker = call.breaker;
        if (breaker == null) {
            return;
        }
        Outcomes.Verdict verdict = Outcomes.verdict(call, outcome);
        long permit = call.takeBreakerPermit();
        if (permit == CircuitBreaker.REFUSED) {
            return;
        }
        switch (verdict) {
            case SUCCESS -> breaker.onSuccess(permit, call.endNanos);
            case FAILURE -> fail(breaker, permit, call, outcome);
            case ALIVE -> breaker.onAlive(permit, call.endNanos);
            case IGNORED -> ignore(breaker, permit, call, outcome);
        }
    }

    /** A timeout that the caller cut short may still have been slow; of what the caller or its own steps ended, not even that is known. */
    private static void ignore(CircuitBreaker breaker, long permit, Call call, Outcome outcome) {
        if (outcome instanceof Broken broken && broken.kind() == FailureKind.TIMEOUT) {
            breaker.onIgnored(permit, call.endNanos);
        } else {
            breaker.onIgnored(permit);
        }
    }

    /**
     * The head of an answer has come whose body is streamed: how long the body takes is not the service's slowness. A probe has been
     * answered by that; other calls keep their permit, since the body may still break off.
     */
    void settleHead(Call call, Outcome outcome) {
        CircuitBreaker breaker = call.breaker;
        if (breaker != null && breaker.state() == BreakerState.HALF_OPEN) {
            settle(call, outcome);
        } else {
            call.pauseBreaker(call.endNanos);
        }
    }

    private void fail(CircuitBreaker breaker, long permit, Call call, Outcome outcome) {
        Duration wait = outcome instanceof Answer answer
                ? RetryAfter.read(answer.response().headers(), time).orElse(null)
                : null;
        if (wait == null) {
            breaker.onFailure(permit, call.endNanos);
        } else {
            breaker.onFailure(permit, call.endNanos, wait);
        }
    }

    /** Whatever happened, an error of the JVM included: no permit stays taken. */
    static void release(Call call) {
        call.leave();
        call.guards.retryBudget().giveBack(call.retryPermit);
        ConcurrencyLimit limit = call.guards.concurrency();
        if (limit != null && call.concurrencyPermit != ConcurrencyLimit.REFUSED) {
            limit.onIgnored(call.concurrencyPermit);
            call.concurrencyPermit = ConcurrencyLimit.REFUSED;
        }
    }
}
