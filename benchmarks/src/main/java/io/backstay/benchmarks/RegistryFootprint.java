package io.backstay.benchmarks;

import io.backstay.Backstay;
import io.backstay.ServiceInstance;
import io.backstay.registry.HealthCheck;
import io.backstay.registry.Registry;
import io.backstay.registry.RegistryProvider;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import tools.jackson.core.type.TypeReference;

/** What a process keeps on its heap of services that another has registered, after collections, in a JVM of its own. */
final class RegistryFootprint {

    private static final int COLLECTIONS = 3;
    /** Nothing is renewed meanwhile. */
    private static final Duration LEASE = Duration.ofHours(1);

    private RegistryFootprint() {}

    /** Kilobytes for 1,000 services of one instance each, when there are so many. */
    static double kilobytesOfThousand(int services) throws IOException, InterruptedException {
        return ForkedJvm.run(
                List.of("-XX:+UseSerialGC", "-Xmx1g"),
                RegistryFootprint.class,
                List.of(Integer.toString(services)),
                new TypeReference<Double>() {});
    }

    private static Backstay.Builder builder() {
        return Backstay.builder()
                .setting("backstay.transport", "jdk")
                .extension(RegistryProvider.with(
                        set -> set.healthCheck(HealthCheck.none()).lease(LEASE).drainTime(Duration.ZERO)));
    }

    /** How many services; prints it. */
    public static void main(String[] args) throws InterruptedException {
        int services = Integer.parseInt(args[0]);
        // None of the three is closed, since that would deregister one service after the other.
        Backstay owner = builder().build();
        // The first reader pays for classes and what is made once.
        Backstay first = builder().stateStore(owner.stateStore()).build();
        fill(owner.extension(Registry.class), services);
        await(first.extension(Registry.class), services);
        long before = used();
        Backstay reader = builder().stateStore(owner.stateStore()).build();
        try {
            await(reader.extension(Registry.class), services);
            System.out.println((used() - before) / (double) services);
        } finally {
            Reference.reachabilityFence(first);
            Reference.reachabilityFence(reader);
        }
        System.exit(0);
    }

    private static void fill(Registry registry, int services) throws InterruptedException {
        for (int i = 0; i < services; i++) {
            registry.register(ServiceInstance.builder("some-service-" + i)
                    .id(new UUID(i, i).toString())
                    .host("10.1." + (i >> 8) % 256 + "." + i % 256)
                    .port(8080)
                    .type("core")
                    .zone("zone-a")
                    .version("1.4.2")
                    .build());
        }
        await(registry, services);
    }

    private static void await(Registry registry, int services) throws InterruptedException {
        while (registry.services().size() < services) {
            Thread.sleep(50);
        }
    }

    private static long used() throws InterruptedException {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            Thread.sleep(100);
        }
        // As it was right after the collection: what is in use now has whole buffers for each thread in it.
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool -> pool.getCollectionUsage().getUsed())
                .sum();
    }
}
