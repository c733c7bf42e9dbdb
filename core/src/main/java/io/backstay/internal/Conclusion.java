package io.backstay.internal;

import io.backstay.CallContext;
import io.backstay.CallException;
import io.backstay.Result;
import io.backstay.ServiceResponse;
import io.backstay.UnexpectedCallException;
import io.backstay.internal.Outcome.Answer;
import io.backstay.internal.Outcome.Broken;
import java.lang.reflect.Type;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Steps 13 to 15 of a call: what its outcome says to the guards, and what its caller gets. */
final class Conclusion {

    private final Parts parts;
    private final Admission admission;
    private final Interception interception;
    private final Fallbacks fallbacks;
    private final Streams streams;
    private final Consumer<Call> whenStreamEnded;

    /** A call whose answer is streamed is handed over once its stream has ended. */
    Conclusion(Parts parts, Admission admission, Interception interception, Consumer<Call> whenStreamEnded) {
        this.parts = parts;
        this.admission = admission;
        this.interception = interception;
        this.fallbacks = new Fallbacks(parts);
        this.streams = new Streams(parts, this::endStream);
        this.whenStreamEnded = whenStreamEnded;
    }

    Streams streams() {
        return streams;
    }

    /** Steps 13 to 15; of an answer that is streamed, step 13 ends with its stream. */
    <T> Result<T> conclude(Call call, Outcome outcome) {
        if (call.streaming == null) {
            admission.settle(call, outcome);
        } else {
            admission.settleHead(call, outcome);
        }
        CallException failure;
        if (outcome instanceof Answer answer && answer.accepted()) {
            try {
                ServiceResponse response = interception.after(call, answer.response());
                return new Result.Success<>(value(call, response));
            } catch (CallException thrown) {
                failure = thrown;
            } catch (RuntimeException thrown) {
                failure = new UnexpectedCallException("a call interceptor failed", call.details(), thrown);
            }
        } else {
            failure = parts.failures().of(call, outcome);
        }
        if (call.streaming != null) {
            call.cancelExchange();
            call.streaming.discard();
            call.streaming.release();
            admission.settle(call, outcome);
        }
        interception.failed(call, failure);
        CallReport.failed(parts, call, failure);
        try (CallContext.Scope scope = call.callerContext().open()) {
            return fallbacks.answer(call, failure);
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private <T> T value(Call call, ServiceResponse response) {
        Attempt streaming = call.streaming;
        if (streaming != null && streaming.arriving != null) {
            return (T) streams.open(call, response, streaming.arriving);
        }
        call.givesOctets = call.type == byte[].class
                && call.intercepted == 0
                && parts.attemptInterceptors().isEmpty();
        T value = decode(response, call.type);
        CallReport.succeeded(parts, call, response.status());
        return value;
    }

    /** Steps 13 and 15 of a call whose answer was streamed: nobody is left to ask fallbacks for. */
    private void endStream(
            Call call, ServiceResponse response, @Nullable Broken outcome, @Nullable CallException failure) {
        admission.settle(call, outcome != null ? outcome : new Answer(response, true));
        if (failure == null) {
            CallReport.succeeded(parts, call, response.status());
        } else {
            interception.failed(call, failure);
            CallReport.failed(parts, call, failure);
        }
        if (call.streaming != null) {
            call.streaming.release();
        }
        whenStreamEnded.accept(call);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "NullAway"})
    private static <T> T decode(ServiceResponse response, Type type) {
        return (T) (type == ServiceResponse.class ? response : response.decode(type));
    }
}
