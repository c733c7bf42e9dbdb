package io.backstay.spi;

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
}
