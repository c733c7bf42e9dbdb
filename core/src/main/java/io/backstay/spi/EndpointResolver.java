package io.backstay.spi;

import java.util.Optional;

/** Finds the instances of a service by its name, and tells when they change. Thread-safe; never blocks. */
public interface EndpointResolver extends AutoCloseable {

    /**
     * Begins to tell a listener of a service's instances: now, on this thread, where they are known, and whenever they change.
     *
     * @return how to end it; nothing where this resolver does not know the service, and the next one is to be asked
     */
    Optional<Watch> watch(String service, InstanceListener listener);

    /** Ends all watches. */
    @Override
    default void close() {}

    /** Until closed, a listener is told. */
    @FunctionalInterface
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }
}
