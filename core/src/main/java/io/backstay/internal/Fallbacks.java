package io.backstay.internal;

import io.backstay.CallException;
import io.backstay.FailureKind;
import io.backstay.Fallback;
import io.backstay.HttpStatusException;
import io.backstay.Result;
import org.jspecify.annotations.Nullable;

/** Step 15: asks a failed call's fallbacks, in order, for an answer of the type that was wanted. */
final class Fallbacks {

    private final Parts parts;

    Fallbacks(Parts parts) {
        this.parts = parts;
    }

    <T> Result<T> answer(Call call, CallException failure) {
        if (isForFallbacks(failure)) {
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
        return new Result.Failure<>(failure);
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
        if (failure instanceof HttpStatusException answer) {
            return answer.status() >= 500 || answer.status() == 408 || answer.status() == 429;
        }
        return failure.kind() != FailureKind.CANCELLED;
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
