package io.backstay.internal;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import io.backstay.AttemptInterceptor;
import io.backstay.ContextSnapshot;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.ServiceResponse;
import io.backstay.internal.Outcome.Answer;
import io.backstay.internal.Outcome.Broken;
import io.backstay.internal.Outcome.Refused;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes a call's attempts, steps 8 to 13. The first one runs bare: a success pays nothing for retries. From the first failure
 * that may be repeated there is one asynchronous loop, driven by Failsafe, which sees that failure as its first execution;
 * whether and when there is a next one is for {@link RetryRules} to say.
 */
final class Attempts {

    private static final RetryPolicy<Call> WHILE_WANTED = RetryPolicy.<Call>builder()
            .withMaxAttempts(-1)
            .handleResultIf(call -> call.retryNanos != Call.NO_RETRY)
            .abortOn(Throwable.class)
            .withDelayFn(execution -> Duration.ofNanos(execution.getLastResult().retryNanos))
            .build();

    private final Parts parts;
    private final Streams streams;
    private final FailsafeExecutor<Call> loop;

    Attempts(Parts parts, Streams streams) {
        this.parts = parts;
        this.streams = streams;
        this.loop = Failsafe.with(WHILE_WANTED).with(new FailsafeScheduler(parts.scheduler()));
    }

    /** Blocks until the call has its outcome. */
    Outcome run(Call call) {
        TransportCall exchange = begin(call, call.startNanos);
        if (exchange == null) {
            return outcomeOf(call);
        }
        try {
            end(call, exchange.execute());
        } catch (ExchangeException failure) {
            end(call, failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            call.mayHaveReachedServer = true;
            end(call, Outcomes.cancelled("its thread was interrupted"));
        } catch (RuntimeException failure) {
            end(call, failure);
        }
        return call.retryNanos == Call.NO_RETRY ? outcomeOf(call) : awaitRetries(call);
    }

    private Outcome awaitRetries(Call call) {
        CompletableFuture<Call> retries = retry(call);
        try {
            parts.waiter().await(retries);
        } catch (InterruptedException interrupted) {
            call.cancel();
            Thread.currentThread().interrupt();
            call.endNanos = parts.time().nanoTime();
            return Outcomes.cancelled("its thread was interrupted");
        }
        return outcomeOf(call, retries);
    }

    /** Returns at once; hands the outcome over under the caller's context. */
    void start(Call call, Consumer<Outcome> whenDone) {
        ContextSnapshot snapshot = call.snapshot();
        var unused = attempt(call, call.startNanos)
                .thenCompose(first -> {
                    if (first.retryNanos == Call.NO_RETRY) {
                        return CompletableFuture.completedFuture(outcomeOf(first));
                    }
                    CompletableFuture<Call> retries = retry(call);
                    return retries.handle((last, failure) -> outcomeOf(call, retries));
                })
                .exceptionally(failure -> Outcomes.unexpected("an attempt failed", failure))
                .thenAccept(outcome -> handOver(snapshot, outcome, whenDone));
    }

    private static void handOver(ContextSnapshot snapshot, Outcome outcome, Consumer<Outcome> whenDone) {
        try (ContextSnapshot.Scope scope = snapshot.open()) {
            whenDone.accept(outcome);
        }
    }

    /** The loop, from a first attempt that has failed to a last one. */
    private CompletableFuture<Call> retry(Call call) {
        ContextSnapshot snapshot = call.snapshot();
        CompletableFuture<Call> retries = loop.getStageAsync(execution -> {
            if (execution.isFirstAttempt()) {
                return CompletableFuture.completedFuture(call);
            }
            try (ContextSnapshot.Scope scope = snapshot.open()) {
                return attempt(call, parts.time().nanoTime());
            }
        });
        call.loops(retries);
        return retries;
    }

    /** One attempt that does not block; its future is done when the call has what came of it, and never fails. */
    private CompletableFuture<Call> attempt(Call call, long nowNanos) {
        TransportCall exchange = begin(call, nowNanos);
        if (exchange == null) {
            return CompletableFuture.completedFuture(call);
        }
        CompletableFuture<TransportResponse> response;
        try {
            response = exchange.executeAsync();
        } catch (RuntimeException failure) {
            end(call, failure);
            return CompletableFuture.completedFuture(call);
        }
        return response.handle((answer, failure) -> {
            try (ContextSnapshot.Scope scope = call.snapshot().open()) {
                if (failure == null) {
                    end(call, answer);
                } else {
                    end(call, failure);
                }
            }
            return call;
        });
    }

    /**
     * Steps 10 and 11: an exchange that is ready to be made, or null when there can be none. The call's outcome then says why;
     * on a later attempt it goes on saying why the one before failed.
     */
    private @Nullable TransportCall begin(Call call, long nowNanos) {
        call.retryNanos = Call.NO_RETRY;
        long remaining = call.deadline.remainingNanos(nowNanos);
        if (remaining <= 0) {
            return refuse(call, Outcomes.deadlinePassed());
        }
        ServiceInstance instance = call.service.instances.choose(call);
        if (instance == null) {
            return refuse(call, new Refused("balancer", "no instance of " + call.service.name + " is known", null));
        }
        call.begins(instance);
        call.attemptStartNanos = nowNanos;
        call.attemptTimeoutNanos = Math.min(call.wantedTimeoutNanos(), remaining);
        call.service.metrics.attempts.increment();
        try {
            Headers headers = attemptHeaders(call, instance, remaining);
            CallReport.attemptStarted(parts, call);
            TransportCall exchange = newExchange(call, transportRequest(call, instance, headers));
            call.exchanges(exchange);
            return exchange;
        } catch (RuntimeException failure) {
            end(call, Outcomes.unexpected("an attempt interceptor or the transport failed", failure));
            return null;
        }
    }

    private static TransportRequest transportRequest(Call call, ServiceInstance instance, Headers headers) {
        TransportRequest request = new TransportRequest(
                call.request.method(),
                instance,
                call.target,
                headers,
                call.body,
                call.attemptTimeoutNanos,
                call.policy.maxResponseBytes());
        if (call.sentBody != null) {
            request = request.withBody(call.sentBody.forAttempt());
        }
        return call.wantsStream() ? request.withStreamedResponse() : request;
    }

    private TransportCall newExchange(Call call, TransportRequest request) {
        int most = call.policy.maxRedirects();
        return most == 0
                ? parts.transport().newCall(request)
                : new Redirects(parts.transport(), parts.time(), most, request);
    }

    private static @Nullable TransportCall refuse(Call call, Outcome outcome) {
        if (call.outcome == null) {
            call.outcome = outcome;
        }
        return null;
    }

    private Headers attemptHeaders(Call call, ServiceInstance instance, long remainingNanos) {
        String remaining = Long.toString(Math.max(1, remainingNanos / 1_000_000));
        Headers headers = call.headers.plus(parts.deadlineHeader(), remaining);
        if (parts.attemptInterceptors().isEmpty()) {
            return headers;
        }
        var attempt = new AttemptInterceptor.Attempt(call.request, instance, call.attempts);
        for (AttemptInterceptor interceptor : parts.attemptInterceptors()) {
            headers = interceptor.before(attempt, headers);
        }
        return headers.requireValid();
    }

    /** Step 13 for an answer. */
    private void end(Call call, TransportResponse response) {
        call.mayHaveReachedServer = true;
        boolean accepted =
                isSuccess(response.status()) || call.request.options().accepts(response.status());
        try {
            TransportResponse plain = call.policy.decompression()
                    ? Decompression.decoded(response, call.request, call.policy.maxResponseBytes())
                    : response;
            byte[] body = plain.body();
            if (call.wantsStream() && accepted) {
                call.arriving = plain.stream() != null ? plain.stream() : new ByteArrayInputStream(body);
            } else if (plain.stream() != null) {
                body = streams.readFailure(call, plain.stream());
            }
            end(
                    call,
                    new Answer(
                            new ServiceResponse(plain.status(), plain.headers(), body, call.instance, call), accepted));
        } catch (ExchangeException undecodable) {
            end(call, undecodable);
        }
    }

    /** 304 is an answer to whoever asked conditionally; other redirections are not followed and so not answers. */
    private static boolean isSuccess(int status) {
        return (status >= 200 && status < 300) || status == 304;
    }

    /** Step 13 for a failure. */
    private void end(Call call, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof ExchangeException exchange) {
            call.mayHaveReachedServer |= exchange.mayHaveBeenSent();
            IOException own = call.sentBody == null ? null : call.sentBody.failure();
            end(
                    call,
                    own != null
                            ? Outcomes.unexpected("the request's body could not be read", own)
                            : new Broken(exchange.kind(), String.valueOf(exchange.getMessage()), exchange));

        } else if (cause instanceof CancellationException) {
            call.mayHaveReachedServer = true;
            end(call, Outcomes.cancelled("the exchange was cancelled"));
        } else {
            call.mayHaveReachedServer = true;
            end(call, Outcomes.unexpected("a transport or an attempt interceptor failed", cause));
        }
    }

