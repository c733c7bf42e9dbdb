package io.backstay.internal;

import io.backstay.CallPolicy;
import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;
import io.backstay.guard.CircuitBreaker;
import io.backstay.internal.endpoint.EnvironmentResolver;
import io.backstay.spi.EndpointResolver;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** The services in use, each opened once: found by the first resolver that knows it. Thread-safe. */
final class Services {

    private final Map<String, ServiceState> states = new ConcurrentHashMap<>();
    /**
     * By service: held while it is opened. That asks the user's resolvers, which may tell others meanwhile; so none is held for all services.
     */
    private final Map<String, ReentrantLock> opening = new ConcurrentHashMap<>();

    private final List<EndpointResolver> resolvers;
    private final Map<String, CallPolicy> policies;
    private final CallPolicy defaultPolicy;
    private final PolicySettings settings;
    private final GuardMaker guards;
    private final PoolMaker pools;
    private final Closers watches = new Closers();

    Services(
            List<EndpointResolver> resolvers,
            Map<String, CallPolicy> policies,
            CallPolicy defaultPolicy,
            PolicySettings settings,
            GuardMaker guards,
            PoolMaker pools) {
        this.resolvers = List.copyOf(resolvers);
        this.policies = new ConcurrentHashMap<>(policies);
        this.defaultPolicy = defaultPolicy;
        this.settings = settings;
        this.guards = guards;
        this.pools = pools;
    }

    /** The policy of a service, in use or not, with what the configuration says of it. */
    CallPolicy policy(String name) {
        ServiceState state = states.get(name);
        return state != null ? state.policy() : configured(name, policies.getOrDefault(name, defaultPolicy));
    }

    private ReentrantLock lockOf(String name) {
        return opening.computeIfAbsent(name, service -> new ReentrantLock());
    }

    private CallPolicy configured(String name, CallPolicy policy) {
        return settings.over(policy, name);
    }

    /** Has a service follow another policy from its next call on, from its first one where it is not in use yet. */
    void follow(String name, CallPolicy policy) {
        ReentrantLock lock = lockOf(name);
        lock.lock();
        try {
            CallPolicy next = configured(name, policy);
            ServiceState state = states.get(name);
            if (state != null) {
                state.follow(next);
            }
            policies.put(name, policy);
        } finally {
            lock.unlock();
        }
    }

    ServiceState get(String name) {
        ServiceState known = states.get(name);
        if (known == null) {
            throw new ConfigurationException("the service " + name + " has no client here");
        }
        return known;
    }

    Optional<ServiceState> find(String name) {
        return Optional.ofNullable(states.get(name));
    }

    void forEach(Consumer<ServiceState> action) {
        states.values().forEach(action);
    }

    /** The breakers of all services there are now. */
    List<CircuitBreaker> breakers() {
        return states.values().stream()
                .flatMap(state -> state.guards().breakers().stream())
                .toList();
    }

    /** Opens a service at these addresses, or where the resolvers say when there are none. */
    void open(String name, List<URI> addresses) {
        List<ServiceInstance> given = addresses.stream()
                .map(address -> ServiceInstance.of(name, address))
                .toList();
        ServiceState state;
        ReentrantLock lock = lockOf(name);
        lock.lock();
        try {
            state = states.get(name);
            if (state == null) {
                state = make(name, given);
                states.put(name, state);
            }
        } finally {
            lock.unlock();
        }
        if (!given.isEmpty() && !state.instances.instances().equals(given)) {
            throw new ConfigurationException("the service " + name + " is already known at "
                    + state.instances.instances() + ", not at " + given);
        }
    }

    private ServiceState make(String name, List<ServiceInstance> given) {
        ServiceState state = new ServiceState(name, policy(name), guards, pools);
        if (!given.isEmpty()) {
            state.onInstances(given);
            return state;
        }
        for (EndpointResolver resolver : resolvers) {
            Optional<EndpointResolver.Watch> watch = resolver.watch(name, state);
            if (watch.isPresent()) {
                watches.add(watch.get());
                state.firstReading.begin(watch.get().whenKnown());
                return state;
            }
        }
        throw new ConfigurationException(
                "nothing tells where the service " + name + " is: give its address to the builder"
                        + " (endpoint(\"" + name + "\", URI)), or set the environment variable "
                        + EnvironmentResolver.prefixes(name).get(0) + "_URL or the setting backstay.service." + name
                        + ".url");
    }

    void close() {
        watches.close();
        states.values().forEach(state -> {
            state.firstReading.end();
            state.instances.close();
        });
    }
}
