package io.backstay.registry;

import io.backstay.BackstayEvent;
import io.backstay.FailureKind;
import io.backstay.ServiceInstance;
import io.backstay.event.InstanceEvent;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.StateWrite;
import io.backstay.spi.VirtualTime;
import io.backstay.testkit.FakeAnswer;
import io.backstay.testkit.FakeStateServer;
import io.backstay.testkit.FakeTransport;
import io.backstay.testkit.FaultyStateStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** A few processes that share a store, on virtual time, without a network. */
@SuppressWarnings("AvoidCommonTypeNames")
final class World {

    static final Duration LEASE = Duration.ofSeconds(15);

    final VirtualTime time = new VirtualTime();
    final FakeStateServer server = FakeStateServer.on(time);
    /** Addresses where nothing listens any more. */
    final Set<String> dead = new TreeSet<>();
    /** What an address answers in place of 200. */
    final Map<String, FakeAnswer> answers = new HashMap<>();

    private int processes;

    /** One process: its line to the store, its registry, and what it was told. */
    final class Process {
        final String name;
        final FaultyStateStore store;
        final FakeTransport transport = FakeTransport.on(time).answering(request -> {
            String address = request.instance().address();
            return dead.contains(address)
                    ? FakeAnswer.failure(FailureKind.CONNECT_FAILED)
                    : answers.getOrDefault(address, FakeAnswer.status(200));
        });
        final List<InstanceEvent> events = new ArrayList<>();
        final Registry registry;

        Process(String name, FakeStateServer server, UnaryOperator<Registry.Builder> set) {
            this.name = name;
            this.store = server.connect();
            this.registry = set.apply(Registry.builder(store)
                            .process(name)
                            .context(context(++processes))
                            .transport(transport)
                            .events(this::told)
                            .drainTime(Duration.ZERO)
                            .healthCheck(HealthCheck.http("/health")))
                    .build();
        }

        private void told(BackstayEvent event) {
            events.add((InstanceEvent) event);
        }

        /** What was told of instances, as {@code InstanceDown one:80}; forgets it. */
        List<String> told() {
            List<String> told = events.stream()
                    .map(event -> event.getClass().getSimpleName().replace("Instance", "") + " "
                            + event.instance().address())
                    .toList();
            events.clear();
            return told;
        }

        /** All instances of a service with what they are, as {@code one:80 SUSPECT}, in order. */
        List<String> sees(String service) {
            return show(registry.discover(service));
        }

        /** Uses a service as a client does. */
        Use use(String service) {
            return new Use(this, service);
        }

        /** Dies without a word. */
        void kill() {
            store.close();
        }
    }

    /** What a client of a service is told. */
    static final class Use implements InstanceListener, AutoCloseable {
        final List<List<String>> lists = new ArrayList<>();
        final List<String> healthy = new ArrayList<>();
        List<ServiceInstance> last = List.of();
        private final EndpointResolver.Watch watch;

        Use(Process process, String service) {
            this.watch = process.registry.resolver().watch(service, this).orElseThrow();
        }

        @Override
        public void onInstances(List<ServiceInstance> instances) {
            last = instances;
            lists.add(show(instances));
        }

        @Override
        public void onHealthy(ServiceInstance instance) {
            healthy.add(instance.address());
        }

        List<String> sees() {
            return show(last);
        }

        @Override
        public void close() {
            watch.close();
        }
    }

    static List<String> show(List<ServiceInstance> instances) {
        return instances.stream()
                .map(instance -> instance.address() + " " + instance.status())
                .sorted()
                .toList();
    }

    ProviderContext context(int seed) {
        return new ProviderContext(time, time, time, RandomSource.seeded(seed), Runnable::run, name -> null);
    }

    Process start(String name) {
        return start(name, builder -> builder);
    }

    Process start(String name, UnaryOperator<Registry.Builder> set) {
        return new Process(name, server, set);
    }

    static ServiceInstance instance(String service, String host) {
        return ServiceInstance.builder(service).id(host).host(host).port(80).build();
    }

    /** As many as asked for, of one service, hosts from {@code h0} on. */
    static List<ServiceInstance> instances(String service, int count) {
        List<ServiceInstance> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(instance(service, "h" + i));
        }
        return all;
    }

    void pass(Duration time) {
        this.time.advance(time);
    }

    void seconds(long seconds) {
        pass(Duration.ofSeconds(seconds));
    }

    /** What somebody else writes into the table of instances. */
    void write(StateWrite write) {
        server.store()
                .table(InstanceEntries.TABLE)
                .apply(write)
                .toCompletableFuture()
                .join();
    }
}
