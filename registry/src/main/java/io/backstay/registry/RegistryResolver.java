package io.backstay.registry;

import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import io.backstay.spi.SerialExecutor;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * What the registry knows, for the engine. Where processes share a store it knows every service, if only by name, since any may register
 * at any time; of one that nobody has registered nothing is told.
 */
final class RegistryResolver implements EndpointResolver {

    private final SerialExecutor serial;
    private final Catalog catalog;
    private final Discovery discovery;
    private final Registrations registrations;
    private final Regions regions;

    RegistryResolver(
            SerialExecutor serial, Catalog catalog, Discovery discovery, Registrations registrations, Regions regions) {
        this.serial = serial;
        this.catalog = catalog;
        this.discovery = discovery;
        this.registrations = registrations;
        this.regions = regions;
    }

    @Override
    public Optional<Watch> watch(String service, InstanceListener listener) {
        return mayKnow(service)
                ? Optional.of(new Subscribed(
                        subscribe(service, new Subscription(service, listener, regions.choice())), regions.whenRead()))
                : Optional.empty();
    }

    /** Whether a service may be found here: any may register at any time, where others can. */
    private boolean mayKnow(String service) {
        return catalog.find(service) != null || registrations.has(service) || regions.areShared();
    }

    /** Puts a service in use until the watch is closed. What is known is told at once, on this thread. */
    Watch subscribe(String service, Subscription subscription) {
        Service known = catalog.find(service);
        if (known != null) {
            known.tell(subscription);
        }
        serial.execute(() -> discovery.subscribe(service, subscription));
        return () -> {
            subscription.close();
            serial.execute(() -> discovery.unsubscribe(service, subscription));
        };
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
