package io.backstay.internal;

import io.backstay.CallCancelledException;
import io.backstay.CallDetails;
import io.backstay.CallException;
import io.backstay.CallRejectedException;
import io.backstay.CallTimeoutException;
import io.backstay.HttpStatusException;
import io.backstay.ServiceResponse;
import io.backstay.ServiceUnavailableException;
import io.backstay.TransportException;
import io.backstay.UnexpectedCallException;
import io.backstay.internal.Outcome.Answer;
import io.backstay.internal.Outcome.Broken;
import io.backstay.internal.Outcome.Refused;
import io.backstay.internal.Outcome.Thrown;
import io.backstay.spi.TimeSource;

/** Turns an outcome into the exception that a caller is to see, on the caller's own thread where it is blocked. */
final class Failures {

    private final Bodies bodies;
    private final TimeSource time;

    Failures(Bodies bodies, TimeSource time) {
        this.bodies = bodies;
        this.time = time;
    }

    CallException of(Call call, Outcome outcome) {
        if (outcome instanceof Answer answer) {
            return ofAnswer(answer.response(), call.details());
        } else if (outcome instanceof Refused refused) {
            return new CallRejectedException(refused.guard(), refused.problem(), call.details(), refused.retryAfter());
        } else if (outcome instanceof Broken broken) {
            return ofBroken(call, broken);
        }
        return ((Thrown) outcome).failure();
    }

    private CallException ofAnswer(ServiceResponse response, CallDetails details) {
        HttpStatusException failure = new HttpStatusException(
                response,
                details,
                bodies.problem(response),
                RetryAfter.read(response.headers(), time).orElse(null));
        int status = response.status();
        return status >= 502 && status <= 504 ? new ServiceUnavailableException(failure) : failure;
    }

    private static CallException ofBroken(Call call, Broken broken) {
        CallDetails details = call.details();
        return switch (broken.kind()) {
            case TIMEOUT ->
                new CallTimeoutException(
                        broken.problem(), details, call.deadline.hasPassed(call.endNanos), broken.cause());
            case CANCELLED -> new CallCancelledException(broken.problem(), details, broken.cause());
            case UNEXPECTED -> new UnexpectedCallException(broken.problem(), details, broken.cause());
            default -> new TransportException(broken.problem(), broken.kind(), details, broken.cause());
        };
    }
}
