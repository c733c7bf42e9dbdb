package io.backstay.guard;

import io.backstay.CallException;
import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
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
    /** In the order in which they are asked. */
    private final List<Method> fallbacks;

    private final boolean isAsync;

    GuardedMethod(Object target, Method method, GuardVariant variant, List<Method> fallbacks, boolean isAsync) {
        this.target = target;
        this.method = method;
        this.variant = variant;
        this.fallbacks = fallbacks;
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
            return FirstAttempt.run(variant.guard, parts, () -> invoke(target, method, arguments));
        } catch (FailedCall failed) {
            return Answers.of(
                    failed,
                    fallbacks.isEmpty() ? checked(Answers.<Object>of(parts.policy)) : answer(arguments, failed));
        }
    }

    private CompletableFuture<Object> callAsync(Object[] arguments) {
        GuardParts parts = variant.parts();
        AsyncEnding<Object, Object> ending = fallbacks.isEmpty()
                ? AsyncEnding.value(Answers.of(parts.policy))
                : AsyncEnding.stage(failed -> stage(answer(arguments, failed).apply(failed.asCallException())));
        return new AsyncAttempts<>(variant.guard.newCall(parts), () -> stage(invoke(target, method, arguments)), ending)
                .start();
    }

    @SuppressWarnings("unchecked")
    private static CompletionStage<Object> stage(@Nullable Object given) {
        return Stages.required((CompletionStage<Object>) given);
    }

    /** Asks the first that wants what the call ended with; where none does, that stays as it is. */
    private Function<CallException, Object> answer(Object[] arguments, FailedCall failed) {
        return error -> {
            for (Method fallback : fallbacks) {
                if (fallback.getParameterCount() == arguments.length) {
                    return invoke(target, fallback, arguments);
                }
                if (fallback.getParameterTypes()[arguments.length].isInstance(failed.failure)) {
                    Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
                    all[arguments.length] = failed.failure;
                    return invoke(target, fallback, all);
                }
            }
            throw Guard.<RuntimeException>thrown(failed.failure);
        };
    }

    /** The policy's fallback does not know for which method it answers. */
    private @Nullable Function<? super CallException, ?> checked(
            @Nullable Function<? super CallException, ?> fallback) {
        if (fallback == null) {
            return null;
        }
        return error -> {
            Object value = fallback.apply(error);
            Class<?> wanted = method.getReturnType();
            boolean fits = wanted == void.class
                    || (value == null
                            ? !wanted.isPrimitive()
                            : MethodType.methodType(wanted).wrap().returnType().isInstance(value));
            if (!fits) {
                throw new ClassCastException("the fallback of the guard " + variant.guard.name() + " gave "
                        + (value == null ? "null" : "a " + value.getClass().getName()) + " where a "
                        + wanted.getName() + " is wanted");
            }
            return value;
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
