package io.backstay.guard;

import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Finds the methods that may answer for a guarded one: they have its parameters, by choice an exception after them, and give its type.
 * Of several, those that want a more special exception come first, and the one that wants none last.
 */
final class FallbackMethods {

    private static final Comparator<Method> MOST_SPECIAL_FIRST = Comparator.comparingInt(Method::getParameterCount)
            .thenComparingInt(FallbackMethods::depthOfLastParameter)
            .reversed();

    private final Class<?> type;
    private final Object target;

    FallbackMethods(Class<?> type, Object target) {
        this.type = type;
        this.target = target;
    }

    /** All that fit, in the order in which they are to be asked; what is wrong is told. */
    List<Method> find(Method method, String name, Consumer<String> mistakes) {
        String shown = GuardedMethods.shown(type, method) + " names the fallback " + name;
        List<Method> named = named(name);
        List<Method> fitting = named.stream()
                .filter(each -> !isSame(each, method) && fits(method, each))
                .sorted(MOST_SPECIAL_FIRST)
                .toList();
        if (!fitting.isEmpty()) {
            fitting.stream()
                    .filter(each -> !each.trySetAccessible())
                    .forEach(each -> mistakes.accept(shown + ", which cannot be reached"));
        } else if (named.isEmpty()) {
            mistakes.accept(shown + ", which " + target.getClass().getName() + " has not");
        } else if (named.stream().allMatch(each -> isSame(each, method))) {
            mistakes.accept(shown + ", which is the method itself");
        } else {
            mistakes.accept(shown
                    + ", which has other parameters or gives another type; allowed: those of the method, by choice"
                    + " an exception after them, and "
                    + method.getGenericReturnType().getTypeName());
        }
        return fitting;
    }

    /** Of the class, then of those it extends, then of the interface; what one overrides is left out. */
    private List<Method> named(String name) {
        List<Method> all = new ArrayList<>();
        for (Class<?> each = target.getClass(); each != null; each = each.getSuperclass()) {
            all.addAll(List.of(each.getDeclaredMethods()));
        }
        all.addAll(List.of(type.getMethods()));
        Map<List<Class<?>>, Method> first = new LinkedHashMap<>();
        for (Method each : all) {
            if (each.getName().equals(name) && !each.isBridge()) {
                first.putIfAbsent(List.of(each.getParameterTypes()), each);
            }
        }
        return List.copyOf(first.values());
    }

    private static boolean isSame(Method candidate, Method method) {
        return candidate.getName().equals(method.getName())
                && Arrays.equals(candidate.getParameterTypes(), method.getParameterTypes());
    }

    private static boolean fits(Method method, Method candidate) {
        Class<?>[] wanted = method.getParameterTypes();
        Class<?>[] given = candidate.getParameterTypes();
        boolean takesFailure = given.length == wanted.length + 1 && takesException(given[wanted.length]);
        if ((given.length != wanted.length && !takesFailure) || !gives(method, candidate)) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (!given[i].isAssignableFrom(wanted[i])) {
                return false;
            }
        }
        return true;
    }

    private static boolean takesException(Class<?> parameter) {
        return Throwable.class.isAssignableFrom(parameter) && !Error.class.isAssignableFrom(parameter);
    }

    private static boolean gives(Method method, Method candidate) {
        return method.getReturnType().isAssignableFrom(candidate.getReturnType())
                && !contradict(method.getGenericReturnType(), candidate.getGenericReturnType());
    }

    /** Whether both say what they hold, in plain classes and as many, and one of these cannot be the other's. */
    private static boolean contradict(Type wanted, Type given) {
        if (!(wanted instanceof ParameterizedType one && given instanceof ParameterizedType other)) {
            return false;
        }
        Type[] ofWanted = one.getActualTypeArguments();
        Type[] ofGiven = other.getActualTypeArguments();
        for (int i = 0; i < ofWanted.length && ofWanted.length == ofGiven.length; i++) {
            if (contradict(ofWanted[i], ofGiven[i])
                    || (ofWanted[i] instanceof Class<?> to
                            && ofGiven[i] instanceof Class<?> from
                            && !to.isAssignableFrom(from))) {
                return true;
            }
        }
        return false;
    }

    private static int depthOfLastParameter(Method method) {
        int depth = 0;
        int last = method.getParameterCount() - 1;
        for (Class<?> each = last < 0 ? null : method.getParameterTypes()[last];
                each != null;
                each = each.getSuperclass()) {
            depth++;
        }
        return depth;
    }
}
