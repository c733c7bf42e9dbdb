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

    private record Answer(long version, List<ServiceInstance> instances) {}

    private final Map<ServiceQuery, Answer> known = new ConcurrentHashMap<>();
    private final Catalog catalog;

    Answers(Catalog catalog) {
        this.catalog = catalog;
    }

    List<ServiceInstance> to(ServiceQuery query) {
        String name = query.serviceOrNull();
        if (name == null) {
            return known(query, catalog.generation(), null);
        }
        Service service = catalog.find(name);
        if (service == null) {
            return List.of();
        }
        Service.View view = service.view();
        return query.asksForAll() ? view.instances() : known(query, view.version(), view);
    }

    private List<ServiceInstance> known(ServiceQuery query, long version, Service.@Nullable View view) {
        Answer answer = known.get(query);
        if (answer != null && answer.version() == version) {
            return answer.instances();
        }
        List<ServiceInstance> found = new ArrayList<>();
        if (view != null) {
            collect(query, view, found);
        } else {
            catalog.services().forEach(service -> collect(query, service.view(), found));
        }
        List<ServiceInstance> instances = List.copyOf(found);
        if (known.size() >= MOST) {
            known.clear();
        }
        known.put(query, new Answer(version, instances));
        return instances;
    }

    private static void collect(ServiceQuery query, Service.View view, List<ServiceInstance> found) {
        for (ServiceInstance instance : view.instances()) {
            if (query.matches(instance)) {
                found.add(instance);
            }
        }
    }
}
