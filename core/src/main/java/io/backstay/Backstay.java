package io.backstay;

import io.backstay.balance.InstanceState;
import io.backstay.guard.CircuitBreaker;
import io.backstay.guard.Guard;
import io.backstay.internal.Assembly;
import io.backstay.internal.Engine;
import io.backstay.spi.BackstayExtension;
import io.backstay.spi.BackstayExtensionProvider;
import io.backstay.spi.BalancerProvider;
import io.backstay.spi.BodyCodec;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.MetricSource;
import io.backstay.spi.RandomSource;
import io.backstay.spi.StateStore;
import io.backstay.spi.TimeSource;
import io.backstay.spi.VirtualTime;
import io.backstay.spi.Waiter;
import java.lang.reflect.Type;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The root of everything: gives a {@link ServiceClient} for each service and closes what it opened. Make one for a process,
 * keep it, close it at the end. Thread-safe.
 *
 * <pre>{@code
 * try (Backstay backstay = Backstay.create()) {
 *     ServiceClient users = backstay.client("user-service");
 *     User ada = users.get("/users/{id}", 1).as(User.class);
 * }
 * }</pre>
 */
public final class Backstay implements AutoCloseable {

    private final Engine engine;
    private final Map<String, ServiceClient> clients = new ConcurrentHashMap<>();
    private final Caller caller;

    private Backstay(Engine engine) {
        this.engine = engine;
        this.caller = new Caller() {
            @Override
            public <T> Result<T> call(ServiceRequest request, Type type) {
                return engine.call(request, type);
            }

            @Override
            public <T> Runnable start(ServiceRequest request, Type type, Consumer<Result<T>> whenDone) {
                return engine.start(request, type, whenDone);
            }

            @Override
            public void fail(WatchedFuture<?> future, BooleanSupplier ending, CallException failure) {
                engine.fail(future, ending, failure);
            }
        };
    }

    /**
     * With all defaults, and the one transport found on the class path.
     *
     * @throws ConfigurationException when there is none, or when there are several and nothing says which
     */
    public static Backstay create() {
        return builder().build();
    }

    /** To set what is not as by default. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The client of a service, the same one for the same name.
     *
     * @throws ConfigurationException when nothing tells where the service is
     */
    public ServiceClient client(String service) {
        ServiceClient known = clients.get(Require.name("service", service));
        return known != null ? known : newClient(service, List.of());
    }

    /**
     * The client of a service at these addresses, whatever other sources say of its name.
     *
     * @throws ConfigurationException when an address cannot be used, or the service is already known at other ones
     */
    public ServiceClient client(String service, URI... addresses) {
        for (URI address : addresses) {
            Require.nonNull("an address of " + service, address);
        }
        return newClient(service, List.of(addresses));
    }

    private ServiceClient newClient(String service, List<URI> addresses) {
        Require.name("service", service);
        engine.open(service, addresses);
        return clients.computeIfAbsent(
                service, name -> new ServiceClient(name, caller, path -> engine.warmUp(name, path)));
    }

    /**
     * The circuit breaker of a service; nothing where its policy has none, or one for each endpoint, or before there is a client of
     * it.
     */
    public Optional<CircuitBreaker> breaker(String service) {
        List<CircuitBreaker> all = breakers(service);
        return policy(service).breaker().perEndpoint() || all.isEmpty() ? Optional.empty() : Optional.of(all.get(0));
    }

    /** The circuit breakers of a service: its own, or those of the endpoints that have been called so far, in no order. */
    public List<CircuitBreaker> breakers(String service) {
        return engine.breakers(Require.name("service", service));
    }

    /** The policy that calls of a service begin with now. */
    public CallPolicy policy(String service) {
        return engine.policy(Require.name("service", service));
    }

    /**
     * Has a service follow another policy from its next call on; running calls keep the one they began with. Its guards go on with
     * what they know: the breaker's state and counts, permits in flight, budgets, learned limits. A guard that the policy no longer
     * has is forgotten. What is configured of the service still wins.
     */
    public void policy(String service, CallPolicy policy) {
        engine.follow(Require.name("service", service), Require.nonNull("policy", policy));
    }

