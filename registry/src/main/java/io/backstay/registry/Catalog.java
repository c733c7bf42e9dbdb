package io.backstay.registry;

import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.SerialExecutor;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * All services by name. Changed on the registry's serial executor; services are found and their instances read by anybody, without a lock.
 *
 * <p>A change is shown at once; those that follow it within 10 ms are shown together, so that a thousand instances that come at once do
 * not make a thousand lists. Where lists are so long that to show them takes more than a millisecond, those that follow wait longer, up to a
 * second: a service of a hundred thousand instances that come and go takes a tenth of a core, not all of it.
 */
final class Catalog {

    private static final long TOGETHER_NANOS = Duration.ofMillis(10).toNanos();
    private static final long LONGEST_TOGETHER_NANOS = Duration.ofSeconds(1).toNanos();
    /** How many times as long as it takes to show lists there is nothing more to show. */
    private static final int REST = 10;

    private final Map<String, Service> services = new ConcurrentHashMap<>();
    private Set<Service> changed = new LinkedHashSet<>();
    private final ProviderContext context;
    private final SerialExecutor serial;
    private final Runnable afterwards;
    private @Nullable Cancellable planned;
    private long plannedAt;
    private long shownAt;
    private long restNanos = TOGETHER_NANOS;
    private volatile long generation;

    /**
     * An empty one.
     *
     * @param afterwards what to do whenever something has been shown
     */
    Catalog(ProviderContext context, SerialExecutor serial, Runnable afterwards) {
        this.context = context;
        this.serial = serial;
        this.afterwards = afterwards;
        this.shownAt = context.time().nanoTime() - TOGETHER_NANOS;
    }

    /** Grows whenever anything has been shown; changed on the serial executor. */
    long generation() {
        return generation;
    }

    Collection<Service> services() {
        return services.values();
    }

    /** Of all services that have an instance, in order. */
    List<String> names() {
        TreeSet<String> names = new TreeSet<>();
        for (Service service : services.values()) {
            if (!service.instances().isEmpty()) {
                names.add(service.name);
            }
        }
        return List.copyOf(names);
    }

    /** A name as the service of that name has it, if there is one, so that it is kept once. */
    String shared(String name) {
        Service known = services.get(name);
        return known == null ? name : known.name;
    }

    @Nullable
    Service find(String name) {
        return services.get(name);
    }

    /** The service of a name, whether or not anything is known of it. */
    Service open(String name) {
        Service known = services.get(name);
        return known != null ? known : services.computeIfAbsent(name, Service::new);
    }

    @Nullable
    Member find(String service, String key, Region region) {
        Service known = services.get(service);
        return known == null ? null : known.find(key, region);
    }

    void add(Member member) {
        open(member.service()).add(member);
    }

    void remove(Member member) {
        open(member.service()).remove(member);
    }

    /** A service's view no longer shows how things stand. */
    void touch(Service service) {
        changed.add(service);
        showAt(shownAt + restNanos);
    }

    /** The same, with time for what else is on its way. */
    void touch(Service service, Duration patience) {
        changed.add(service);
        showAt(context.time().nanoTime() + patience.toNanos());
    }

    private void showAt(long nanos) {
        long now = context.time().nanoTime();
        if (nanos - now <= 0) {
            show();
        } else if (planned == null || nanos - plannedAt < 0) {
            unplan();
            plannedAt = nanos;
            planned = context.scheduler().schedule(() -> serial.execute(this::show), Duration.ofNanos(nanos - now));
        }
    }

    private void unplan() {
        if (planned != null) {
            planned.cancel();
            planned = null;
        }
    }

    /** Shows what has changed. */
    void show() {
        unplan();
        if (changed.isEmpty()) {
            return;
        }
        shownAt = context.time().nanoTime();
        long next = generation + 1;
        // The set is not used again: after a first reading it is as wide as the catalog.
        Set<Service> shown = changed;
        changed = new LinkedHashSet<>();
        for (Service service : shown) {
            service.publish();
            dropIfIdle(service);
        }
        generation = next;
        afterwards.run();
        long took = context.time().nanoTime() - shownAt;
        restNanos = Math.min(LONGEST_TOGETHER_NANOS, Math.max(TOGETHER_NANOS, REST * took));
    }

    /** Nobody needs a service without instances that nobody watches. */
    private void dropIfIdle(Service service) {
        if (service.size() == 0 && !service.isInUse()) {
            services.remove(service.name, service);
        }
    }
}
