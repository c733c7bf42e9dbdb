package io.backstay.registry;

import io.backstay.BackstayEvent;
import io.backstay.ConfigurationException;
import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import io.backstay.Setting;
import io.backstay.Settings;
import io.backstay.spi.BackstayExtension;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.MetricSource;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.SerialExecutor;
import io.backstay.spi.StateStore;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who runs where: services register themselves in a shared store, and are found there. Thread-safe; reading takes no lock and never waits
 * for the store.
 *
 * <p>What is known stays when the store is away, from the start on or later; what this process has registered comes back by itself. An
 * instance whose lease has run out is {@linkplain InstanceStatus#SUSPECT suspect} at once and goes when that is confirmed. The instances
 * of services that are in use here, by a client or a watch, are checked, each by two of the processes that use it.
 *
 * <p>On the class path it is there by itself, on the store of its {@code Backstay}:
 *
 * <pre>{@code
 * Registry registry = backstay.extension(Registry.class);
 * Registration own = registry.register(ServiceInstance.builder("users").host("10.0.0.7").port(8001).build());
 * List<ServiceInstance> found = registry.discover(ServiceQuery.service("users").onlyUp());
 * }</pre>
 */
public final class Registry implements BackstayExtension {

    /** The member of an instance's metadata that tells where its health is asked for, as {@code /health}, from the root of its host. */
    public static final String HEALTH_PATH = "health-path";

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");

    private final ProviderContext context;
    private final SerialExecutor serial =
            new SerialExecutor(failure -> LOG.error("a step of the registry failed", failure));
    private final Probes probes;
    private final Regions regions;
    private final Catalog catalog;
    private final Answers answers;
    private final QueryWatches queryWatches;
    private final Registrations registrations;
    private final OwnView view;
    private final Discovery discovery;
    private final RegistryResolver resolver;
    private final LongAdder requests = new LongAdder();

    private Registry(Builder builder) {
        this.context = builder.context;
        Duration lease = builder.lease();
        this.probes = builder.probes();
        this.catalog = new Catalog(context, serial, this::changed);
        this.regions = new Regions(builder.region(), builder.store, builder.regions, catalog, lease, context);
        this.answers = new Answers(catalog);
        this.queryWatches = new QueryWatches(answers, context);
        this.registrations = new Registrations(regions.home(), lease, builder.drainTime(), context);
        this.view = new OwnView(builder.process(), builder.store.table(Observation.TABLE), context, serial, lease);
        Announcements announcements = new Announcements(builder.events, context.time());
        this.discovery = new Discovery(
                context, serial, catalog, announcements, registrations, view, probes, builder.concurrency());
        this.resolver = new RegistryResolver(serial, catalog, discovery, registrations, regions);
        regions.tell(serial, discovery);
    }

    /**
     * To set what is not as by default.
     *
     * @param store where the instances are shared: of this region, where there are several
     */
    public static Builder builder(StateStore store) {
        return new Builder(store);
    }

    private void changed() {
        queryWatches.changed();
    }

    /**
     * Registers an instance and keeps it registered until the registration is closed. Returns at once; in the store it is soon, or once the
     * store is there.
     *
     * @throws ConfigurationException when it takes more room than an entry has, or is of another region
     * @throws IllegalStateException when the registry was closed
     */
    public Registration register(ServiceInstance instance) {
        return register(instance, replaced -> {});
    }

    /**
     * The same; told when somebody else registers the same service and id later, which ends this registration.
     *
     * @param onReplaced must not block
     * @throws ConfigurationException when it takes more room than an entry has, or is of another region
     * @throws IllegalStateException when the registry was closed
     */
    public Registration register(ServiceInstance instance, Consumer<? super Registration> onReplaced) {
        return registrations.register(instance, onReplaced);
    }

    /** All instances of a service, however they stand. Cannot be changed; the same list as long as nothing changes. */
    public List<ServiceInstance> discover(String service) {
        requests.increment();
        Service known = catalog.find(service);
        return known == null ? List.of() : known.instances();
    }

    /** The instances that a query asks for, of all regions. Cannot be changed; the same list as long as nothing changes. */
    public List<ServiceInstance> discover(ServiceQuery query) {
        requests.increment();
        return answers.to(query);
    }

    /** The names of all services that have an instance, in order. */
    public List<String> services() {
        return catalog.names();
    }

    /**
     * Begins to tell a listener what a query comes to: now, on this thread, also where that is nothing, as it is before the store was read
     * for the first time ({@link RegistryStatus#everRead()}), and whenever that changes. A query of one service puts it in
     * use, so that its instances are checked.
     *
     * @param listener must not block; called by one thread at a time
     */
    public Watch watch(ServiceQuery query, Consumer<? super List<ServiceInstance>> listener) {
        String service = query.serviceOrNull();
        if (service == null) {
            return queryWatches.add(query, listener);
        }
        Subscription subscription = Subscription.of(service, query, listener);
        Service known = catalog.find(service);
        subscription.offer(known == null ? List.of() : known.instances(), Set.of());
        return resolver.subscribe(service, subscription)::close;
    }

    /** What is known of services and instances, for clients: give it to {@code Backstay.Builder.resolver}. */
    public EndpointResolver resolver() {
        return resolver;
    }

    @Override
    public List<EndpointResolver> resolvers() {
        return List.of(resolver);
    }

    /** Where the health of an instance is asked for: the path that it tells, else that of its service's check. */
    public URI healthUrl(ServiceInstance instance) {
        return HealthPath.url(instance, probes.check(instance.service()));
    }

    /** What the checks of this process came to for an instance; nothing where it makes none. */
    public Optional<InstanceHealth> health(ServiceInstance instance) {
        return discovery.checks().health(InstanceEntries.key(instance));
    }

    /** What it counts: services, instances, checks, requests. */
    @Override
    public MetricSource metrics() {
        return new RegistryMetrics(catalog, discovery.checks(), regions.all(), requests, registrations, view);
    }

    /** Registration over HTTP, for services in other languages. */
    public RegistrationEndpoint endpoint() {
        return new RegistrationEndpoint(this, registrations, regions.home().table());
    }

    /** How well it knows the store of its own region. */
    public RegistryStatus status() {
        return RegistryStatus.of(regions.home());
    }

    ProviderContext context() {
        return context;
    }

    /**
     * Announces that all that is registered here is draining, removes it after the drain time, and stops. Waits for that, but no longer than
     * 2 s beyond the drain time. What is known stays readable. May be called twice.
     */
    @Override
    public void close() {
        registrations.leaveAll();
        serial.execute(() -> {
            discovery.close();
            view.close();
        });
        registrations.close();
        regions.close();
        probes.close();
    }

    @Override
    public String toString() {
        return "registry of " + catalog.services().size() + " services";
    }

    /** Until closed, a listener is told. */
    @FunctionalInterface
    public interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    /** Builds a {@link Registry}. Not thread-safe. What is not set follows the settings {@code backstay.registry.*}. */
    public static final class Builder {

        private final StateStore store;
        private final Map<String, StateStore> regions = new LinkedHashMap<>();
        private final Map<String, HealthCheck> checks = new HashMap<>();
        private ProviderContext context = ProviderContext.system();
        private Consumer<? super BackstayEvent> events = event -> {};
        private @Nullable String region;
        private @Nullable String process;
        private @Nullable HttpTransport transport;
        private @Nullable HealthCheck check;
        private @Nullable Duration lease;
        private @Nullable Duration drainTime;
        private @Nullable Integer concurrency;

        private Builder(StateStore store) {
            this.store = store;
        }

        /** Time, delays, waits, chance and settings; default those of the machine. */
        public Builder context(ProviderContext context) {
            this.context = context;
            return this;
        }

        /** What checks by HTTP go through; without one they are made by TCP. Stays open. */
        public Builder transport(HttpTransport transport) {
            this.transport = transport;
            return this;
        }

        /** Is told what becomes known of instances; must not block. */
        public Builder events(Consumer<? super BackstayEvent> listener) {
            this.events = listener;
            return this;
        }

        /** A name of this process like no other's at the same time; default one of chance. */
        public Builder process(String name) {
            this.process = name;
            return this;
        }

        /**
         * How the region of this process is called; default what the setting {@code backstay.region} says. For a registry outside a {@code
         * Backstay}: in one the setting tells clients and balancers too.
         */
        public Builder region(String name) {
            this.region = RegistryNames.region(name);
            return this;
        }

        /** The store of another region, whose instances stand in for those of the own; asked in the order in which they are given. */
        public Builder region(String name, StateStore store) {
            regions.put(RegistryNames.region(name), store);
            return this;
        }

        /** How the instances of a service are checked. */
        public Builder healthCheck(String service, HealthCheck check) {
            checks.put(service, check);
            return this;
        }

        /** How the instances of all services are checked that have no check of their own. */
        public Builder healthCheck(HealthCheck check) {
            this.check = check;
            return this;
        }

        /** How long a registration stays unless it is renewed; 300 ms to 1 h, default 15 s. */
        public Builder lease(Duration lease) {
            this.lease = RegistrySettings.LEASE.check(lease);
            return this;
        }

        /** How long a closed registration is announced as draining; 0 to 5 min, default 1 s. */
        public Builder drainTime(Duration time) {
            this.drainTime = RegistrySettings.DRAIN_TIME.check(time);
            return this;
        }

        /** How many checks run at once; 1 to 10,000, default 256. */
        public Builder checkConcurrency(int count) {
            this.concurrency = RegistrySettings.HEALTH_CHECK_CONCURRENCY.check(count);
            return this;
        }

        /**
         * The registry, which begins to follow its stores in the background; never waits for them.
         *
         * @throws ConfigurationException when settings cannot be used, when they tell of another region than was given here, or when there
         *     are other regions but the own has no name
         */
        public Registry build() {
            String own = region();
            if (!regions.isEmpty() && (own.isEmpty() || regions.containsKey(own))) {
                throw new ConfigurationException(
                        "with stores of other regions the own region must have a name, and one that they do not have");
            }
            return new Registry(this);
        }

        private String region() {
            String told = RegistrySettings.region(context);
            if (region != null && !told.isEmpty() && !told.equals(region)) {
                throw new ConfigurationException("the region is " + told + " by " + Settings.REGION.name() + ", and "
                        + region + " by the builder");
            }
            return region != null ? region : told;
        }

        private Duration lease() {
            return or(lease, RegistrySettings.LEASE);
        }

        private Duration drainTime() {
            return or(drainTime, RegistrySettings.DRAIN_TIME);
        }

        private int concurrency() {
            return or(concurrency, RegistrySettings.HEALTH_CHECK_CONCURRENCY);
        }

        private <T> T or(@Nullable T set, Setting<T> setting) {
            return set != null ? set : RegistrySettings.get(context, setting);
        }

        private String process() {
            return process != null ? process : Long.toHexString(context.random().nextLong());
        }

        private Probes probes() {
            return new Probes(
                    check != null ? check : RegistrySettings.check(context),
                    checks,
                    new TcpProbe(context),
                    transport == null ? null : new HttpProbe(transport));
        }
    }
}