    /** How each instance of a service stands, by what the resolver told last and by what its calls came to; none before there is a client of it. */
    public List<InstanceState> instances(String service) {
        return engine.instances(Require.name("service", service));
    }

    /**
     * A guard round any code, the same one for the same name as long as it is in use, made now if there is none, under {@link
     * GuardPolicy#standard()}. It lives on the clocks of this Backstay, whose listeners hear of its breaker.
     *
     * @throws IllegalStateException when there are 1,000 guards and none of them is idle
     */
    public Guard guard(String name) {
        return engine.guards().get(Require.name("guard", name));
    }

    /**
     * The same, following this policy from now on. To be preferred where the guard is not kept: an idle one is dropped after 10 minutes,
     * and its policy with it.
     *
     * @throws IllegalStateException when there are 1,000 guards and none of them is idle
     */
    public Guard guard(String name, GuardPolicy policy) {
        return engine.guards().get(Require.name("guard", name), Require.nonNull("guard policy", policy));
    }

    /** Where processes share state; the memory of this process alone unless a store was chosen. */
    public StateStore stateStore() {
        return engine.stateStore();
    }

    /**
     * What a module has added, as {@code backstay.extension(Registry.class)}.
     *
     * @throws ConfigurationException when there is none of this type
     */
    public <E extends BackstayExtension> E extension(Class<E> type) {
        return engine.extension(Require.nonNull("type", type));
    }

    /** What has been counted so far: for all services, by the state store, by extensions. */
    public MetricSource metrics() {
        return engine.metrics();
    }

    /** What was found and chosen at start, as one line. */
    public String description() {
        return engine.description();
    }

    /**
     * Refuses new calls, waits for running ones up to the shut-down timeout, cancels the rest, and frees what was opened here; a
     * transport or resolver that was given as an instance stays open. May be called twice.
     */
    @Override
    public void close() {
        engine.close();
    }

    @Override
    public String toString() {
        return description();
    }

    /** Builds a {@link Backstay}. Not thread-safe. What is out of range is refused at once. */
    public static final class Builder {

        private final Assembly assembly = new Assembly();

        private Builder() {}

        /** Where a service is, for good; more than one address for more than one instance. */
        public Builder endpoint(String service, URI... addresses) {
            for (URI address : addresses) {
                Require.nonNull("an address of " + service, address);
            }
            assembly.endpoint(Require.name("service", service), List.of(addresses));
            return this;
        }

        /**
         * Where a service is unless the environment says otherwise. The environment may replace parts: with
         * {@code http://localhost:8003/api/v1} here, {@code PROJECT_SERVICE_HOST=projects} alone gives
         * {@code http://projects:8003/api/v1}.
         */
        public Builder defaultEndpoint(String service, URI address) {
            assembly.defaultEndpoint(Require.name("service", service), address);
            return this;
        }

        /** How the calls of a service are kept working. */
        public Builder policy(String service, CallPolicy policy) {
            assembly.policies.put(Require.name("service", service), Require.nonNull("policy", policy));
            return this;
        }

        /** How the calls of all services are kept working that have no policy of their own. */
        public Builder policy(CallPolicy policy) {
            assembly.defaultPolicy = Require.nonNull("policy", policy);
            return this;
        }

        /** The transport to use; it stays open when this is closed. */
        public Builder transport(HttpTransport transport) {
            assembly.transport = Require.nonNull("transport", transport);
            return this;
        }

        /** Where processes share state, in place of what the settings name; it stays open when this is closed. */
        public Builder stateStore(StateStore store) {
            assembly.stateStore = Require.nonNull("stateStore", store);
            return this;
        }

        /** One more extension, in place of one of the same name that is found. */
        public Builder extension(BackstayExtensionProvider provider) {
            assembly.extensions.add(Require.nonNull("extension", provider));
            return this;
        }

        /** One more codec, asked before those that are found. */
        public Builder codec(BodyCodec codec) {
            assembly.codecs.add(Require.nonNull("codec", codec));
            return this;
        }

