package io.backstay.registry;

import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;
import io.backstay.spi.ProviderContext;
import io.backstay.state.OwnEntries;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** The registrations that this process keeps in its region. Thread-safe. */
final class Registrations implements AutoCloseable {

    private final Region home;
    private final Duration lease;
    private final Duration drainTime;
    private final ProviderContext context;
    private final OwnEntries own;
    private final Set<Registration> all = ConcurrentHashMap.newKeySet();
    private final Map<String, Registration> byKey = new ConcurrentHashMap<>();
    private volatile boolean closed;

    Registrations(Region home, Duration lease, Duration drainTime, ProviderContext context) {
        this.home = home;
        this.lease = lease;
        this.drainTime = drainTime;
        this.context = context;
        this.own = OwnEntries.of(home.table(), context, new InstanceEntries(UnaryOperator.identity())::isEntry);
    }

    /**
     * Keeps an instance registered.
     *
     * @throws ConfigurationException when it takes more room than an entry has, or is of another region
     * @throws IllegalStateException when this was closed
     */
    Registration register(ServiceInstance instance, Consumer<? super Registration> onReplaced) {
        Registration registration =
                new Registration(placed(instance), newOwner(), own, lease, drainTime, context, this, onReplaced);
        add(registration);
        return registration;
    }

    /**
     * The instance in this region.
     *
     * @throws ConfigurationException when it is of another
     */
    ServiceInstance placed(ServiceInstance instance) {
        String here = home.name();
        if (here.isEmpty() || instance.region().filter(here::equals).isPresent()) {
            return instance;
        }
        if (instance.region().isPresent()) {
            throw new ConfigurationException(
                    "an instance of region " + instance.region().get() + " cannot be registered in region " + here);
        }
        return instance.toBuilder().region(here).build();
    }

    /** A number for one who registers, like no other's. */
    long newOwner() {
        return context.random().nextLong();
    }

    /** What the store says of a key goes to this one from now on. It is not whole yet: nothing else may be asked of it. */
    void expect(String key, Registration registration) {
        byKey.put(key, registration);
    }

    /** It is whole. */
    private void add(Registration registration) {
        all.add(registration);
        if (registration.isReplaced() || closed) {
            registration.end();
        }
    }

    void remove(String key, Registration registration) {
        all.remove(registration);
        byKey.remove(key, registration);
    }

    int size() {
        return all.size();
    }

    /** Whether an instance of a service is registered here. */
    boolean has(String service) {
        return all.stream().anyMatch(each -> each.instance().service().equals(service));
    }

    /** Whether it is this process that keeps an instance registered. */
    boolean has(Member member) {
        Registration registration = byKey.get(member.key);
        return registration != null && registration.isOwner(member.entry.owner());
    }

    /** An entry has come back from the store. */
    void seen(String key, InstanceEntry entry) {
        Registration registration = byKey.get(key);
        if (registration != null) {
            registration.seen(entry.owner());
        }
    }

    /** Lets all leave, and waits for that, but no longer than 2 s beyond the drain time. */
    void leaveAll() {
        CompletableFuture<?>[] leaving = all.stream().map(Registration::leave).toArray(CompletableFuture<?>[]::new);
        if (leaving.length > 0) {
            Registration.await(CompletableFuture.allOf(leaving), context, Registration.closingTime(drainTime));
        }
    }

    @Override
    public void close() {
        own.close();
        closed = true;
        all.forEach(Registration::end);
    }
}
