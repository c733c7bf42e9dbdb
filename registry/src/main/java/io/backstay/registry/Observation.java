package io.backstay.registry;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one process publishes of its health checks. An instance that is not named is up. Immutable.
 *
 * @param id the process'
 * @param number the same for {@link Rendezvous}
 * @param services those it uses, whose instances it can be asked to check
 * @param ready those of them that it has checked for long enough for its word to count
 * @param down keys of instances that its checks say are down
 * @param alive keys of instances whose lease has run out, but whose checks pass
 */
record Observation(
        String id, long number, Set<String> services, Set<String> ready, Set<String> down, Set<String> alive) {

    static final String TABLE = "observers";
    static final int VERSION = 1;
    static final Observation NONE = new Observation("", 0, Set.of(), Set.of(), Set.of(), Set.of());

    /** Room for the names around what is listed; the rest is left out, and taken for up. */
    private static final int MOST_CHARACTERS = 80_000;

    static Observation of(String id, Set<String> services, Set<String> ready, Set<String> down, Set<String> alive) {
        return new Observation(id, Rendezvous.hash(id), services, ready, down, alive);
    }

    byte[] encode() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("v", VERSION);
        members.put("services", bounded(services));
        members.put("ready", bounded(ready));
        members.put("down", bounded(down));
        members.put("alive", bounded(alive));
        return InstanceJson.write(members);
    }

    /** As many as fit, of a character in at most three octets. */
    private static List<String> bounded(Set<String> names) {
        int[] room = {MOST_CHARACTERS / 4};
        return names.stream()
                .takeWhile(name -> (room[0] -= name.length() + 3) >= 0)
                .toList();
    }
}
