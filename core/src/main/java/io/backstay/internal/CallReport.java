package io.backstay.internal;

import io.backstay.AttemptInterceptor;
import io.backstay.CallException;
import io.backstay.FailureKind;
import io.backstay.event.AttemptFailed;
import io.backstay.event.AttemptStarted;
import io.backstay.event.AttemptSucceeded;
import io.backstay.event.CallFailed;
import io.backstay.event.CallSucceeded;
import io.backstay.event.FallbackAnswered;
import io.backstay.internal.Outcome.Answer;
import io.backstay.internal.Outcome.Broken;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells interceptors, metrics, log and listeners how a call goes. Nothing that they throw changes it. */
final class CallReport {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.interceptor");

    private CallReport() {}

    static void attemptStarted(Parts parts, Attempt attempt) {
        Call call = attempt.call;
        if (parts.events().hearsCalls()) {
            parts.events()
                    .publish(new AttemptStarted(
                            call.request,
                            call.correlationId,
                            parts.time().now(),
                            attempt.instance,
                            attempt.number,
                            call.policy.retry().maxAttempts()));
        }
    }

    static void attemptEnded(Parts parts, Attempt attempt, Outcome outcome, long retryNanos) {
        Call call = attempt.call;
        if (!parts.attemptInterceptors().isEmpty()) {
            tellInterceptors(
                    parts, new AttemptInterceptor.Attempt(call.request, attempt.instance, attempt.number), outcome);
        }
        if (!parts.events().hearsCalls()) {
            return;
        }
        Duration elapsed = Duration.ofNanos(attempt.endNanos - attempt.startNanos);
        if (outcome instanceof Answer answer && answer.accepted()) {
            parts.events()
                    .publish(new AttemptSucceeded(
                            call.request,
                            call.correlationId,
                            parts.time().now(),
                            attempt.instance,
                            attempt.number,
                            answer.response().status(),
                            elapsed));
        } else {
            parts.events()
                    .publish(new AttemptFailed(
                            call.request,
                            call.correlationId,
                            parts.time().now(),
                            attempt.instance,
                            attempt.number,
                            call.policy.retry().maxAttempts(),
                            kindOf(outcome),
                            outcome instanceof Answer answer ? answer.response().status() : null,
                            elapsed,
                            retryNanos == Call.NO_RETRY ? null : Duration.ofNanos(retryNanos)));
        }
    }

    private static void tellInterceptors(Parts parts, AttemptInterceptor.Attempt attempt, Outcome outcome) {
        for (int i = parts.attemptInterceptors().size() - 1; i >= 0; i--) {
            AttemptInterceptor interceptor = parts.attemptInterceptors().get(i);
            try {
                if (outcome instanceof Answer answer) {
                    interceptor.after(attempt, answer.response());
                } else {
                    interceptor.failed(attempt, kindOf(outcome));
                }
            } catch (RuntimeException e) {
                LOG.error(
                        "[{}] an attempt interceptor failed after the exchange",
                        attempt.request().service(),
                        e);
            }
        }
    }

    private static FailureKind kindOf(Outcome outcome) {
        return outcome instanceof Broken broken ? broken.kind() : FailureKind.STATUS;
    }

    static void succeeded(Parts parts, Call call, int status) {
        call.service.metrics.succeeded.increment();
        call.service.metrics.latencies.record(call.endNanos - call.startNanos, call.endNanos);
        if (parts.events().hearsCalls()) {
            parts.events()
                    .publish(new CallSucceeded(
                            call.request,
                            call.correlationId,
                            parts.time().now(),
                            status,
                            call.attempts,
                            Duration.ofNanos(call.endNanos - call.startNanos)));
        }
    }

    static void failed(Parts parts, Call call, CallException failure) {
        call.service.metrics.failed.increment();
        if (failure.kind() == FailureKind.REJECTED) {
            call.service.metrics.rejected.increment();
        } else {
            call.service.metrics.latencies.record(call.endNanos - call.startNanos, call.endNanos);
        }
        if (failure.kind() != FailureKind.REJECTED || parts.events().hearsCalls()) {
            parts.events()
                    .publish(new CallFailed(
                            call.request, call.correlationId, parts.time().now(), failure));
        }
    }

    static void answeredByFallback(Parts parts, Call call, String name, CallException cause) {
        call.service.metrics.fallbacks.increment();
        if (parts.events().hearsCalls()) {
            parts.events()
                    .publish(new FallbackAnswered(
                            call.request, call.correlationId, parts.time().now(), name, cause));
        }
    }
}
