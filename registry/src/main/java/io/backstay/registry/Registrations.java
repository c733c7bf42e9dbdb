package io.backstay.registry;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The registrations that this process keeps. Thread-safe. */
final class Registrations {

    private final Set<Registration> all = ConcurrentHashMap.newKeySet();
    private final Map<String, Registration> byKey = new ConcurrentHashMap<>();

    /** What the store says of a key goes to this one from now on. It is not whole yet: nothing else may be asked of it. */
    void expect(String key, Registration registration) {
        byKey.put(key, registration);
    }

    /** It is whole. */
    void add(Registration registration) {
        all.add(registration);
        if (registration.isReplaced()) {
            all.remove(registration);
        }
    }

    void remove(String key, Registration registration) {
        all.remove(registration);
        byKey.remove(key, registration);
    }

    List<Registration> all() {
        return List.copyOf(all);
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
        @Nullable Registration registration = byKey.get(key);
        if (registration != null) {
            registration.seen(entry.owner());
        }
    }
}
