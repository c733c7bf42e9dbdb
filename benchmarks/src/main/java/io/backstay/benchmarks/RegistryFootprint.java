package io.backstay.benchmarks;

import io.backstay.Backstay;
import io.backstay.ServiceInstance;
import io.backstay.registry.HealthCheck;
import io.backstay.registry.Registry;
import io.backstay.registry.RegistryProvider;
import java.io.IOException;
import java.lang.ref.Reference;
import java.util.List;
import java.util.UUID;
import tools.jackson.core.type.TypeReference;

/** What a process keeps on its heap of services that are registered by another, in a JVM of its own. */
final class RegistryFootprint {

    private static final int SERVICES = 50_000;
    private static final int COLLECTIONS = 5;

    private RegistryFootprint() {}

    /** Octets for 1,000 services of one instance each. */
    static double bytesOfThousand() throws IOException, InterruptedException {
        return ForkedJvm.run(
                List.of("-XX:+UseSerialGC", "-Xmx1g"), RegistryFootprint.class, List.of(), new TypeReference<Double>() {});
    }

    private static Backstay.Builder builder() {
        return Backstay.builder()
                .setting("backstay.transport", "jdk")
                .extension(RegistryProvider.with(set -> set.healthCheck(HealthCheck.none())));
    }

    /** Prints it. */
    public static void main(String[] args) throws InterruptedException {
        try (Backstay owner = builder().build()) {
            Registry registry = owner.extension(Registry.class);
            for (int i = 0; i < SERVICES; i++) {
                registry.register(ServiceInstance.builder("some-service-" + i)
                        .id(new UUID(i, i).toString())
                        .host("10.1." + (i >> 8) % 256 + "." + i % 256)
                        .port(8080)
                        .type("core")
                        .zone("zone-a")
                        .version("1.4.2")
                        .build());
            }
            await(registry);
            long before = used();
            Backstay reader = builder().stateStore(owner.stateStore()).build();
            await(reader.extension(Registry.class));
            System.out.println((used() - before) * 1_000.0 / SERVICES);
            Reference.reachabilityFence(reader);
        }
        System.exit(0);
    }

    private static void await(Registry registry) throws InterruptedException {
        while (registry.services().size() < SERVICES) {
            Thread.sleep(100);
        }
    }

    private static long used() throws InterruptedException {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            Thread.sleep(200);
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
