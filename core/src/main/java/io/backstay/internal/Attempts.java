package io.backstay.internal;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import io.backstay.ContextSnapshot;
import io.backstay.guard.RateLimit;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes a call's attempts, steps 8 to 13. The first one runs bare: a success pays nothing for retries. From the first failure
 * that may be repeated there is one asynchronous loop, driven by Failsafe, which sees that failure as its first execution;
 * whether and when there is a next one is for {@link RetryRules} to say. Where the service is hedged, each attempt is a
 * {@link Race}, and a blocking caller waits for the loop from the beginning.
 */
final class Attempts {

    private static final RetryPolicy<Call> WHILE_WANTED = RetryPolicy.<Call>builder()
            .withMaxAttempts(-1)
            .handleResultIf(call -> call.retryNanos != Call.NO_RETRY)
            .abortOn(Throwable.class)
            .withDelayFn(execution -> Duration.ofNanos(execution.getLastResult().retryNanos))
            .build();

    private final Parts parts;
    private final Exchanges exchanges;
    private final Preparation preparation;
    private final FailsafeExecutor<Call> loop;

    Attempts(Parts parts, Exchanges exchanges) {
        this.parts = parts;
        this.exchanges = exchanges;
        this.preparation = new Preparation(parts, exchanges);
        this.loop = Failsafe.with(WHILE_WANTED).with(new FailsafeScheduler(parts.scheduler()));
    }

    /** Blocks until the call has its outcome. */
    Outcome run(Call call) {
        try {
            if (call.mayBeHedged()) {
                return await(outcome(call));
            }
            Attempt first = preparation.begin(call, awaitToken(call));
            if (first != null) {
                exchanges.make(first);
                exchanges.decide(first);
            }
            return call.retryNanos == Call.NO_RETRY ? outcomeOf(call) : await(outcomeOfRetries(call));
        } catch (InterruptedException interrupted) {
            call.cancel();
            Thread.currentThread().interrupt();
            call.endNanos = parts.time().nanoTime();
            return Outcomes.cancelled("its thread was interrupted");
        }
    }

    private Outcome await(CompletableFuture<Outcome> outcome) throws InterruptedException {
        parts.waiter().await(outcome);
        return outcome.join();
    }

    /** Waits for a token of the rate limit, where there is one, and gives the time by then. */
    private long awaitToken(Call call) throws InterruptedException {
        RateLimit rate = call.guards.rate();
        if (rate == null) {
            return call.admittedNanos;
        }
        CompletableFuture<Boolean> token = rate.acquireAsync(call.priority, call.deadline);
        if (!token.isDone()) {
            call.waitsFor(token);
            call.awaitAttempt(parts.time().nanoTime());
            awaitToken(rate, token);
        }
        call.hasRateToken = !token.isCancelled() && token.join();
        return parts.time().nanoTime();
    }

    private void awaitToken(RateLimit rate, CompletableFuture<Boolean> token) throws InterruptedException {
        try {
            parts.waiter().await(token);
        } catch (InterruptedException e) {
            if (!token.cancel(false) && token.join()) {
                rate.giveBack();
            }
            throw e;
        }
    }

    /** Returns at once; hands the outcome over under the caller's context. */
    void start(Call call, Consumer<Outcome> whenDone) {
        ContextSnapshot snapshot = call.snapshot();
        var unused = outcome(call).thenAccept(outcome -> {
            try (ContextSnapshot.Scope scope = snapshot.open()) {
                whenDone.accept(outcome);
            }
        });
    }

    /** All attempts, none of which blocks; never fails. */
    private CompletableFuture<Outcome> outcome(Call call) {
        ContextSnapshot unused = call.snapshot();
        return attempt(call, call.admittedNanos)
                .thenCompose(first -> first.retryNanos == Call.NO_RETRY
                        ? CompletableFuture.completedFuture(outcomeOf(first))
                        : outcomeOfRetries(first))
                .exceptionally(failure -> Outcomes.unexpected("an attempt failed", failure));
    }

