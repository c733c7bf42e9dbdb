package io.backstay.registry;

import io.backstay.ServiceInstance;
import io.backstay.spi.ProviderContext;
import io.backstay.testkit.FakeStateServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Many threads at once, on the real clock. */
@SuppressWarnings("NonApiType")
class RegistryThreadsTest {

    private static final int THREADS = 4;
    private static final int ROUNDS = 60;

    @Test
    void registeringAndLeavingByMany_leavesEverybodyWithTheSameView() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (FakeStateServer server = FakeStateServer.on(ProviderContext.system());
                Registry one = registry(server);
                Registry other = registry(server)) {
            AtomicInteger nested = new AtomicInteger();
            AtomicInteger inside = new AtomicInteger();
            one.resolver().watch("s0", instances -> {
                if (inside.incrementAndGet() > 1) {
                    nested.incrementAndGet();
                }
                inside.decrementAndGet();
            });
            List<Future<List<Registration>>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                running.add(threads.submit(() -> churn(thread, thread % 2 == 0 ? one : other)));
            }
            List<String> kept = new ArrayList<>();
            for (Future<List<Registration>> each : running) {
                each.get(60, TimeUnit.SECONDS)
                        .forEach(
                                registration -> kept.add(registration.instance().id()));
            }
            TreeSet<String> expected = new TreeSet<>(kept);
            awaitView(one, expected);
            awaitView(other, expected);
            assertThat(nested)
                    .as("a listener is called by one thread at a time")
                    .hasValue(0);
        } finally {
            threads.shutdownNow();
        }
    }

    private static Registry registry(FakeStateServer server) {
        return Registry.builder(server.connect())
                .healthCheck(HealthCheck.none())
                .drainTime(Duration.ZERO)
                .build();
    }

    private static List<Registration> churn(int thread, Registry registry) {
        Random random = new Random(thread);
        List<Registration> kept = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            String service = "s" + random.nextInt(3);
            kept.add(registry.register(ServiceInstance.builder(service)
                    .id(thread + "-" + round)
                    .host("h")
                    .port(1 + round)
                    .build()));
            var watch = registry.resolver().watch(service, instances -> {}).orElseThrow();
            registry.discover(ServiceQuery.any().withTag("t" + round % 5));
            if (random.nextInt(3) == 0) {
                kept.remove(random.nextInt(kept.size())).close();
            }
            watch.close();
        }
        return kept;
    }

    private static void awaitView(Registry registry, TreeSet<String> expected) throws Exception {
        CompletableFuture<Void> same = new CompletableFuture<>();
        try (Registry.Watch watch = registry.watch(ServiceQuery.any(), all -> {
            TreeSet<String> ids = new TreeSet<>();
            all.forEach(instance -> ids.add(instance.id()));
            if (ids.equals(expected)) {
                same.complete(null);
            }
        })) {
            same.get(30, TimeUnit.SECONDS);
        }
    }
}
