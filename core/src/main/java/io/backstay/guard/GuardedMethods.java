package io.backstay.guard;

import io.backstay.Backoff;
import io.backstay.ConfigurationException;
import io.backstay.GuardPolicy;
import io.backstay.SettingText;
import io.backstay.Settings;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads the annotations of an interface and its target, and gathers all mistakes. For one use. */
final class GuardedMethods {

    private final Class<?> type;
    private final Object target;
    private final Map<String, Guard> guards = new HashMap<>();
    private final Set<String> mistakes = new LinkedHashSet<>();

    GuardedMethods(Class<?> type, Object target, Guard... guards) {
        this.type = type;
        this.target = target;
        for (Guard guard : guards) {
            if (guard == null) {
                mistakes.add("a guard must not be null");
                continue;
            }
            Guard other = this.guards.put(guard.name(), guard);
            if (other != null && other != guard) {
                mistakes.add("there are two guards of the name " + guard.name());
            }
        }
    }

    Map<Method, GuardedMethod> read() {
        Map<Method, GuardedMethod> methods = new LinkedHashMap<>();
        for (Method method : type.getMethods()) {
            if (!Modifier.isStatic(method.getModifiers())) {
                GuardedMethod guarded = read(method);
                if (guarded != null) {
                    methods.put(method, guarded);
                }
            }
        }
        if (methods.isEmpty() && mistakes.isEmpty()) {
            mistakes.add("no method is guarded: there is no @Guarded");
        }
        if (!mistakes.isEmpty()) {
            throw new ConfigurationException(
                    type.getName() + " cannot be guarded:\n- " + String.join("\n- ", mistakes));
        }
        return methods;
    }

    private @Nullable GuardedMethod read(Method method) {
        if (!method.trySetAccessible()) {
            mistakes.add(shown(method) + " cannot be reached");
        }
        Guarded guarded = find(method, Guarded.class);
        Retry retry = find(method, Retry.class);
        Timeout timeout = find(method, Timeout.class);
        FallbackMethod fallback = find(method, FallbackMethod.class);
        Consumer<GuardPolicy.Builder> change = change(method, retry, timeout);
        List<Method> answering = fallback == null
                ? List.of()
                : new FallbackMethods(type, target).find(method, fallback.value(), mistakes::add);
        if (guarded == null) {
            for (Annotation lonely : new Annotation[] {retry, timeout, fallback}) {
                if (lonely != null) {
                    mistakes.add(
                            shown(method) + " has @" + lonely.annotationType().getSimpleName() + " but no @Guarded");
                }
            }
            return null;
        }
        Guard guard = guards.get(guarded.value());
        if (guard == null) {
            mistakes.add(shown(method) + " names the guard " + guarded.value() + ", which is not given; given are "
                    + guards.keySet().stream().sorted().toList());
            return null;
        }
        return new GuardedMethod(target, method, new GuardVariant(guard, change), answering, isAsync(method));
    }

    private boolean isAsync(Method method) {
        Class<?> given = method.getReturnType();
        boolean stage = CompletionStage.class.isAssignableFrom(given);
        boolean fits = stage && given.isAssignableFrom(CompletableFuture.class);
        if (!fits && (stage || Future.class.isAssignableFrom(given))) {
            mistakes.add(shown(method) + " gives a " + given.getSimpleName()
                    + "; of futures only CompletionStage and CompletableFuture can be guarded");
        }
        return fits;
    }

    // Annotations: of the method on the interface or the class, else of the types.

    private <A extends Annotation> @Nullable A find(Method method, Class<A> annotation) {
        A found = agreed(
                method.getAnnotation(annotation),
                ofTarget(method).getAnnotation(annotation),
                shown(method),
                annotation);
        return found != null
                ? found
                : agreed(ofInterface(method, annotation), ofClass(annotation), type.getSimpleName(), annotation);
    }

    /** The interface's own wins over that of the one it has the method from. */
    private <A extends Annotation> @Nullable A ofInterface(Method method, Class<A> annotation) {
        A own = type.getAnnotation(annotation);
        return own != null ? own : method.getDeclaringClass().getAnnotation(annotation);
    }

    private <A extends Annotation> @Nullable A ofClass(Class<A> annotation) {
        for (Class<?> each = target.getClass(); each != null; each = each.getSuperclass()) {
            A found = each.getAnnotation(annotation);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private Method ofTarget(Method method) {
        try {
            return target.getClass().getMethod(method.getName(), method.getParameterTypes());
        } catch (NoSuchMethodException notPublic) {
            return method;
        }
    }

    private <A extends Annotation> @Nullable A agreed(
            @Nullable A ofInterface, @Nullable A ofClass, String where, Class<A> annotation) {
        if (ofInterface != null && ofClass != null && !ofInterface.equals(ofClass)) {
            mistakes.add(where + " has two @" + annotation.getSimpleName() + " that contradict each other, "
                    + "one on the interface and one on " + target.getClass().getName());
        }
        return ofInterface != null ? ofInterface : ofClass;
    }

    private @Nullable Consumer<GuardPolicy.Builder> change(
            Method method, @Nullable Retry retry, @Nullable Timeout timeout) {
        List<Consumer<GuardPolicy.Builder>> changes = new ArrayList<>();
        if (timeout != null) {
            attempt(method, () -> {
                Duration time = SettingText.duration("timeout", timeout.value());
                changes.add(checked(policy -> policy.timeout(time)));
            });
        }
        if (retry != null) {
            if (retry.maxAttempts() == 1 && retry.on().length > 0) {
                mistakes.add(
                        shown(method) + " has a @Retry that contradicts itself: it names exceptions to retry on, and "
                                + Settings.RETRY_MAX_ATTEMPTS.name() + " of 1 allows no retry");
            }
            attempt(method, () -> Settings.RETRY_MAX_ATTEMPTS.check(retry.maxAttempts()));
            attempt(method, () -> {
                Backoff delays = backoff(retry);
                changes.add(policy -> policy.retry(retry.maxAttempts(), delays));
            });
            if (retry.on().length > 0) {
                changes.add(policy -> policy.retryOnlyOn(retry.on()));
            }
        }
        return changes.isEmpty() ? null : policy -> changes.forEach(each -> each.accept(policy));
    }

    /** The change, once it has been tried. */
    private static Consumer<GuardPolicy.Builder> checked(Consumer<GuardPolicy.Builder> change) {
        change.accept(GuardPolicy.builder());
        return change;
    }

    private static Backoff backoff(Retry retry) {
        Backoff delays = Backoff.exponential(
                SettingText.duration("retry.delay", retry.delay()),
                2,
                SettingText.duration("retry.max-delay", retry.maxDelay()));
        return retry.jitter() ? delays.withFullJitter() : delays;
    }

    private void attempt(Method method, Runnable reading) {
        try {
            reading.run();
        } catch (ConfigurationException e) {
            mistakes.add(shown(method) + ": " + e.getMessage());
        }
    }

    private String shown(Method method) {
        return shown(type, method);
    }

    static String shown(Class<?> type, Method method) {
        List<String> parameters = new ArrayList<>();
        for (Class<?> each : method.getParameterTypes()) {
            parameters.add(each.getSimpleName());
        }
        return type.getSimpleName() + "." + method.getName() + "(" + String.join(", ", parameters) + ")";
    }
}
