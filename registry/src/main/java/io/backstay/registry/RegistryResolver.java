package io.backstay.registry;

import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * What the registry knows, for the engine. Where processes share a store it knows every service, if only by name, since any may register
 * at any time; of one that nobody has registered nothing is told.
 */
final class RegistryResolver implements EndpointResolver {

    private final Registry registry;

    RegistryResolver(Registry registry) {
        this.registry = registry;
    }

    @Override
    public Optional<Watch> watch(String service, InstanceListener listener) {
        return registry.mayKnow(service)
                ? Optional.of(new Subscribed(registry.subscribe(service, listener), registry.whenRead()))
                : Optional.empty();
    }

    /** Before the first reading nobody can say that a service has no instance. */
    private record Subscribed(Watch watch, CompletionStage<Void> whenKnown) implements Watch {

        @Override
        public void close() {
            watch.close();
        }
    }

    @Override
    public String toString() {
        return "registry";
    }
}
