package io.backstay.benchmarks;

import io.backstay.Backstay;
import io.backstay.ServiceInstance;
import io.backstay.registry.HealthCheck;
import io.backstay.registry.Registry;
import io.backstay.registry.RegistryProvider;
import io.backstay.registry.ServiceQuery;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Questions to a registry whose answers have not changed since they were asked last; the floor is a look into a map by name. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 2, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 100, timeUnit = TimeUnit.MILLISECONDS)
@SuppressWarnings("NullAway.Init") // JMH calls the set-up first.
public class RegistryBenchmark {

    /** How many instances there are, ten of each service. */
    @Param({"10", "1000", "10000", "100000"})
    public int instances;

    private Backstay backstay;
    private Registry registry;
    private ServiceQuery ofOne;
    private ServiceQuery ofAll;
    private Map<String, List<ServiceInstance>> floor;

    /** Registers them all, and waits until they are there. */
    @Setup
    public void register() throws InterruptedException {
        backstay = Backstay.builder()
                .setting("backstay.transport", "jdk")
                .extension(RegistryProvider.with(set -> set.healthCheck(HealthCheck.none())
                        .lease(Duration.ofHours(1))
                        .drainTime(Duration.ZERO)))
                .build();
        registry = backstay.extension(Registry.class);
        for (int i = 0; i < instances; i++) {
            registry.register(ServiceInstance.builder("service" + i / 10)
                    .id("i" + i)
                    .host("10.0.0.1")
                    .port(8080)
                    .version("1.4.2")
                    .tags(i % 100 == 0 ? List.of("canary") : List.of())
                    .build());
        }
        while (registry.discover(ServiceQuery.any()).size() < instances) {
            Thread.sleep(50);
        }
        ofOne = ServiceQuery.service("service0").withVersion("[1.2,2.0)").onlyUp();
        floor = new ConcurrentHashMap<>();
        for (String service : registry.services()) {
            floor.put(service, registry.discover(service));
        }
        ofAll = ServiceQuery.any().withTag("canary").onlyUp();
    }

    /** Closes it all. */
    @TearDown
    public void close() {
        backstay.close();
    }

    /** The list of a name, out of a map. */
    @Benchmark
    public List<ServiceInstance> floor_mapByName() {
        return floor.getOrDefault("service0", List.of());
    }

    /** All instances of a service. */
    @Benchmark
    public List<ServiceInstance> backstay_byName() {
        return registry.discover("service0");
    }

    /** Those of a service that match. */
    @Benchmark
    public List<ServiceInstance> backstay_byQueryOfOneService() {
        return registry.discover(ofOne);
    }

    /** Those of all services that match. */
    @Benchmark
    public List<ServiceInstance> backstay_byQueryOfAll() {
        return registry.discover(ofAll);
    }
}
