package io.backstay.spi;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

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

        /**
         * Done, in whatever way, once it is known for the first time who there is, be it nobody; the listener has been told by then. Until it
         * is, or instances were told, calls wait for a bounded time ({@code backstay.discovery.first-reading-timeout}) and are not refused
         * at once. May be completed under a lock of the resolver's: nothing of the user's runs in it.
         *
         * <p>As it stands here, done from the start: for whom the answer is known when the watch begins.
         */
        default CompletionStage<Void> whenKnown() {
            return CompletableFuture.completedFuture(null);
        }
    }
}
