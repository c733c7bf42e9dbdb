package io.backstay.it.discovery;

import io.backstay.Backstay;
import io.backstay.ServiceInstance;
import io.backstay.registry.Registration;
import io.backstay.registry.Registry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One process that serves: a Backstay, and instances that it keeps registered. */
final class Host implements AutoCloseable {

    private final Backstay backstay;
    private final Map<String, InstanceServer> servers = new LinkedHashMap<>();
    private final Map<String, Registration> registrations = new LinkedHashMap<>();

    Host(Backstay.Builder process) {
        this.backstay = process.build();
    }

    /** One whose instances of these ids run in no zone. */
    static Host of(Backstay.Builder process, String... ids) {
        return in(null, process, ids);
    }

    /** One whose instances of these ids run in a zone. */
    static Host in(@Nullable String zone, Backstay.Builder process, String... ids) {
        Host host = new Host(process);
        for (String id : ids) {
            host.serve(id, zone, replaced -> {});
        }
        return host;
    }

    /** Starts an instance and registers it. */
    void serve(String id, @Nullable String zone, Consumer<? super Registration> onReplaced) {
        InstanceServer server = new InstanceServer(id);
        servers.put(id, server);
        register(id, server.port(), instance -> zone == null ? instance : instance.zone(zone), onReplaced);
    }

    /** Registers an instance that answers, if anywhere, at this port. */
    void register(
            String id,
            int port,
            UnaryOperator<ServiceInstance.Builder> more,
            Consumer<? super Registration> onReplaced) {
        ServiceInstance instance = more.apply(ServiceInstance.builder(FleetSettings.SERVICE)
                        .id(id)
                        .host("127.0.0.1")
                        .port(port)
                        .metadata(Map.of(Registry.HEALTH_PATH, InstanceServer.HEALTH_PATH)))
                .build();
        registrations.put(id, backstay.extension(Registry.class).register(instance, onReplaced));
    }

    List<String> ids() {
        return List.copyOf(registrations.keySet());
    }

    InstanceServer server(String id) {
        return servers.get(id);
    }

    Registration registration(String id) {
        return registrations.get(id);
    }

    /** Whether the store has all that is registered here. */
    boolean isRegistered() {
        return backstay.stateStore().status().available()
                && registrations.values().stream().allMatch(Registration::isRegistered);
    }

    /** Ends as a service should: takes leave, waits until callers have heard of it, stops. */
    @Override
    public void close() {
        backstay.close();
        servers.values().forEach(InstanceServer::close);
    }
}
