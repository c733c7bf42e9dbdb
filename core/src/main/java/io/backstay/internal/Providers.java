package io.backstay.internal;

import io.backstay.ConfigurationException;
import io.backstay.spi.Provider;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the providers of one kind and chooses among them; the one place where that is done.
 *
 * @param <P> the kind
 */
final class Providers<P extends Provider> {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.providers");
    /** So many broken entries in a row, and the class path itself is broken. */
    private static final int MOST_BROKEN = 100;

    private final String kind;
    private final List<P> found;
    private final List<String> broken = new ArrayList<>();

    Providers(String kind, Class<P> type) {
        this.kind = kind;
        this.found = load(type);
    }

    /** A provider that cannot be loaded is only a warning, as long as it is not the one that is wanted. */
    private List<P> load(Class<P> type) {
        List<P> loaded = new ArrayList<>();
        Iterator<P> candidates = ServiceLoader.load(type, loader(type)).iterator();
        while (broken.size() < MOST_BROKEN) {
            try {
                if (!candidates.hasNext()) {
                    break;
                }
                loaded.add(candidates.next());
            } catch (ServiceConfigurationError | LinkageError e) {
                broken.add(String.valueOf(e.getMessage()));
                LOG.warn("a provider of a {} cannot be loaded: {}", kind, e.getMessage());
            }
        }
        loaded.sort(Comparator.<P>comparingInt(Provider::priority).reversed().thenComparing(Provider::name));
        return loaded;
    }

    private static ClassLoader loader(Class<?> type) {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        return context != null ? context : type.getClassLoader();
    }

    /** All of them, the highest priority first, then by name. */
    List<P> all() {
        return found;
    }

    String names() {
        return found.stream().map(Provider::name).collect(Collectors.joining(", ", "[", "]"));
    }

    /**
     * The one that is named, else the only one or the one of highest priority.
     *
     * @param setting the setting by which one is named
     * @param remedy what to do when there is none, or not the one that is named
     */
    P choose(@Nullable String name, String setting, String remedy) {
        if (name != null) {
            return found.stream()
                    .filter(candidate -> candidate.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new ConfigurationException(setting + " names the " + kind + " " + name
                            + ", but found are " + names() + ": " + remedy + brokenOnes()));
        }
        if (found.isEmpty()) {
            throw new ConfigurationException("no " + kind + " was found: " + remedy + brokenOnes());
        }
        if (found.size() > 1 && found.get(0).priority() == found.get(1).priority()) {
            throw new ConfigurationException("several " + kind + "s of the same priority were found, " + names()
                    + ": name one by " + setting + ", or leave only one on the class path");
        }
        return found.get(0);
    }

    private String brokenOnes() {
        return broken.isEmpty() ? "" : "; could not be loaded: " + broken;
    }
}