    private void end(Call call, Outcome outcome) {
        call.endNanos = parts.time().nanoTime();
        call.outcome = outcome;
        call.timedOutFairly |= timedOutFairly(call, outcome);
        call.retryNanos = RetryRules.waitNanos(call, outcome, parts);
        if (call.retryNanos != Call.NO_RETRY) {
            call.service.metrics.retries.increment();
        }
        CallReport.attemptEnded(parts, call, outcome);
    }

    /** A transport's own limit on connecting, which ends an attempt before its time, is fair too. */
    private static boolean timedOutFairly(Call call, Outcome outcome) {
        if (!(outcome instanceof Broken broken)) {
            return false;
        }
        return switch (broken.kind()) {
            case TIMEOUT -> call.hasFairTimeout();
            case CONNECT_TIMEOUT ->
                call.hasFairTimeout() || call.endNanos - call.attemptStartNanos < call.attemptTimeoutNanos;
            default -> false;
        };
    }

    private static Outcome outcomeOf(Call call) {
        Outcome outcome = call.outcome;
        return outcome != null ? outcome : Outcomes.cancelled("it ended without an outcome");
    }

    private static Outcome outcomeOf(Call call, CompletableFuture<Call> retries) {
        if (retries.isCancelled() || call.isCancelled()) {
            return Outcomes.cancelled("it was cancelled");
        }
        return retries.handle((last, failure) ->
                        failure == null ? outcomeOf(call) : Outcomes.unexpected("an attempt failed", failure))
                .join();
    }
}
