package io.backstay.internal;

import io.backstay.CallException;
import io.backstay.FailureKind;
import io.backstay.FailureMode;
import io.backstay.Fallback;
import io.backstay.HttpStatusException;
import io.backstay.Result;
import io.backstay.ServiceUnavailableException;
import org.jspecify.annotations.Nullable;

/**
 * Step 15: asks a failed call's fallbacks, in order, for an answer of the type that was wanted, and lets the policy's
 * {@link FailureMode} have the last word.
 */
final class Fallbacks {

    private final Parts parts;

    Fallbacks(Parts parts) {
        this.parts = parts;
    }

    <T> Result<T> answer(Call call, CallException failure) {
        FailureMode mode = call.policy.failureMode();
        if (mode != FailureMode.FAIL_CLOSED && isForFallbacks(failure)) {
            for (Fallback fallback : call.request.options().fallbacks()) {
                try {
                    T value = checked(fallback, fallback.answer().apply(failure), call);
                    CallReport.answeredByFallback(parts, call, fallback.name(), failure);
                    return new Result.Degraded<>(value, fallback.name(), failure);
                } catch (RuntimeException next) {
                    addSuppressed(failure, next);
                }
            }
        }
        return isAnsweredEmpty(mode, call, failure) ? empty(mode, call, failure) : new Result.Failure<>(failure);
    }

    private static boolean isAnsweredEmpty(FailureMode mode, Call call, CallException failure) {
        boolean fits = switch (mode) {
            case FAIL_OPEN -> isUnavailable(failure);
            case BEST_EFFORT -> failure.kind() != FailureKind.CANCELLED;
            case STANDARD, FAIL_CLOSED -> false;
        };
        return fits && EmptyValues.has(call.type);
    }

    @SuppressWarnings({"unchecked", "NullAway"})
    private <T> Result<T> empty(FailureMode mode, Call call, CallException failure) {
        String name = mode == FailureMode.FAIL_OPEN ? "fail-open" : "best-effort";
        CallReport.answeredByFallback(parts, call, name, failure);
        return new Result.Degraded<>((T) EmptyValues.of(call.type), name, failure);
    }

    /** A fallback that throws the very failure it was given says no more than that it does not know better. */
    @SuppressWarnings("ReferenceEquality")
    private static void addSuppressed(CallException failure, RuntimeException next) {
        if (next != failure) {
            failure.addSuppressed(next);
        }
    }

    /** What the service could not give; not what the caller did wrong or no longer wants. */
    private static boolean isForFallbacks(CallException failure) {
        return failure instanceof HttpStatusException
                ? isUnavailable(failure)
                : failure.kind() != FailureKind.CANCELLED;
    }

    /** Whether the service is not there or not well; an answer that cannot be understood and a failing step of our own are other things. */
    private static boolean isUnavailable(CallException failure) {
        if (failure instanceof HttpStatusException answer) {
            return answer.status() >= 500 || answer.status() == 408 || answer.status() == 429;
        }
        return failure instanceof ServiceUnavailableException;
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "NullAway"})
    private static <T> T checked(Fallback fallback, @Nullable Object value, Call call) {
        Class<?> wanted = Types.rawClass(call.type);
        if (value != null && !wanted.isInstance(value)) {
            throw new ClassCastException("fallback " + fallback.name() + " gave a "
                    + value.getClass().getName() + " where a " + wanted.getName() + " is wanted");
        }
        return (T) value;
    }
}
