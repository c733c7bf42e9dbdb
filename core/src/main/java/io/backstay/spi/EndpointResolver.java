package io.backstay.spi;

import io.backstay.ServiceInstance;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Finds the instances of a service by its name, and tells when they change. Thread-safe; never blocks. */
public interface EndpointResolver extends AutoCloseable {

    /**
     * Begins to tell a listener of a service's instances: now, on this thread, where they are known, and whenever they change.
     * Each list is whole, not empty by error, and immutable.
     *
     * @return how to end it; nothing where this resolver does not know the service, and the next one is to be asked
     */
    Optional<Watch> watch(String service, Consumer<List<ServiceInstance>> listener);

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
