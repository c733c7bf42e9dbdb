package io.backstay.internal;

import io.backstay.ContextSnapshot;
import io.backstay.balance.Chosen;
import io.backstay.guard.RetryBudget;
import io.backstay.internal.Outcome.Answer;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.TransportCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An attempt and its hedges: whoever answers well first decides, and the others are cancelled; so does an answer to the first
 * attempt that a retry would not change. A failure decides only when nobody is running any more, and then it is that of the first
 * attempt. Not hedged is a call that has tried every instance, or whose service
 * has no budget left.
 */
final class Race {

    private final Preparation preparation;
    private final Exchanges exchanges;
    private final Parts parts;
    private final Call call;
    private final Hedging hedging;
    private final CompletableFuture<Call> decided = new CompletableFuture<>();

    private final ReentrantLock lock = new ReentrantLock();
    // All below: guarded by the lock.
    private final List<Attempt> running = new ArrayList<>(2);
    /** While a hedge is on its way to be sent, or not: a failure decides no sooner. */
    private boolean launching;

    /** Whether it is decided. */
    private boolean over;

    private boolean cancelled;
    private int firstNumber;
    private @Nullable Attempt firstFailed;
    private DelayScheduler.@Nullable Cancellable timer;

    Race(Preparation preparation, Exchanges exchanges, Parts parts, Call call, Hedging hedging) {
        this.preparation = preparation;
        this.exchanges = exchanges;
        this.parts = parts;
        this.call = call;
        this.hedging = hedging;
    }

    /** Done when the call has what came of it. */
    CompletableFuture<Call> run(Attempt first) {
        call.races(this);
        firstNumber = first.number;
        lock.lock();
        try {
            running.add(first);
        } finally {
            lock.unlock();
        }
        send(first);
        scheduleHedge(first.startNanos);
        return decided;
    }

    private void send(Attempt attempt) {
        var unused = exchanges.makeAsync(attempt).thenAccept(this::ended);
    }

    private void scheduleHedge(long nowNanos) {
        long delay = hedging.delayNanos(nowNanos);
        if (delay == Hedging.NO_HEDGE) {
            return;
        }
        lock.lock();
        try {
            if (!over && call.hedges < hedging.policy.maxExtraAttempts()) {
                timer = parts.scheduler().schedule(this::hedge, Duration.ofNanos(delay));
            }
        } finally {
            lock.unlock();
        }
    }

    private void hedge() {
        if (!beginLaunching()) {
            return;
        }
        long now = parts.time().nanoTime();
        try (ContextSnapshot.Scope scope = call.snapshot().open()) {
            if (call.service.instances.hasUntried(call) && launch(now)) {
                scheduleHedge(now);
            }
        } finally {
            endLaunching();
        }
    }

    /** Whether there is a hedge by now. Whatever was taken for one that is not sent is given back. */
    private boolean launch(long nowNanos) {
        long permit = hedging.tryAcquire(nowNanos);
        if (permit == RetryBudget.REFUSED) {
            return false;
        }
        boolean sent = false;
        try {
            Attempt attempt = begin(nowNanos);
            if (attempt != null && prepare(attempt)) {
                sent = true;
                send(attempt);
            }
        } finally {
            if (!sent) {
                hedging.giveBack(permit);
            }
        }
        return sent;
    }

    private @Nullable Attempt begin(long nowNanos) {
        Chosen chosen = preparation.chooseForHedge(call, nowNanos);
        if (chosen == null) {
            return null;
        }
        lock.lock();
        try {
            if (isWanted()) {
                Attempt attempt = Preparation.hedge(call, chosen, nowNanos);
                running.add(attempt);
                return attempt;
            }
        } finally {
            lock.unlock();
        }
        Preparation.giveBack(call, chosen);
        return null;
    }

    /** Whether it is to be sent; else it has ended. Whoever cancels it from now on finds its exchange. */
    private boolean prepare(Attempt attempt) {
        try {
            TransportCall unused = preparation.prepare(attempt);
        } catch (RuntimeException | Error failure) {
            exchanges.endUnsent(attempt, failure);
            ended(attempt);
            Exchanges.rethrow(failure);
            return false;
        }
        boolean wanted;
        lock.lock();
        try {
            wanted = isWanted();
        } finally {
            lock.unlock();
        }
        if (!wanted) {
            exchanges.dropUnsent(attempt);
            ended(attempt);
        }
        return wanted;
    }

    /** Under the lock: whether a hedge still makes sense. */
    private boolean isWanted() {
        return !over && !cancelled;
    }

    private boolean beginLaunching() {
        lock.lock();
        try {
            launching = isWanted() && !running.isEmpty();
            return launching;
        } finally {
            lock.unlock();
        }
    }

    private void endLaunching() {
        Attempt last;
        lock.lock();
        try {
            launching = false;
            last = failedLast();
        } finally {
            lock.unlock();
        }
        if (last != null) {
            decide(last, List.of());
        }
    }

    private void ended(Attempt attempt) {
        Attempt decisive = null;
        Attempt outrun = attempt;
        List<Attempt> losers = List.of();
        lock.lock();
        try {
            running.remove(attempt);
            if (!over && (attempt.succeeded() || isDefinite(attempt))) {
                over = true;
                decisive = attempt;
                outrun = firstFailed;
                losers = List.copyOf(running);
            } else if (!over) {
                if (firstFailed == null || attempt.number < firstFailed.number) {
                    outrun = firstFailed;
                    firstFailed = attempt;
                }
                decisive = failedLast();
            }
        } finally {
            lock.unlock();
        }
        if (outrun != null) {
            lost(outrun);
        }
        if (decisive != null) {
            decide(decisive, losers);
        }
    }

    private void lost(Attempt attempt) {
        try (ContextSnapshot.Scope scope = call.snapshot().open()) {
            exchanges.lost(attempt);
        }
    }

    /** What the first one was told, and would be told again: no reason to wait for anybody else. */
    private boolean isDefinite(Attempt attempt) {
        return attempt.number == firstNumber
                && attempt.outcome instanceof Answer answer
                && !call.policy.retry().handlesStatus(answer.response().status());
    }

    /** Under the lock: the failure that decides, if nobody is left who could still do better. */
    private @Nullable Attempt failedLast() {
        if (over || launching || !running.isEmpty() || firstFailed == null) {
            return null;
        }
        over = true;
        return firstFailed;
    }

    private void decide(Attempt attempt, List<Attempt> losers) {
        DelayScheduler.Cancellable waiting = timer;
        if (waiting != null) {
            waiting.cancel();
        }
        losers.forEach(Attempt::cancel);
        call.races(null);
        try (ContextSnapshot.Scope scope = call.snapshot().open()) {
            exchanges.decide(attempt);
            decided.complete(call);
        } catch (RuntimeException | Error failure) {
            decided.completeExceptionally(failure);
        }
    }

    /** Ends all attempts that run; from now on none is begun. */
    void cancel() {
        List<Attempt> all;
        lock.lock();
        try {
            cancelled = true;
            all = List.copyOf(running);
        } finally {
            lock.unlock();
        }
        all.forEach(Attempt::cancel);
    }
}
