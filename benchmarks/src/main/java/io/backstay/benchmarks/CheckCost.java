package io.backstay.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.backstay.Backstay;
import io.backstay.ServiceInstance;
import io.backstay.registry.HealthCheck;
import io.backstay.registry.Registry;
import io.backstay.registry.RegistryProvider;
import io.backstay.spi.MetricSource;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** What the health checks of 10,000 instances cost the process that makes them, at an interval of 10 s, in a JVM of its own. */
final class CheckCost {

    private static final int INSTANCES = 10_000;
    private static final int SERVICES = 10;
    private static final int HOSTS = 20;
    private static final int PORTS = 100;
    /** Longer than an interval and a fifth: each instance has been checked once. */
    private static final Duration WARM_UP = Duration.ofSeconds(13);

    private static final int SLICES = 200;
    private static final int SLICES_OF_A_TRY = 30;
    private static final long SLICE_MILLIS = 100;

    private CheckCost() {}

    /**
     * What was seen within so many seconds.
     *
     * @param cores how much of one core the process took
     * @param perSecond how many checks ended
     * @param failed how many of them failed
     * @param most of all tenths of a second, that with the most checks, as a part of the mean
     */
    record Cost(String kind, double seconds, double cores, double perSecond, long failed, double most) {}

    static Cost measure(String kind, boolean quick) throws IOException, InterruptedException {
        try (CheckServer server = new CheckServer(HOSTS, PORTS)) {
            List<String> arguments = new ArrayList<>(List.of(kind, Integer.toString(quick ? SLICES_OF_A_TRY : SLICES)));
            for (InetSocketAddress address : server.addresses()) {
                arguments.add(address.getAddress().getHostAddress() + ":" + address.getPort());
            }
            return ForkedJvm.run(
                    List.of("-XX:+UseSerialGC", "-Xmx512m", "-Djava.net.preferIPv4Stack=true"),
                    CheckCost.class,
                    arguments,
                    new TypeReference<>() {});
        }
    }

    /** The kind of checks, for how many tenths of a second to look on, then the addresses. */
    public static void main(String[] args) throws InterruptedException {
        HealthCheck check = args[0].equals("tcp") ? HealthCheck.tcp() : HealthCheck.http("/health");
        try (Backstay backstay = Backstay.builder()
                .setting("backstay.transport", "jdk")
                .extension(RegistryProvider.with(set -> set.healthCheck(check)))
                .build()) {
            Registry registry = backstay.extension(Registry.class);
            for (int i = 0; i < INSTANCES; i++) {
                registry.register(instance(i, args[2 + i % (args.length - 2)]));
            }
            for (int service = 0; service < SERVICES; service++) {
                registry.resolver().watch("service" + service, instances -> {});
            }
            Thread.sleep(WARM_UP.toMillis());
            System.out.println(
                    JsonMapper.shared().writeValueAsString(watch(args[0], Integer.parseInt(args[1]), registry)));
        }
        System.exit(0);
    }

    private static ServiceInstance instance(int number, String address) {
        int colon = address.lastIndexOf(':');
        return ServiceInstance.builder("service" + number % SERVICES)
                .id("i" + number)
                .host(address.substring(0, colon))
                .port(Integer.parseInt(address.substring(colon + 1)))
                .build();
    }

    private static Cost watch(String kind, int slices, Registry registry) throws InterruptedException {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long cpuBefore = system.getProcessCpuTime();
        long failedBefore = count(registry, "failed_health_checks");
        long began = System.nanoTime();
        long first = count(registry, "health_checks");
        long last = first;
        long most = 0;
        for (int i = 0; i < slices; i++) {
            Thread.sleep(SLICE_MILLIS);
            long now = count(registry, "health_checks");
            most = Math.max(most, now - last);
            last = now;
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        double perSecond = (last - first) / seconds;
        return new Cost(
                kind,
                seconds,
                (system.getProcessCpuTime() - cpuBefore) / 1e9 / seconds,
                perSecond,
                count(registry, "failed_health_checks") - failedBefore,
                most / (perSecond * SLICE_MILLIS / 1e3));
    }

    private static long count(Registry registry, String name) {
        AtomicLong found = new AtomicLong();
        registry.metrics().collect(new MetricSource.Sink() {
            @Override
            public void counter(String counter, Map<String, String> labels, long value) {
                if (counter.equals(name)) {
                    found.set(value);
                }
            }

            @Override
            public void gauge(String gauge, Map<String, String> labels, double value) {}

            @Override
            public void latency(String latency, Map<String, String> labels, MetricSource.Latency value) {}
        });
        return found.get();
    }
}
