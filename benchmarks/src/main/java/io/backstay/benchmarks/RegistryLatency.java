package io.backstay.benchmarks;

import io.backstay.Backstay;
import io.backstay.ServiceInstance;
import io.backstay.localredis.RedisProcess;
import io.backstay.registry.HealthCheck;
import io.backstay.registry.Registration;
import io.backstay.registry.Registry;
import io.backstay.registry.RegistryProvider;
import io.backstay.registry.ServiceQuery;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * How long a registration takes through a real Redis until it is there and its owner has heard of it, alone and with seven others under way,
 * and how long a change takes until
 * the callback of another client has it, with so many services of one instance each, all of them watched. In a JVM of its own.
 */
final class RegistryLatency {

    private static final int PATIENCE_SECONDS = 60;
    /** How many registrations are under way where they are made several at once. */
    private static final int AT_ONCE = 8;

    private final List<Registration> registered = new ArrayList<>();
    private final Registry owner;
    private final Registry reader;
    /** What is waited for, and completed with the time at which it was told. */
    private volatile @Nullable Awaited awaited;

    private record Awaited(double weight, CompletableFuture<Long> told) {}

    /** Milliseconds: half of all, all but one of a hundred, all. */
    record Times(double p50, double p99, double longest) {

        static Times of(long[] nanos) {
            long[] sorted = nanos.clone();
            Arrays.sort(sorted);
            return new Times(at(sorted, 0.5), at(sorted, 0.99), at(sorted, 1));
        }

        private static double at(long[] sorted, double part) {
            return sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)] / 1e6;
        }
    }

    /** What was seen with so many services, of so many registrations one after the other and at once, and as many changes. */
    record Latency(int services, int samples, Times registration, Times registrationAtOnce, Times change) {}

    private RegistryLatency(Registry owner, Registry reader) {
        this.owner = owner;
        this.reader = reader;
    }

    static Latency measure(int services, int samples) throws IOException, InterruptedException {
        try (RedisProcess redis = RedisProcess.server()) {
            return ForkedJvm.run(
                    List.of("-XX:+UseSerialGC", "-Xmx1g"),
                    RegistryLatency.class,
                    List.of(redis.uri(), Integer.toString(services), Integer.toString(samples)),
                    new TypeReference<>() {});
        }
    }

    private static Backstay client(String uri) {
        return Backstay.builder()
                .setting("backstay.transport", "jdk")
                .setting("backstay.store", "redis")
                .setting("backstay.store.redis.uri", uri)
                .extension(RegistryProvider.with(
                        set -> set.healthCheck(HealthCheck.none()).drainTime(Duration.ZERO)))
                .build();
    }

    /** Where Redis is, how many services, how many samples. */
    public static void main(String[] args) throws Exception {
        int services = Integer.parseInt(args[1]);
        int samples = Integer.parseInt(args[2]);
        try (Backstay one = client(args[0]);
                Backstay other = client(args[0])) {
            RegistryLatency measured =
                    new RegistryLatency(one.extension(Registry.class), other.extension(Registry.class));
            measured.fill(services);
            measured.registrations(samples / 4, 1);
            Times registration = Times.of(measured.registrations(samples, 1));
            measured.registrations(samples / 4, AT_ONCE);
            Times atOnce = Times.of(measured.registrations(samples, AT_ONCE));
            measured.changes(samples / 4);
            Times change = Times.of(measured.changes(samples));
            System.out.println(JsonMapper.shared()
                    .writeValueAsString(new Latency(services, samples, registration, atOnce, change)));
        }
        System.exit(0);
    }

    private static ServiceInstance instance(String service) {
        return ServiceInstance.builder(service)
                .id("one")
                .host("10.1.2.3")
                .port(8080)
                .version("1.4.2")
                .build();
    }

    private void fill(int services) throws InterruptedException {
        for (int i = 0; i < services; i++) {
            reader.watch(ServiceQuery.service("service" + i), this::told);
            registered.add(owner.register(instance("service" + i)));
        }
        long start = System.nanoTime();
        while (reader.services().size() < services) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)) {
                throw new IllegalStateException("only " + reader.services().size() + " are there");
            }
            Thread.sleep(20);
        }
    }

    private void told(List<ServiceInstance> list) {
        Awaited now = awaited;
        if (now != null && !list.isEmpty() && list.get(0).weight() == now.weight()) {
            now.told().complete(System.nanoTime());
        }
    }

    /** Each of a service that is new, the next as soon as one of so many under way is there; they leave again. */
    private long[] registrations(int count, int atOnce) throws Exception {
        long[] nanos = new long[count];
        List<Registration> made = new ArrayList<>();
        List<CompletableFuture<Void>> ended = new ArrayList<>();
        Semaphore places = new Semaphore(atOnce);
        for (int i = 0; i < count; i++) {
            if (!places.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("registrations do not end");
            }
            int number = i;
            long start = System.nanoTime();
            Registration one = owner.register(instance("new" + i));
            ended.add(one.whenRegistered().thenRun(() -> {
                nanos[number] = System.nanoTime() - start;
                places.release();
            }));
            made.add(one);
        }
        CompletableFuture.allOf(ended.toArray(CompletableFuture<?>[]::new)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        CompletableFuture<?>[] left = made.stream().map(Registration::leave).toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(left).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return nanos;
    }

    /** One after the other, of one service after the other, each to a weight that no instance has had. */
    private long[] changes(int count) throws Exception {
        long[] nanos = new long[count];
        for (int i = 0; i < count; i++) {
            Registration one = registered.get((int) ((long) i * 7_919 % registered.size()));
            ServiceInstance before = one.instance();
            double weight = before.weight() + 1;
            CompletableFuture<Long> told = new CompletableFuture<>();
            awaited = new Awaited(weight, told);
            long start = System.nanoTime();
            one.update(before.toBuilder().weight(weight).build());
            nanos[i] = told.get(PATIENCE_SECONDS, TimeUnit.SECONDS) - start;
        }
        return nanos;
    }
}
