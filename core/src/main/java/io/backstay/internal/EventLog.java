package io.backstay.internal;

import io.backstay.BackstayEvent;
import io.backstay.CallDetails;
import io.backstay.CallException;
import io.backstay.FailureKind;
import io.backstay.HttpStatusException;
import io.backstay.ServiceInstance;
import io.backstay.ServiceRequest;
import io.backstay.event.AttemptFailed;
import io.backstay.event.AttemptStarted;
import io.backstay.event.AttemptSucceeded;
import io.backstay.event.BreakerStateChanged;
import io.backstay.event.CallEvent;
import io.backstay.event.CallFailed;
import io.backstay.event.FallbackAnswered;
import io.backstay.event.InstanceJudged;
import io.backstay.spi.UnseenFailures;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Events as readable lines with their parts as key-value pairs. Attempts, refusals and what the caller did wrong at DEBUG,
 * breakers and instances at WARN, failures of a service at ERROR.
 */
final class EventLog {

    private static final Logger CALLS = LoggerFactory.getLogger("io.backstay.call");
    private static final Logger INSTANCES = LoggerFactory.getLogger("io.backstay.balancer");
    private static final Logger BREAKERS = LoggerFactory.getLogger("io.backstay.breaker");

    private EventLog() {}

    /** Whether attempts are written; that a call failed is written in any case. */
    static boolean writesAttempts() {
        return CALLS.isDebugEnabled();
    }

    static void write(BackstayEvent event) {
        if (event instanceof BreakerStateChanged change) {
            breaker(change);
        } else if (event instanceof InstanceJudged instance) {
            instance(instance);
        } else if (event instanceof CallFailed failed) {
            failed(failed);
        } else if (CALLS.isDebugEnabled() && event instanceof CallEvent call) {
            attempt(call);
        }
    }

    private static void instance(InstanceJudged event) {
        INSTANCES
                .atWarn()
                .addKeyValue("service", event.service())
                .addKeyValue("instance", event.instance().address())
                .log("{}", event);
    }

    /** That an instance is left out for one endpoint. */
    static void avoided(ServiceInstance instance, String endpoint, Duration lasting) {
        INSTANCES
                .atWarn()
                .addKeyValue("service", instance.service())
                .addKeyValue("instance", instance.address())
                .log(
                        "[{}] instance {} avoided for {} for {} s (it fails there alone)",
                        instance.service(),
                        instance.address(),
                        endpoint,
                        lasting.toSeconds());
    }

    private static void attempt(CallEvent event) {
        if (event instanceof AttemptStarted started) {
            line(started, Level.DEBUG)
                    .addKeyValue("instance", started.instance().address())
                    .addKeyValue("attempt", started.number())
                    .log("{} (attempt {}/{})", words(started), started.number(), started.maxAttempts());
        } else if (event instanceof AttemptSucceeded succeeded) {
            line(succeeded, Level.DEBUG)
                    .addKeyValue("instance", succeeded.instance().address())
                    .addKeyValue("attempt", succeeded.number())
                    .addKeyValue("status", succeeded.status())
                    .addKeyValue("elapsed_ms", succeeded.elapsed().toMillis())
                    .log(
                            "{} succeeded {} in {} ms",
                            words(succeeded),
                            succeeded.status(),
                            succeeded.elapsed().toMillis());
        } else if (event instanceof AttemptFailed failed) {
            attemptFailed(failed);
        } else if (event instanceof FallbackAnswered fallback) {
            line(fallback, Level.DEBUG)
                    .addKeyValue("fallback", fallback.answeredBy())
                    .log("{} answered by fallback {}", words(fallback), fallback.answeredBy());
        }
    }

    private static void attemptFailed(AttemptFailed failed) {
        String what = failed.status()
                .map(status -> "answered " + status)
                .orElse(failed.kind().words());
        String then = failed.retryIn()
                .map(wait -> ", retrying in " + wait.toMillis() + " ms")
                .orElse("");
        line(failed, Level.DEBUG)
                .addKeyValue("instance", failed.instance().address())
                .addKeyValue("attempt", failed.number())
                .addKeyValue("kind", failed.kind())
                .addKeyValue("elapsed_ms", failed.elapsed().toMillis())
                .log("{} {}{}", words(failed), what, then);
    }

    private static void failed(CallFailed event) {
        CallException failure = event.failure();
        Level level = isServiceFailure(failure) ? Level.ERROR : Level.DEBUG;
        line(event, level)
                .addKeyValue("kind", failure.kind())
                .addKeyValue("attempts", failure.details().attempts())
                .addKeyValue("elapsed_ms", failure.details().elapsed().toMillis())
                .log(
                        failure.kind() == FailureKind.REJECTED ? "{} rejecting: {}" : "{} failed: {}",
                        words(event),
                        failure.problem());
    }

    /** An asynchronous call has failed in a way that is told at DEBUG alone, and nobody has looked at its future. */
    static void unseen(CallException failure) {
        CallDetails details = failure.details();
        CALLS.atWarn()
                .addKeyValue("service", details.service())
                .addKeyValue("method", details.method())
                .addKeyValue("path", details.pathTemplate())
                .addKeyValue("kind", failure.kind())
                .log(
                        "[{}] {} {} failed, and nobody has looked at its future for {} s: {}",
                        details.service(),
                        details.method(),
                        details.pathTemplate(),
                        UnseenFailures.GRACE.toSeconds(),
                        failure.problem());
    }

    /** Whether it is told at ERROR. */
    static boolean isServiceFailure(CallException failure) {
        if (failure instanceof HttpStatusException answer) {
            return answer.status() >= 500;
        }
        return failure.kind() != FailureKind.REJECTED && failure.kind() != FailureKind.CANCELLED;
    }

    private static void breaker(BreakerStateChanged change) {
        String line = switch (change.to()) {
            case OPEN -> "[{}] circuit breaker OPEN ({})";
            case HALF_OPEN -> "[{}] circuit breaker entering HALF_OPEN ({})";
            case CLOSED -> "[{}] circuit breaker CLOSED ({})";
            case FORCED_OPEN -> "[{}] circuit breaker FORCED_OPEN ({})";
            case DISABLED -> "[{}] circuit breaker DISABLED ({})";
        };
        BREAKERS.atWarn()
                .addKeyValue("service", change.service())
                .addKeyValue("from", change.from())
                .addKeyValue("to", change.to())
                .log(line, change.service(), change.reason());
    }

    private static LoggingEventBuilder line(CallEvent event, Level level) {
        ServiceRequest request = event.request();
        return CALLS.atLevel(level)
                .addKeyValue("service", request.service())
                .addKeyValue("method", request.method())
                .addKeyValue("path", request.pathTemplate())
                .addKeyValue("correlation_id", event.correlationId());
    }

    private static String words(CallEvent event) {
        return event.request().toString();
    }
}
