package io.backstay.registry;

import io.backstay.InstanceStatus;
import io.backstay.spi.MetricSource;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

import static io.backstay.registry.World.instance;
import static org.assertj.core.api.Assertions.assertThat;

class RegistryMetricsTest {

    static Map<String, Double> figures(MetricSource source) {
        Map<String, Double> figures = new TreeMap<>();
        source.collect(new MetricSource.Sink() {
            @Override
            public void counter(String name, Map<String, String> labels, long value) {
                figures.put(name + labels, (double) value);
            }

            @Override
            public void gauge(String name, Map<String, String> labels, double value) {
                figures.put(name + labels, value);
            }

            @Override
            public void latency(String name, Map<String, String> labels, MetricSource.Latency value) {
                throw new AssertionError(name);
            }
        });
        return figures;
    }

    @Test
    void servicesInstancesChecksAndRequests_areCounted() {
        World world = new World();
        World.Process process = world.start("one");
        process.registry.register(instance("users", "u1"));
        process.registry.register(instance("users", "u2"));
        process.registry.register(instance("orders", "o1").withStatus(InstanceStatus.DOWN));
        process.use("users");
        world.dead.add("u2:80");
        world.seconds(60);
        process.sees("users");
        process.registry.discover(ServiceQuery.any());

        Map<String, Double> figures = figures(process.registry.metrics());
        assertThat(figures)
                .containsEntry("registered_services{}", 2.0)
                .containsEntry("healthy_services{}", 1.0)
                .containsEntry("registered_instances{status=up}", 1.0)
                .containsEntry("registered_instances{status=down}", 2.0)
                .containsEntry("own_registrations{}", 3.0)
                .containsEntry("discovery_requests{}", 2.0)
                .containsEntry("unpublished_observations{}", 0.0)
                .containsEntry("registry_damaged_entries{region=}", 0.0)
                .containsEntry("registry_age_seconds{region=}", 0.0);
        assertThat(figures.get("health_checks{}")).isBetween(9.0, 15.0);
        assertThat(figures.get("failed_health_checks{}")).isBetween(4.0, 8.0);

        world.server.stop();
        world.seconds(100);
        assertThat(figures(process.registry.metrics()).get("registry_age_seconds{region=}"))
                .isGreaterThan(50);
    }
}
