package io.backstay.guard;

import io.backstay.CallException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How a method of a protected interface is called. Immutable. */
final class GuardedMethod {

    private static final Object[] NONE = {};

    private final Object target;
    private final Method method;
    private final GuardVariant variant;
    private final @Nullable Method fallback;
    private final boolean isAsync;

    GuardedMethod(Object target, Method method, GuardVariant variant, @Nullable Method fallback, boolean isAsync) {
        this.target = target;
        this.method = method;
        this.variant = variant;
        this.fallback = fallback;
        this.isAsync = isAsync;
    }

    @Nullable
    Object call(Object @Nullable [] arguments) {
        Object[] given = arguments == null ? NONE : arguments;
        return isAsync ? callAsync(given) : callBlocking(given);
    }

    private @Nullable Object callBlocking(Object[] arguments) {
        GuardParts parts = variant.parts();
        try {
            return variant.guard.execute(parts, () -> invoke(target, method, arguments));
        } catch (FailedCall failed) {
            return fallback == null
                    ? Answers.of(failed, Answers.<Object>of(parts.policy))
                    : Answers.of(failed, answer(fallback, arguments, failed));
        }
    }

    private CompletableFuture<Object> callAsync(Object[] arguments) {
        GuardParts parts = variant.parts();
        AsyncEnding<Object, Object> ending = fallback == null
                ? AsyncEnding.value(Answers.of(parts.policy))
                : AsyncEnding.stage(
                        failed -> stage(answer(fallback, arguments, failed).apply(failed.asCallException())));
        return new AsyncAttempts<>(variant.guard.newCall(parts), () -> stage(invoke(target, method, arguments)), ending)
                .start();
    }

    @SuppressWarnings("unchecked")
    private static CompletionStage<Object> stage(@Nullable Object given) {
        return Stages.required((CompletionStage<Object>) given);
    }

    /** Hands over what the call ended with, where the method wants it; what it has no parameter for stays as it is. */
    private Function<CallException, Object> answer(Method by, Object[] arguments, FailedCall failed) {
        return error -> {
            if (by.getParameterCount() == arguments.length) {
                return invoke(target, by, arguments);
            }
            if (!by.getParameterTypes()[arguments.length].isInstance(failed.failure)) {
                throw Guard.<RuntimeException>thrown(failed.failure);
            }
            Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
            all[arguments.length] = failed.failure;
            return invoke(target, by, all);
        };
    }

    @SuppressWarnings("NullAway")
    static Object invoke(Object target, Method method, Object[] arguments) {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw Guard.<RuntimeException>thrown(e.getTargetException());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(method + " cannot be called", e);
        }
    }
}
