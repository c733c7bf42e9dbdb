package io.backstay.registry;

import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import io.backstay.spi.MetricSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** The figures of a registry. What calls come to is counted with the calls. */
@SuppressWarnings({"EnumOrdinal", "LongDoubleConversion"})
final class RegistryMetrics implements MetricSource {

    private final Catalog catalog;
    private final Checks checks;
    private final List<Region> regions;
    private final LongAdder requests;
    private final Registrations registrations;
    private final OwnView view;

    RegistryMetrics(
            Catalog catalog,
            Checks checks,
            List<Region> regions,
            LongAdder requests,
            Registrations registrations,
            OwnView view) {
        this.catalog = catalog;
        this.checks = checks;
        this.regions = regions;
        this.requests = requests;
        this.registrations = registrations;
        this.view = view;
    }

    @Override
    public void collect(Sink sink) {
        int registered = 0;
        int healthy = 0;
        long[] byStatus = new long[InstanceStatus.values().length];
        for (Service service : catalog.services()) {
            boolean anyUp = false;
            List<ServiceInstance> instances = service.instances();
            for (ServiceInstance instance : instances) {
                byStatus[instance.status().ordinal()]++;
                anyUp |= instance.status() == InstanceStatus.UP;
            }
            registered += instances.isEmpty() ? 0 : 1;
            healthy += anyUp ? 1 : 0;
        }
        sink.gauge("registered_services", Map.of(), registered);
        sink.gauge("healthy_services", Map.of(), healthy);
        for (InstanceStatus status : InstanceStatus.values()) {
            String label = status.name().toLowerCase(Locale.ROOT);
            sink.gauge("registered_instances", Map.of("status", label), byStatus[status.ordinal()]);
        }
        sink.gauge("own_registrations", Map.of(), registrations.size());
        sink.counter("discovery_requests", Map.of(), requests.sum());
        checks.collect(sink);
        sink.gauge("unpublished_observations", Map.of(), view.leftOut());
        for (Region region : regions) {
            RegistryStatus status = RegistryStatus.of(region);
            Map<String, String> labels = Map.of("region", region.name());
            sink.gauge("registry_damaged_entries", labels, region.damaged());
            sink.gauge(
                    "registry_age_seconds",
                    labels,
                    status.inStep() ? 0 : status.age().toMillis() / 1e3);
        }
    }
}
