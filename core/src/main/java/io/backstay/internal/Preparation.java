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
        call.hasRateToken = false;
        call.retryPermit = RetryBudget.REFUSED;
        Attempt attempt = attempt(call, chosen, nowNanos);
        try {
            call.exchanges(prepare(attempt));
            return attempt;
        } catch (RuntimeException | Error failure) {
            exchanges.endUnsent(attempt, failure);
            exchanges.decide(attempt);
            Exchanges.rethrow(failure);
            return null;
        }
    }

    /**
     * An instance for one more attempt of a call of which one is running, with a token where the service has a rate limit; null when there
     * can be none, which nobody is told of. The call stays as it is: an answer may end it at any moment.
     */
    @Nullable
    Chosen chooseForHedge(Call call, long nowNanos) {
        if (ending(call, nowNanos) != null || !Admission.allowsHedge(call)) {
            return null;
        }
        RateLimit rate = call.guards.rate();
        if (rate != null && !rate.tryAcquire(call.priority, nowNanos)) {
            return null;
        }
        Chosen chosen = null;
        try {
            chosen = call.service.instances.choose(call, nowNanos);
        } finally {
            if (chosen == null && rate != null) {
                rate.giveBack();
            }
        }
        return chosen;
    }

    /** Gives back what {@link #chooseForHedge} took. */
    static void giveBack(Call call, Chosen chosen) {
        chosen.ended();
        RateLimit rate = call.guards.rate();
        if (rate != null) {
            rate.giveBack();
        }
    }

    /** The hedge for an instance that was chosen; by who holds the call, so that nobody else writes to it. */
    static Attempt hedge(Call call, Chosen chosen, long nowNanos) {
        call.hedges++;
        return attempt(call, chosen, nowNanos);
    }

    private static @Nullable Outcome refusal(Call call, long nowNanos) {
        Outcome ending = ending(call, nowNanos);
        return ending == null && call.guards.rate() != null && !call.hasRateToken
                ? new Refused("rate limit", "there is no token for it in time", null)
                : ending;
    }

    private static @Nullable Outcome ending(Call call, long nowNanos) {
        if (call.isCancelled()) {
            return Outcomes.cancelled("it was cancelled");
        }
        return call.deadline.hasPassed(nowNanos) ? Outcomes.deadlinePassed() : null;
    }

    private static Refused noInstance(Call call) {
        if (call.service.instances.size() > 0) {
            return new Refused("concurrency limit", "every instance of " + call.service.name + " is busy", null);
        }
        String soFar = call.service.firstReading.isOutstanding()
                ? " so far: what tells where it is has not been read for the first time yet"
                : "";
        return new Refused("balancer", "no instance of " + call.service.name + " is known" + soFar, null);
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
        ServiceInstance instance = chosen.instance();
        call.begins(instance);
        call.service.metrics.attempts.increment();
        long timeout = Math.min(call.wantedTimeoutNanos(), call.deadline.remainingNanos(nowNanos));
        return new Attempt(call, chosen, instance, nowNanos, timeout);
    }

    /** Gives the attempt its exchange, and runs the user's interceptors before that. */
    TransportCall prepare(Attempt attempt) {
        Headers headers = headers(attempt);
        CallReport.attemptStarted(parts, attempt);
        TransportCall exchange = newExchange(attempt.call, request(attempt, headers));
        attempt.exchange = exchange;
        return exchange;
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
