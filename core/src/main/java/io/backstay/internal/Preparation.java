package io.backstay.internal;

import io.backstay.AttemptInterceptor;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.balance.Chosen;
import io.backstay.guard.RateLimit;
import io.backstay.guard.RetryBudget;
import io.backstay.internal.Outcome.Refused;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import org.jspecify.annotations.Nullable;

/** Prepares an attempt: steps 9 to 11, and the breaker asked again where it is a retry. */
final class Preparation {

    private final Parts parts;
    private final Exchanges exchanges;

    Preparation(Parts parts, Exchanges exchanges) {
        this.parts = parts;
        this.exchanges = exchanges;
    }

    /**
     * An attempt that is ready to be made, or null when there can be none. The call's outcome then says why; on a later attempt it
     * goes on saying why the one before failed. Where the service has a rate limit, the call has a token for it.
     */
    @Nullable
    Attempt begin(Call call, long nowNanos) {
        call.retryNanos = Call.NO_RETRY;
        Outcome refusal = refusal(call, nowNanos);
        if (refusal == null) {
            refusal = Admission.again(call, nowNanos);
        }
        Chosen chosen = refusal == null ? call.service.instances.choose(call, nowNanos) : null;
        if (chosen == null) {
            return refuse(call, refusal != null ? refusal : noInstance(call), nowNanos);
        }
        Attempt attempt = attempt(call, chosen, nowNanos);
        try {
            prepare(attempt);
            return attempt;
        } catch (RuntimeException | Error failure) {
            exchanges.endUnsent(attempt, failure);
            exchanges.decide(attempt);
            Exchanges.rethrow(failure);
            return null;
        }
    }

    /** One more attempt of a call of which one is running, or null when there can be none, which nobody is told of. */
    @Nullable
    Attempt beginHedge(Call call, long nowNanos) {
        RateLimit rate = call.guards.rate();
        call.hasRateToken = rate != null && rate.tryAcquire(call.priority, nowNanos);
        Chosen chosen = refusal(call, nowNanos) == null && Admission.allowsHedge(call)
                ? call.service.instances.choose(call, nowNanos)
                : null;
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
            exchanges.endUnsent(attempt, failure);
            exchanges.lost(attempt);
            Exchanges.rethrow(failure);
            return null;
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
        call.giveBackUnusedBreakerPermit();
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
}
