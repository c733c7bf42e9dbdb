package io.backstay.internal;

import io.backstay.AttemptInterceptor;
import io.backstay.BackstayEvent;
import io.backstay.BodyValidator;
import io.backstay.CallInterceptor;
import io.backstay.CallPolicy;
import io.backstay.ConfigurationException;
import io.backstay.EventListener;
import io.backstay.ServiceInstance;
import io.backstay.Setting;
import io.backstay.Settings;
import io.backstay.internal.endpoint.EnvironmentResolver;
import io.backstay.internal.endpoint.SettingsResolver;
import io.backstay.internal.endpoint.StackedResolver;
import io.backstay.internal.endpoint.StaticResolver;
import io.backstay.spi.BackstayExtensionProvider;
import io.backstay.spi.BalancerProvider;
import io.backstay.spi.BodyCodec;
import io.backstay.spi.BodyCodecProvider;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.EndpointResolverProvider;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.HttpTransportProvider;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateStoreProvider;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TimeSource;
import io.backstay.spi.Waiter;
import io.backstay.state.memory.MemoryStateStoreProvider;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the builder gathers, and how an {@link Engine} is made of it: each time a new one. Not thread-safe. */
public final class Assembly {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay");

    public final Map<String, CallPolicy> policies = new LinkedHashMap<>();
    public final List<BodyCodec> codecs = new ArrayList<>();
    public final List<EndpointResolver> resolvers = new ArrayList<>();
    public final List<BalancerProvider> balancers = new ArrayList<>();
    public final List<CallInterceptor> callInterceptors = new ArrayList<>();
    public final List<AttemptInterceptor> attemptInterceptors = new ArrayList<>();
    public final Map<String, String> settings = new LinkedHashMap<>();
    public CallPolicy defaultPolicy = CallPolicy.standard();
    public final List<BackstayExtensionProvider> extensions = new ArrayList<>();
    public @Nullable HttpTransport transport;
    public @Nullable StateStore stateStore;
    public @Nullable BodyValidator validator;
    public Map<String, String> environment = System.getenv();
    public String correlationHeader = "X-Correlation-ID";
    public String deadlineHeader = "X-Deadline-Ms";
    public Duration shutdownTimeout = Settings.SHUTDOWN_TIMEOUT.defaultValue();
    public @Nullable TimeSource time;
    public @Nullable DelayScheduler scheduler;
    public @Nullable Waiter waiter;
    public RandomSource random = RandomSource.system();

    private final Map<String, List<ServiceInstance>> endpoints = new LinkedHashMap<>();
    private final Map<String, URI> defaultEndpoints = new LinkedHashMap<>();
    private final List<Events.Subscription<?>> subscriptions = new ArrayList<>();

    /** Where a service is, for good. */
    public void endpoint(String service, List<URI> addresses) {
        if (addresses.isEmpty()) {
            throw new ConfigurationException("the service " + service + " was given no address");
        }
        endpoints.put(
                service,
                addresses.stream()
                        .map(address -> ServiceInstance.of(service, address))
                        .toList());
    }

    /** Where a service is unless the environment says otherwise. */
    public void defaultEndpoint(String service, URI address) {
        ServiceInstance.of(service, address);
        defaultEndpoints.put(service, address);
    }

    /** Who wants to be told of what. */
    public <E extends BackstayEvent> void listener(Class<E> type, EventListener<? super E> listener) {
        subscriptions.add(new Events.Subscription<>(type, listener));
    }

    /** Finds the providers and puts everything together. */
    public Engine assemble() {
        Closers closers = new Closers();
        try {
            return assemble(closers);
        } catch (RuntimeException | Error failure) {
            closers.close();
            throw failure;
        }
    }

    private Engine assemble(Closers closers) {
        SystemTime system = closers.add(new SystemTime("backstay"));
        ProviderContext context = new ProviderContext(
                time != null ? time : system,
                scheduler != null ? scheduler : system,
                waiter != null ? waiter : system,
                random,
                system.workers(),
                this::setting);
        Providers<HttpTransportProvider> transports = new Providers<>("transport", HttpTransportProvider.class);
        Providers<BodyCodecProvider> codecProviders = new Providers<>("codec", BodyCodecProvider.class);
        Providers<EndpointResolverProvider> resolverProviders =
                new Providers<>("endpoint resolver", EndpointResolverProvider.class);

        HttpTransport client = transport;
        String transportName = "given";
        if (client == null) {
            HttpTransportProvider chosen = chooseTransport(transports);
            transportName = chosen.name();
            client = closers.add(chosen.create(context));
        }
        Providers<StateStoreProvider> stores = new Providers<>("state store", StateStoreProvider.class);
        StateStore store = stateStore;
        String storeName = "given";
        if (store == null) {
            StateStoreProvider chosen = chooseStore(stores);
            storeName = chosen.name();
            store = closers.add(chosen.create(context));
        }
        Events events = new Events(subscriptions);
        Providers<BackstayExtensionProvider> extensionProviders =
                new Providers<>("extension", BackstayExtensionProvider.class);
        Extensions added = Extensions.make(
                extensions, extensionProviders.all(), new LentParts(context, store, client, events), closers);
        List<EndpointResolver> stack = resolvers(resolverProviders, added, context, closers);

        Bodies bodies = new Bodies(codecs(codecProviders, context), validator());
        String description = "Backstay with transport " + transportName + " (found " + transports.names()
                + "), codecs " + codecProviders.names() + (codecs.isEmpty() ? "" : " and " + codecs.size() + " given")
                + ", endpoint resolvers " + resolverProviders.names()
                + (resolvers.isEmpty() ? "" : " and " + resolvers.size() + " given") + ", state store " + storeName
                + " (found " + stores.names() + "), extensions " + added.names();
        LOG.info(description);
        BreakerBounds breakerBounds =
                new BreakerBounds(setting(Settings.BREAKERS_MAX), setting(Settings.BREAKERS_IDLE_TIME));
        Parts parts = new Parts(
                client,
                store,
                added,
                bodies,
                new Failures(bodies, context.time()),
                events,
                joined(added.callInterceptors(), callInterceptors),
                joined(attemptInterceptors, added.attemptInterceptors()),
                context.time(),
                context.scheduler(),
                context.waiter(),
                random,
                correlationHeader,
                deadlineHeader,
                shutdownTimeout,
                breakerBounds,
                description,
                closers);
        BreakerSharing sharing = sharing(store, storeName, context, closers);
        GuardMaker guards = new GuardMaker(parts, sharing);
        Providers<BalancerProvider> balancerProviders = new Providers<>("balancer", BalancerProvider.class);
        List<BalancerProvider> allBalancers = new ArrayList<>(balancers);
        allBalancers.addAll(balancerProviders.all());
        PoolMaker pools = new PoolMaker(context, events, allBalancers);
        PolicySettings policySettings = new PolicySettings(this::setting);
        PolicySettings.warnOfUnknown(settingNames());
        SettingNames known = new SettingNames();
        Stream.of(
                        transports.all(),
                        codecProviders.all(),
                        resolverProviders.all(),
                        stores.all(),
                        extensionProviders.all(),
                        extensions,
                        allBalancers)
                .flatMap(List::stream)
                .forEach(known::add);
        known.warnOfUnknown(settingNames());
        Services services = new Services(
                List.of(new StackedResolver(stack)), policies, defaultPolicy, policySettings, guards, pools);
        if (sharing != null) {
            sharing.follow(services::breakers);
        }
        return new Engine(parts, services);
    }

