package io.backstay.spi;

import io.backstay.ServiceInstance;
import java.util.List;

/** Is told of a service's instances. Thread-safe; returns soon. */
@FunctionalInterface
public interface InstanceListener {

    /**
     * All instances there are now, each with its {@link ServiceInstance#status() status}; not empty by error, and not changed afterwards.
     * Of two that are equal the later counts.
     */
    void onInstances(List<ServiceInstance> instances);

    /**
     * A check of this instance has just passed: where it was ejected for what its calls came to, it is so no longer, and a half-open
     * breaker that waits for that is closed.
     */
    default void onHealthy(ServiceInstance instance) {}
}
