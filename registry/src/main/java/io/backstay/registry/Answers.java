package io.backstay.registry;

import io.backstay.ServiceInstance;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What queries came to, as long as nothing has changed since. Thread-safe; an answer that is known takes no lock. */
final class Answers {

    /** Who makes up so many queries does not ask the same one often. */
    private static final int MOST = 1_000;

    /**
     * An answer, and what it was found in: the list of a service, or all lists of one generation.
     *
     * @param of null where it is of all services
     */
    private record Answer(@Nullable List<ServiceInstance> of, long generation, List<ServiceInstance> instances) {}

    private final Map<ServiceQuery, Answer> known = new ConcurrentHashMap<>();
    private final Catalog catalog;

    Answers(Catalog catalog) {
        this.catalog = catalog;
    }

    List<ServiceInstance> to(ServiceQuery query) {
        String name = query.serviceOrNull();
        if (name == null) {
            return ofAll(query);
        }
        Service service = catalog.find(name);
        if (service == null) {
            return List.of();
        }
        return query.asksForAll() ? service.instances() : ofOne(query, service.instances());
    }

    @SuppressWarnings("ReferenceEquality") // A list stands for the moment at which it was shown.
    private List<ServiceInstance> ofOne(ServiceQuery query, List<ServiceInstance> all) {
        Answer answer = known.get(query);
        if (answer != null && answer.of() == all) {
            return answer.instances();
        }
        List<ServiceInstance> found = new ArrayList<>();
        collect(query, all, found);
        return keep(query, new Answer(all, 0, List.copyOf(found)));
    }

    private List<ServiceInstance> ofAll(ServiceQuery query) {
        long generation = catalog.generation();
        Answer answer = known.get(query);
        if (answer != null && answer.generation() == generation) {
            return answer.instances();
        }
        List<ServiceInstance> found = new ArrayList<>();
        catalog.services().forEach(service -> collect(query, service.instances(), found));
        return keep(query, new Answer(null, generation, List.copyOf(found)));
    }

    private List<ServiceInstance> keep(ServiceQuery query, Answer answer) {
        if (known.size() >= MOST) {
            known.clear();
        }
        known.put(query, answer);
        return answer.instances();
    }

    private static void collect(ServiceQuery query, List<ServiceInstance> all, List<ServiceInstance> found) {
        for (ServiceInstance instance : all) {
            if (query.matches(instance)) {
                found.add(instance);
            }
        }
    }
}