    /** Only where a store was chosen: in the memory of this process there is nobody to share with. */
    private @Nullable BreakerSharing sharing(
            StateStore store, String storeName, ProviderContext context, Closers closers) {
        boolean wanted = setting(Settings.BREAKERS_SHARED);
        ProcessName process = ProcessName.of(setting(Settings.PROCESS.name()), environment, random);
        return wanted && !storeName.equals(MemoryStateStoreProvider.NAME)
                ? closers.add(new BreakerSharing(store, process, context))
                : null;
    }

    private HttpTransportProvider chooseTransport(Providers<HttpTransportProvider> transports) {
        return transports.choose(
                /* name= */ setting(Settings.TRANSPORT.name()),
                /* setting= */ Settings.TRANSPORT.name(),
                "add io.backstay:backstay-http-jdk or backstay-http-okhttp to the class path, or give one to the builder");
    }

    /** Never one that nobody has named: that it is on the class path says nothing of a server being there. */
    private StateStoreProvider chooseStore(Providers<StateStoreProvider> stores) {
        String name = setting(Settings.STORE.name());
        return stores.choose(
                /* name= */ name != null ? name : MemoryStateStoreProvider.NAME,
                /* setting= */ Settings.STORE.name(),
                "add io.backstay:backstay-store-redis to the class path, or give one to the builder");
    }

    private static <T> List<T> joined(List<T> first, List<T> second) {
        List<T> all = new ArrayList<>(first);
        all.addAll(second);
        return List.copyOf(all);
    }

    private List<BodyCodec> codecs(Providers<BodyCodecProvider> found, ProviderContext context) {
        List<BodyCodec> all = new ArrayList<>(codecs);
        found.all().forEach(provider -> all.add(provider.create(context)));
        return all;
    }

    /** In the order in which they are asked: given addresses, given resolvers, environment, settings, extensions, found ones, defaults. */
    private List<EndpointResolver> resolvers(
            Providers<EndpointResolverProvider> found, Extensions added, ProviderContext context, Closers closers) {
        List<EndpointResolver> all = new ArrayList<>();
        all.add(new StaticResolver(endpoints));
        all.addAll(resolvers);
        all.add(new EnvironmentResolver(environment, Map.copyOf(defaultEndpoints)));
        SettingsResolver configured = new SettingsResolver(this::setting);
        configured.check(settingNames(), environment);
        all.add(configured);
        all.addAll(added.resolvers());
        found.all().forEach(provider -> all.add(closers.add(provider.create(context))));
        Map<String, List<ServiceInstance>> defaults = new LinkedHashMap<>();
        defaultEndpoints.forEach((name, address) -> defaults.put(name, List.of(ServiceInstance.of(name, address))));
        all.add(new StaticResolver(defaults));
        return all;
    }

    private BodyValidator validator() {
        if (validator != null) {
            return validator;
        }
        return hasJakartaValidation() ? new JakartaBodyValidator() : body -> {};
    }

    /** Asked here, since a class that names the library's types cannot even be loaded without it. */
    private static boolean hasJakartaValidation() {
        try {
            Class.forName("jakarta.validation.Validation", false, Assembly.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError absent) {
            return false;
        }
    }

    /** The names of all settings that were given, those that are environment variables aside. */
    private Set<String> settingNames() {
        Set<String> names = new TreeSet<>(settings.keySet());
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("backstay."))
                .forEach(names::add);
        return names;
    }

    private <T> T setting(Setting<T> setting) {
        String text = setting(setting.name());
        return text == null ? setting.defaultValue() : setting.parse(setting.name(), text);
    }

    /** The builder's word, else a system property, else an environment variable: {@code BACKSTAY_TRANSPORT}. */
    private @Nullable String setting(String name) {
        String given = settings.get(name);
        if (given == null) {
            given = System.getProperty(name);
        }
        if (given == null) {
            given = environment.get(name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]+", "_"));
        }
        return given == null || given.isBlank() ? null : given;
    }
}
