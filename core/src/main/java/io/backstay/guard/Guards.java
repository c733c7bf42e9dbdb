package io.backstay.guard;

import io.backstay.ConfigurationException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts guards round an object by annotations.
 *
 * <pre>{@code
 * @Guarded("ledger-db")
 * interface Invoices {
 *     @Retry(maxAttempts = 3) @Timeout("2s") @FallbackMethod("none")
 *     Invoice load(int number) throws IOException;
 *     default Invoice none(int number, Exception failure) { return Invoice.EMPTY; }
 * }
 *
 * Invoices guarded = Guards.protect(Invoices.class, dao, backstay.guard("ledger-db"));
 * }</pre>
 *
 * <p>Annotations stand on the interface or on the target's class, on a method or on the type, those it extends included; the method's win
 * over the type's. What a method of the target calls on itself goes through no guard.
 * Methods that give a {@code CompletionStage} or a {@code CompletableFuture} go through {@link Guard#callAsync}, all others through
 * {@link Guard#call}; either fails with what the target's method failed with, the same object. What the guard's policy says and no annotation changes holds, also when it is updated later.
 */
public final class Guards {

    private Guards() {}

    /**
     * An object that hands each call on to the target, through the guard that its annotations name. Everything is checked here, once.
     *
     * @param type the interface
     * @param guards those that annotations may name
     * @throws ConfigurationException that lists all mistakes: a guard that is not given, an annotation without a guard, two that contradict
     *     each other, one that contradicts itself, a value out of range, a fallback that does not fit
     */
    public static <T> T protect(Class<T> type, T target, Guard... guards) {
        if (type == null) {
            throw new ConfigurationException("the interface to guard must not be null");
        }
        if (!type.isInterface()) {
            throw new ConfigurationException(type.getName() + " cannot be guarded: it is no interface");
        }
        if (target == null) {
            throw new ConfigurationException(type.getName() + " cannot be guarded: the target must not be null");
        }
        Map<Method, GuardedMethod> methods = new GuardedMethods(type, target, guards).read();
        Object proxy =
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new Handler(target, methods));
        return type.cast(proxy);
    }

    private record Handler(Object target, Map<Method, GuardedMethod> methods) implements InvocationHandler {

        @Override
        public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) {
            GuardedMethod guarded = methods.get(method);
            if (guarded != null) {
                return guarded.call(arguments);
            }
            if (method.getDeclaringClass() == Object.class) {
                return ofObject(proxy, method, arguments);
            }
            return GuardedMethod.invoke(target, method, arguments == null ? new Object[0] : arguments);
        }

        @SuppressWarnings("ReferenceEquality")
        private Object ofObject(Object proxy, Method method, Object @Nullable [] arguments) {
            return switch (method.getName()) {
                case "equals" -> arguments != null && proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "guarded " + target;
            };
        }
    }
}
