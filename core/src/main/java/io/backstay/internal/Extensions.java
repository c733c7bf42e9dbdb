package io.backstay.internal;

import io.backstay.AttemptInterceptor;
import io.backstay.CallInterceptor;
import io.backstay.ConfigurationException;
import io.backstay.Setting;
import io.backstay.spi.BackstayExtension;
import io.backstay.spi.BackstayExtensionProvider;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.ExtensionContext;
import io.backstay.spi.MetricSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What modules add, by name: those that are given, and those that are found and not switched off. Immutable. */
final class Extensions {

    private final Map<String, BackstayExtension> extensions;

    private Extensions(Map<String, BackstayExtension> extensions) {
        this.extensions = extensions;
    }

    /** One that is given stands in the place of one that is found under the same name. */
    static Extensions make(
            List<BackstayExtensionProvider> given,
            List<BackstayExtensionProvider> found,
            ExtensionContext context,
            Closers closers) {
        Map<String, BackstayExtensionProvider> wanted = new LinkedHashMap<>();
        found.stream().filter(provider -> isEnabled(provider, context)).forEach(p -> wanted.put(p.name(), p));
        given.forEach(provider -> wanted.put(provider.name(), provider));
        Map<String, BackstayExtension> made = new LinkedHashMap<>();
        wanted.forEach((name, provider) -> made.put(name, closers.add(provider.create(context))));
        return new Extensions(made);
    }

    private static boolean isEnabled(BackstayExtensionProvider provider, ExtensionContext context) {
        String name = "backstay." + provider.name() + ".enabled";
        Setting<Boolean> enabled = Setting.of(name, Boolean.class, true, "Whether the extension is used.");
        return context.provider()
                .setting(name)
                .map(text -> enabled.parse(name, text))
                .orElse(enabled.defaultValue());
    }

    Collection<String> names() {
        return extensions.keySet();
    }

    /** The one of a type. */
    <E extends BackstayExtension> E get(Class<E> type) {
        return extensions.values().stream()
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst()
                .orElseThrow(() -> new ConfigurationException("there is no extension " + type.getSimpleName()
                        + ": its artifact is not on the class path, or it is switched off; there are "
                        + extensions.keySet()));
    }

    List<EndpointResolver> resolvers() {
        return all(BackstayExtension::resolvers);
    }

    List<CallInterceptor> callInterceptors() {
        return all(BackstayExtension::callInterceptors);
    }

    List<AttemptInterceptor> attemptInterceptors() {
        return all(BackstayExtension::attemptInterceptors);
    }

    /** The figures of all. */
    void collect(MetricSource.Sink sink) {
        extensions.values().forEach(extension -> extension.metrics().collect(sink));
    }

    private <T> List<T> all(Function<BackstayExtension, List<T>> part) {
        List<T> parts = new ArrayList<>();
        extensions.values().forEach(extension -> parts.addAll(part.apply(extension)));
        return parts;
    }
}
