package io.backstay.internal;

import io.backstay.AttemptInterceptor;
import io.backstay.ContextSnapshot;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.ServiceResponse;
import io.backstay.balance.Chosen;
import io.backstay.guard.CircuitBreaker;
import io.backstay.guard.RateLimit;
import io.backstay.guard.RetryBudget;
import io.backstay.internal.Outcome.Answer;
import io.backstay.internal.Outcome.Broken;
import io.backstay.internal.Outcome.Refused;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Prepares an attempt, steps 9 to 11, and takes in what came of it, step 13. What lies between is the transport's. */
final class Exchanges {

    private final Parts parts;
    private final Streams streams;

    Exchanges(Parts parts, Streams streams) {
        this.parts = parts;
        this.streams = streams;
    }

    /**
     * An attempt that is ready to be made, or null when there can be none. The call's outcome then says why; on a later attempt it
     * goes on saying why the one before failed. Where the service has a rate limit, the call has a token for it.
     */
    @Nullable
    Attempt begin(Call call, long nowNanos) {
        call.retryNanos = Call.NO_RETRY;
        Outcome refusal = refusal(call, nowNanos);
        Chosen chosen = refusal == null ? call.service.instances.choose(call, nowNanos) : null;
        if (chosen == null) {
            return refuse(call, refusal != null ? refusal : noInstance(call), nowNanos);
        }
        Attempt attempt = attempt(call, chosen, nowNanos);
        resumeBreaker(call, nowNanos);
        try {
            prepare(attempt);
            return attempt;
        } catch (RuntimeException | Error failure) {
            endUnsent(attempt, failure);
            decide(attempt);
            rethrow(failure);
            return null;
        }
    }

    /** One more attempt of a call of which one is running, or null when there can be none, which nobody is told of. */
    @Nullable
    Attempt beginHedge(Call call, long nowNanos) {
        RateLimit rate = call.guards.rate();
        call.hasRateToken = rate != null && rate.tryAcquire(call.priority, nowNanos);
        Chosen chosen = refusal(call, nowNanos) == null ? call.service.instances.choose(call, nowNanos) : null;
        if (chosen == null) {
            giveTokenBack(call);
            return null;
        }
        call.hedges++;
        Attempt attempt = attempt(call, chosen, nowNanos);
        try {
            prepare(attempt);
            return attempt;
        } catch (RuntimeException | Error failure) {
            endUnsent(attempt, failure);
            lost(attempt);
            rethrow(failure);
            return null;
        }
    }

    /** An error is nobody's to handle, but no permit stays taken for it. */
    private static void rethrow(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
    }

    private static @Nullable Outcome refusal(Call call, long nowNanos) {
        if (call.isCancelled()) {
            return Outcomes.cancelled("it was cancelled");
        }
        if (call.deadline.hasPassed(nowNanos)) {
            return Outcomes.deadlinePassed();
        }
        return call.guards.rate() != null && !call.hasRateToken
                ? new Refused("rate limit", "there is no token for it in time", null)
                : null;
    }

    private static Refused noInstance(Call call) {
        return call.service.instances.size() == 0
                ? new Refused("balancer", "no instance of " + call.service.name + " is known", null)
                : new Refused("concurrency limit", "every instance of " + call.service.name + " is busy", null);
    }

    private static @Nullable Attempt refuse(Call call, Outcome outcome, long nowNanos) {
        giveTokenBack(call);
        if (call.outcome == null) {
            call.outcome = outcome;
            call.endNanos = nowNanos;
        }
        return null;
    }

    /** A token that no attempt has used. */
    static void giveTokenBack(Call call) {
        RateLimit rate = call.guards.rate();
        if (rate != null && call.hasRateToken) {
            call.hasRateToken = false;
            rate.giveBack();
        }
    }

