package io.backstay.demo;

import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import io.backstay.registry.Registry;
import io.backstay.registry.ServiceQuery;
import io.backstay.spi.SystemTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What the callers are told of instances, list by list. Thread-safe. */
final class Roster {

    private final Map<String, List<ServiceInstance>> known = new ConcurrentHashMap<>();
    private final Map<String, Long> firstSeen = new ConcurrentHashMap<>();
    private final LongAdder empties = new LongAdder();

    /** From now on it is told by a registry, of the services of the demo. */
    void follow(Registry registry) {
        for (Resource resource : Resource.values()) {
            String service = resource.service();
            registry.watch(ServiceQuery.service(service), list -> told(service, list));
        }
    }

    /** A list of a service's instances. Of none only counts where there have been some. */
    void told(String service, List<ServiceInstance> list) {
        List<ServiceInstance> before = known.put(service, list);
        if (list.isEmpty() && before != null && !before.isEmpty()) {
            empties.increment();
        }
        long now = SystemTime.shared().nanoTime();
        list.forEach(instance -> firstSeen.putIfAbsent(instance.address(), now));
    }

    /** How many instances there are, of all services, however they stand. */
    int size() {
        return known.values().stream().mapToInt(List::size).sum();
    }

    /** How many of them nothing speaks against. */
    long up() {
        return known.values().stream()
                .flatMap(List::stream)
                .filter(instance -> instance.status() == InstanceStatus.UP)
                .count();
    }

    boolean has(String address) {
        return known.values().stream()
                .flatMap(List::stream)
                .anyMatch(instance -> instance.address().equals(address));
    }

    /** From a moment to when an instance was seen first; none where it never was. Never below zero. */
    @Nullable
    Duration timeToSee(String address, long sinceNanos) {
        Long seen = firstSeen.get(address);
        return seen == null ? null : Duration.ofNanos(Math.max(0, seen - sinceNanos));
    }

    /** How often the last instance of a service went out of a list. */
    long empties() {
        return empties.sum();
    }
}
