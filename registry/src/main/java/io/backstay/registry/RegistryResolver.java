package io.backstay.registry;

import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import java.util.Optional;

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
        return registry.mayKnow(service) ? Optional.of(registry.subscribe(service, listener)) : Optional.empty();
    }

    @Override
    public String toString() {
        return "registry";
    }
}