        /** One more resolver, asked before those that are found; it stays open when this is closed. */
        public Builder resolver(EndpointResolver resolver) {
            assembly.resolvers.add(Require.nonNull("resolver", resolver));
            return this;
        }

        /** One more balancer, for policies that name it. */
        public Builder balancer(BalancerProvider provider) {
            assembly.balancers.add(Require.nonNull("balancer", provider));
            return this;
        }

        /** One more step round each call. */
        public Builder interceptor(CallInterceptor interceptor) {
            assembly.callInterceptors.add(Require.nonNull("interceptor", interceptor));
            return this;
        }

        /** One more step round each attempt. */
        public Builder interceptor(AttemptInterceptor interceptor) {
            assembly.attemptInterceptors.add(Require.nonNull("interceptor", interceptor));
            return this;
        }

        /** Looks at each body before it is sent, in place of Jakarta Validation. */
        public Builder validator(BodyValidator validator) {
            assembly.validator = Require.nonNull("validator", validator);
            return this;
        }

        /** Is told events of a type and of its subtypes. */
        public <E extends BackstayEvent> Builder listener(Class<E> type, EventListener<? super E> listener) {
            assembly.listener(Require.nonNull("type", type), Require.nonNull("listener", listener));
            return this;
        }

        /**
         * A setting of Backstay or of a provider by its whole name, as {@code backstay.transport}; stronger than a system property
         * and an environment variable of that name. What is set of a policy in one of these ways, as
         * {@code backstay.service.user-service.attempt-timeout} or for all services {@code backstay.policy.attempt-timeout}, is
         * stronger than {@link #policy}; the last part of these names is one of {@link Settings}.
         *
         * @throws ConfigurationException when the name does not begin with {@code backstay.}
         */
        public Builder setting(String name, String value) {
            assembly.settings.put(requireSetting(name), Require.nonNull(name, value));
            return this;
        }

        private static String requireSetting(String name) {
            if (!Require.name("setting", name).startsWith("backstay.")) {
                throw new ConfigurationException("there is no setting " + name + "; names begin with backstay., as "
                        + Settings.TRANSPORT.name());
            }
            return name;
        }

        /** The environment variables to read in place of the process' own. */
        public Builder environment(Map<String, String> variables) {
            assembly.environment = Map.copyOf(Require.nonNull("environment", variables));
            return this;
        }

        /** The header field of the correlation id; default {@code X-Correlation-ID}. */
        public Builder correlationHeader(String name) {
            Headers.of(name, "");
            assembly.correlationHeader = name;
            return this;
        }

        /** The header field of the remaining milliseconds; default {@code X-Deadline-Ms}. */
        public Builder deadlineHeader(String name) {
            Headers.of(name, "");
            assembly.deadlineHeader = name;
            return this;
        }

        /** How long {@link Backstay#close} waits for running calls; 0 to 1 h, default 10 s. */
        public Builder shutdownTimeout(Duration time) {
            assembly.shutdownTimeout = Settings.SHUTDOWN_TIMEOUT.check(time);
            return this;
        }

        /** Where to read time. */
        public Builder timeSource(TimeSource source) {
            assembly.time = Require.nonNull("source", source);
            return this;
        }

        /** Where to leave tasks for later. */
        public Builder delayScheduler(DelayScheduler scheduler) {
            assembly.scheduler = Require.nonNull("scheduler", scheduler);
            return this;
        }

        /** How to block. */
        public Builder waiter(Waiter waiter) {
            assembly.waiter = Require.nonNull("waiter", waiter);
            return this;
        }

        /** Where chance comes from. */
        public Builder randomSource(RandomSource source) {
            assembly.random = Require.nonNull("source", source);
            return this;
        }

        /** Runs everything on time by hand: reads, delays and waits. */
        public Builder virtualTime(VirtualTime time) {
            return timeSource(time).delayScheduler(time).waiter(time);
        }

        /**
         * Finds the providers and puts everything together. Opens no connection.
         *
         * @throws ConfigurationException when something is missing or ambiguous
         */
        public Backstay build() {
            return new Backstay(assembly.assemble());
        }
    }
}
