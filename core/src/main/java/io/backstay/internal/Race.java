package io.backstay.internal;

import io.backstay.ContextSnapshot;
import io.backstay.guard.RetryBudget;
import io.backstay.internal.Outcome.Answer;
import io.backstay.spi.DelayScheduler;
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
    /** Between taking a hedge's permit and sending it. */
    private boolean launching;

    private boolean over;
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
        launch(first);
        scheduleHedge(first.startNanos);
        return decided;
    }

    private void launch(Attempt attempt) {
        boolean late;
        lock.lock();
        try {
            late = over;
            running.add(attempt);
        } finally {
            lock.unlock();
        }
        if (late) {
            attempt.cancel();
        }
        var unused = exchanges.makeAsync(attempt).thenAccept(this::ended);
    }

    private void scheduleHedge(long nowNanos) {
        long delay = hedging.delayNanos(nowNanos);
        if (delay == Hedging.NO_HEDGE || call.hedges >= hedging.policy.maxExtraAttempts()) {
            return;
        }
        lock.lock();
        try {
            if (!over) {
                timer = parts.scheduler().schedule(this::hedge, Duration.ofNanos(delay));
            }
        } finally {
            lock.unlock();
        }
    }

    private void hedge() {
        long now = parts.time().nanoTime();
        if (!call.service.instances.hasUntried(call) || !beginLaunching()) {
            return;
        }
        try {
            Attempt attempt = begin(now);
            if (attempt != null) {
                launch(attempt);
                scheduleHedge(now);
            }
        } finally {
            endLaunching();
        }
    }

    private @Nullable Attempt begin(long nowNanos) {
        long permit = hedging.tryAcquire(nowNanos);
        if (permit == RetryBudget.REFUSED) {
            return null;
        }
        try (ContextSnapshot.Scope scope = call.snapshot().open()) {
            Attempt attempt = preparation.beginHedge(call, nowNanos);
            if (attempt == null) {
                hedging.giveBack(permit);
            }
            return attempt;
        }
    }

    private boolean beginLaunching() {
        lock.lock();
        try {
            launching = !over && !running.isEmpty();
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
        List<Attempt> losers = List.of();
        boolean lost;
        lock.lock();
        try {
            running.remove(attempt);
            lost = over;
            if (!over && (attempt.succeeded() || isDefinite(attempt))) {
                over = true;
                decisive = attempt;
                losers = List.copyOf(running);
            } else if (!over) {
                firstFailed = firstFailed == null || attempt.number < firstFailed.number ? attempt : firstFailed;
                decisive = failedLast();
            }
        } finally {
            lock.unlock();
        }
        if (decisive != null) {
            decide(decisive, losers);
        } else if (lost) {
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

    /** Ends all attempts that run; none is begun any more once they have ended. */
    void cancel() {
        List<Attempt> all;
        lock.lock();
        try {
            all = List.copyOf(running);
        } finally {
            lock.unlock();
        }
        all.forEach(Attempt::cancel);
    }
}
