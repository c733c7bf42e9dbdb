package io.backstay.internal.endpoint;

import io.backstay.ServiceInstance;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Services at addresses that were given and never change. */
public final class StaticResolver implements EndpointResolver {

    private final Map<String, List<ServiceInstance>> instances;

    /** All that there are. */
    public StaticResolver(Map<String, List<ServiceInstance>> instances) {
        this.instances = Map.copyOf(instances);
    }

    @Override
    public Optional<Watch> watch(String service, InstanceListener listener) {
        List<ServiceInstance> known = instances.get(service);
        if (known == null) {
            return Optional.empty();
        }
        listener.onInstances(known);
        return Optional.of(() -> {});
    }
}
