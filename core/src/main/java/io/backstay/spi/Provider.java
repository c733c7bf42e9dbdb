package io.backstay.spi;

import io.backstay.Setting;
import java.util.List;

/**
 * What all providers have in common. Found by {@link java.util.ServiceLoader}, so it needs a public constructor without
 * parameters, which does no I/O.
 */
public interface Provider {

    /** A short name, unique among the providers of one kind, by which settings choose it: {@code jdk}. */
    String name();

    /** Where none is named, the highest wins; two of the same are refused as a tie. */
    default int priority() {
        return 0;
    }

    /**
     * What the names of {@link #settings} begin with, its last dot included: {@code backstay.dns.}. Default none; then nobody is warned of
     * names that are misspelt.
     */
    default String settingsPrefix() {
        return "";
    }

    /**
     * All settings under {@link #settingsPrefix} that are read by what this makes. Others that are set under it are warned of when a
     * {@code Backstay} is built.
     */
    default List<Setting<?>> settings() {
        return List.of();
    }
}