    private static Attempt attempt(Call call, Chosen chosen, long nowNanos) {
        call.hasRateToken = false;
        call.retryPermit = RetryBudget.REFUSED;
        ServiceInstance instance = chosen.instance();
        call.begins(instance);
        call.service.metrics.attempts.increment();
        long timeout = Math.min(call.wantedTimeoutNanos(), call.deadline.remainingNanos(nowNanos));
        return new Attempt(call, chosen, instance, nowNanos, timeout);
    }

    /** What a call waits for between attempts is no slowness of the service. */
    private static void resumeBreaker(Call call, long nowNanos) {
        CircuitBreaker breaker = call.breaker;
        if (breaker != null && call.attempts > 1) {
            long permit = call.takeBreakerPermit();
            if (permit != CircuitBreaker.REFUSED) {
                call.keepBreakerPermit(breaker.resume(permit, nowNanos));
            }
        }
    }

    private void prepare(Attempt attempt) {
        Headers headers = headers(attempt);
        CallReport.attemptStarted(parts, attempt);
        TransportCall exchange = newExchange(attempt.call, request(attempt, headers));
        attempt.exchange = exchange;
        attempt.call.exchanges(exchange);
    }

    private Headers headers(Attempt attempt) {
        long remainingNanos = attempt.call.deadline.remainingNanos(attempt.startNanos);
        String remaining = Long.toString(Math.max(1, remainingNanos / 1_000_000));
        Headers headers = attempt.call.headers.plus(parts.deadlineHeader(), remaining);
        if (parts.attemptInterceptors().isEmpty()) {
            return headers;
        }
        var shown = new AttemptInterceptor.Attempt(attempt.call.request, attempt.instance, attempt.number);
        for (AttemptInterceptor interceptor : parts.attemptInterceptors()) {
            headers = interceptor.before(shown, headers);
        }
        return headers.requireValid();
    }

    private static TransportRequest request(Attempt attempt, Headers headers) {
        Call call = attempt.call;
        TransportRequest request = new TransportRequest(
                call.request.method(),
                attempt.instance,
                call.target,
                headers,
                call.body,
                attempt.timeoutNanos,
                call.policy.maxResponseBytes());
        if (call.sentBody != null) {
            attempt.body = call.sentBody.forAttempt();
            request = request.withBody(attempt.body.source());
        }
        return call.wantsStream() ? request.withStreamedResponse() : request;
    }

    private TransportCall newExchange(Call call, TransportRequest request) {
        int most = call.policy.maxRedirects();
        return most == 0
                ? parts.transport().newCall(request)
                : new Redirects(parts.transport(), parts.time(), most, request);
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
        call.mayHaveReachedServer |= sent;
        end(attempt, outcomeOf(attempt, cause), sent);
    }

    private void endUnsent(Attempt attempt, Throwable failure) {
        end(attempt, Outcomes.unexpected("an attempt interceptor or the transport failed", failure), false);
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
        call.streaming = attempt.arriving == null ? null : attempt;
        if (attempt.exchange != null) {
            call.exchanges(attempt.exchange);
        }
        call.endNanos = attempt.endNanos;
        call.timedOutFairly |= attempt.timedOutFairly();
        call.retryNanos = RetryRules.waitNanos(attempt, outcome, parts);
        if (call.retryNanos != Call.NO_RETRY) {
            call.service.metrics.retries.increment();
            suspendBreaker(call);
        }
        CallReport.attemptEnded(parts, attempt, outcome, call.retryNanos);
    }

    private static void suspendBreaker(Call call) {
        CircuitBreaker breaker = call.breaker;
        if (breaker != null) {
            long permit = call.takeBreakerPermit();
            if (permit != CircuitBreaker.REFUSED) {
                call.keepBreakerPermit(breaker.suspend(permit, call.endNanos));
            }
        }
    }

    /** An attempt that another one has outrun. */
    void lost(Attempt attempt) {
        attempt.discard();
        attempt.release();
        if (attempt.outcome != null) {
            CallReport.attemptEnded(parts, attempt, attempt.outcome, Call.NO_RETRY);
        }
    }
}
