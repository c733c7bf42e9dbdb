package io.backstay.internal;

import io.backstay.ContextSnapshot;
import io.backstay.ServiceResponse;
import io.backstay.guard.RateLimit;
import io.backstay.internal.Outcome.Answer;
import io.backstay.internal.Outcome.Broken;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Makes the exchange of an attempt that is prepared, step 12, and takes in what came of it, step 13. */
final class Exchanges {

    private final Parts parts;
    private final Streams streams;

    Exchanges(Parts parts, Streams streams) {
        this.parts = parts;
        this.streams = streams;
    }

    /** An error is nobody's to handle, but no permit stays taken for it. */
    static void rethrow(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
    }

    /** Makes the exchange on this thread; it has ended when this returns, whatever came of it. */
    void make(Attempt attempt) {
        try {
            end(attempt, exchangeOf(attempt).execute());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            attempt.call.mayHaveReachedServer = true;
            end(attempt, Outcomes.cancelled("its thread was interrupted"), true);
        } catch (ExchangeException | RuntimeException | Error failure) {
            end(attempt, failure);
            rethrow(failure);
        }
    }

    /** Makes the exchange without blocking; the future, which never fails, is done when it has ended. */
    CompletableFuture<Attempt> makeAsync(Attempt attempt) {
        CompletableFuture<TransportResponse> response;
        try {
            response = exchangeOf(attempt).executeAsync();
        } catch (RuntimeException | Error failure) {
            end(attempt, failure);
            rethrow(failure);
            return CompletableFuture.completedFuture(attempt);
        }
        return response.handle((answer, failure) -> {
            try (ContextSnapshot.Scope scope = attempt.call.snapshot().open()) {
                end(attempt, answer, failure);
            }
            return attempt;
        });
    }

    private void end(Attempt attempt, @Nullable TransportResponse answer, @Nullable Throwable failure) {
        try {
            if (answer != null) {
                end(attempt, answer);
            } else {
                end(attempt, failure != null ? failure : new IllegalStateException("the transport gave no response"));
            }
        } catch (RuntimeException | Error unexpected) {
            end(attempt, unexpected);
        }
    }

    private static TransportCall exchangeOf(Attempt attempt) {
        return Objects.requireNonNull(attempt.exchange, "an attempt is prepared before it is made");
    }

    /** Step 13 for an answer. */
    private void end(Attempt attempt, TransportResponse response) {
        Call call = attempt.call;
        call.mayHaveReachedServer = true;
        boolean accepted =
                isSuccess(response.status()) || call.request.options().accepts(response.status());
        try {
            TransportResponse plain = call.policy.decompression()
                    ? Decompression.decoded(response, call.request, call.policy.maxResponseBytes())
                    : response;
            byte[] body = plain.body();
            if (call.wantsStream() && accepted) {
                attempt.arriving = plain.stream() != null ? plain.stream() : new ByteArrayInputStream(body);
            } else if (plain.stream() != null) {
                body = streams.readFailure(attempt, plain.stream());
            }
            ServiceResponse answer = new ServiceResponse(plain.status(), plain.headers(), body, attempt.instance, call);
            end(attempt, new Answer(answer, accepted), true);
        } catch (ExchangeException undecodable) {
            end(attempt, undecodable);
        }
    }

    /** 304 is an answer to whoever asked conditionally; other redirections are not followed and so not answers. */
    private static boolean isSuccess(int status) {
        return (status >= 200 && status < 300) || status == 304;
    }

    /** Step 13 for a failure. */
    private void end(Attempt attempt, Throwable failure) {
        Call call = attempt.call;
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        boolean sent = !(cause instanceof ExchangeException exchange) || exchange.mayHaveBeenSent();
        if (sent) {
            call.mayHaveReachedServer = true;
        }
        end(attempt, outcomeOf(attempt, cause), sent);
    }

    /** An attempt that came to no exchange. */
    void endUnsent(Attempt attempt, Throwable failure) {
        end(attempt, Outcomes.unexpected("an attempt interceptor or the transport failed", failure), false);
    }

    /** An attempt that was not wanted any more when it was ready to be made; says nothing of its instance. */
    void dropUnsent(Attempt attempt) {
        attempt.endNanos = parts.time().nanoTime();
        attempt.outcome = Outcomes.cancelled("it was no longer wanted");
        attempt.release();
        RateLimit rate = attempt.call.guards.rate();
        if (rate != null) {
            rate.giveBack();
        }
    }

    private static Outcome outcomeOf(Attempt attempt, Throwable cause) {
        if (cause instanceof ExchangeException exchange) {
            IOException own = attempt.body == null ? null : attempt.body.failure();
            return own != null
                    ? Outcomes.unexpected("the request's body could not be read", own)
                    : new Broken(exchange.kind(), String.valueOf(exchange.getMessage()), exchange);
        }
        return cause instanceof CancellationException
                ? Outcomes.cancelled("the exchange was cancelled")
                : Outcomes.unexpected("a transport or an attempt interceptor failed", cause);
    }

    /** With one reading of the clock for all who learn from the attempt. */
    private void end(Attempt attempt, Outcome outcome, boolean sent) {
        Call call = attempt.call;
        long now = parts.time().nanoTime();
        attempt.endNanos = now;
        attempt.outcome = outcome;
        if (attempt.arriving == null) {
            attempt.release();
        }
        call.service.instances.onResult(attempt.chosen, call, Outcomes.ofAttempt(attempt), attempt.startNanos, now);
        teach(call.guards, attempt);
        if (!sent && call.guards.rate() != null) {
            call.guards.rate().giveBack();
        }
    }

    private static void teach(ServiceGuards guards, Attempt attempt) {
        if (guards.concurrency() != null) {
            Load.tell(guards.concurrency(), attempt);
        }
        if (guards.hedging() != null && attempt.succeeded()) {
            guards.hedging().onAnswer(attempt.endNanos - attempt.startNanos, attempt.endNanos);
        }
    }

    /** The attempt that the call goes by: its outcome is the call's, unless there is another attempt. */
    void decide(Attempt attempt) {
        Call call = attempt.call;
        Outcome outcome = Objects.requireNonNull(attempt.outcome, "an attempt has ended before it decides");
        call.instance = attempt.instance;
        call.outcome = outcome;
        call.streams(attempt.arriving == null ? null : attempt);
        if (attempt.exchange != null) {
            call.exchanges(attempt.exchange);
        }
        call.endNanos = attempt.endNanos;
        call.timedOutFairly |= attempt.timedOutFairly();
        call.retryNanos = RetryRules.waitNanos(attempt, outcome, parts);
        if (call.retryNanos != Call.NO_RETRY) {
            call.service.metrics.retries.increment();
            call.awaitAttempt(call.endNanos);
        }
        CallReport.attemptEnded(parts, attempt, outcome, call.retryNanos);
    }

    /** An attempt that does not decide its call: another one has outrun it, or has failed before it. */
    void lost(Attempt attempt) {
        attempt.discard();
        attempt.release();
        if (attempt.outcome != null) {
            CallReport.attemptEnded(parts, attempt, attempt.outcome, Call.NO_RETRY);
        }
    }
}