    /** The loop, from a first attempt that has failed to a last one. */
    private CompletableFuture<Outcome> outcomeOfRetries(Call call) {
        Retries retries = new Retries();
        ContextSnapshot snapshot = call.snapshot();
        retries.loop = loop.getStageAsync(execution -> {
            if (execution.isFirstAttempt()) {
                return CompletableFuture.completedFuture(call);
            }
            try (ContextSnapshot.Scope scope = snapshot.open()) {
                return retries.tellOfEnd(call, attempt(call, parts.time().nanoTime()));
            }
        });
        var unused = retries.loop.whenComplete((last, failure) -> retries.fail(failure));
        call.loops(retries);
        return retries;
    }

    /**
     * The outcome of a loop. Failsafe holds monitors while it tells that a loop has ended, and what follows the outcome is the user's code:
     * so it is told here, once Failsafe knows.
     */
    private static final class Retries extends CompletableFuture<Outcome> {

        private volatile CompletableFuture<Call> loop = new CompletableFuture<>();

        /** What Failsafe is to be given for an attempt. */
        CompletableFuture<Call> tellOfEnd(Call call, CompletableFuture<Call> attempt) {
            CompletableFuture<Call> seenByLoop = new CompletableFuture<>();
            var unused = attempt.whenComplete((done, failure) -> {
                if (failure != null) {
                    seenByLoop.completeExceptionally(failure);
                    fail(failure);
                    return;
                }
                boolean isLast = call.retryNanos == Call.NO_RETRY;
                seenByLoop.complete(done);
                if (isLast) {
                    complete(call.isCancelled() ? Outcomes.cancelled("it was cancelled") : outcomeOf(call));
                }
            });
            return seenByLoop;
        }

        void fail(@Nullable Throwable failure) {
            if (failure != null) {
                complete(
                        isCancellation(failure)
                                ? Outcomes.cancelled("it was cancelled")
                                : Outcomes.unexpected("an attempt failed", failure));
            }
        }

        private static boolean isCancellation(Throwable failure) {
            return failure instanceof CancellationException || failure.getCause() instanceof CancellationException;
        }

        /** The attempt under way goes on until it sees that its call is cancelled. */
        @Override
        public boolean cancel(boolean mayInterrupt) {
            boolean first = complete(Outcomes.cancelled("it was cancelled"));
            loop.cancel(mayInterrupt);
            return first;
        }
    }

    /** One attempt that does not block; its future is done when the call has what came of it, and never fails. */
    private CompletableFuture<Call> attempt(Call call, long nowNanos) {
        RateLimit rate = call.guards.rate();
        if (rate == null) {
            return attemptNow(call, nowNanos);
        }
        CompletableFuture<Boolean> token = rate.acquireAsync(call.priority, call.deadline);
        if (token.isDone()) {
            return attemptWithToken(call, token.join());
        }
        call.waitsFor(token);
        call.awaitAttempt(parts.time().nanoTime());
        ContextSnapshot snapshot = call.snapshot();
        return token.handle((given, cancelled) -> cancelled == null && given).thenCompose(given -> {
            try (ContextSnapshot.Scope scope = snapshot.open()) {
                return attemptWithToken(call, given);
            }
        });
    }

    private CompletableFuture<Call> attemptWithToken(Call call, boolean given) {
        call.hasRateToken = given;
        return attemptNow(call, parts.time().nanoTime());
    }

    private CompletableFuture<Call> attemptNow(Call call, long nowNanos) {
        Attempt attempt = preparation.begin(call, nowNanos);
        Hedging hedging = call.guards.hedging();
        if (attempt == null) {
            return CompletableFuture.completedFuture(call);
        } else if (hedging != null && call.mayBeHedged()) {
            return new Race(preparation, exchanges, parts, call, hedging).run(attempt);
        }
        return exchanges.makeAsync(attempt).thenApply(this::decided);
    }

    private Call decided(Attempt attempt) {
        try (ContextSnapshot.Scope scope = attempt.call.snapshot().open()) {
            exchanges.decide(attempt);
        }
        return attempt.call;
    }

    private static Outcome outcomeOf(Call call) {
        @Nullable Outcome outcome = call.outcome;
        return outcome != null ? outcome : Outcomes.cancelled("it ended without an outcome");
    }
}
