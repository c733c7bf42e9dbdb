package io.backstay.registry;

import java.util.ArrayList;
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
 * @param down registrations of instances that its checks say are down
 * @param alive registrations of instances whose lease has run out, but whose checks pass
 */
record Observation(
        String id, long number, Set<String> services, Set<String> ready, Set<String> down, Set<String> alive) {

    static final String TABLE = "observers";
    static final int VERSION = 1;
    static final Observation NONE = new Observation("", 0, Set.of(), Set.of(), Set.of(), Set.of());

    /** For all names together; a value of the store may have a little more. */
    static final int MOST_BYTES = 250_000;

    /** For the services, and as much for those that are ready. */
    private static final int MOST_SERVICES = MOST_BYTES / 4;

    /**
     * What is published.
     *
     * @param leftOut how many names found no room: nobody hears of those
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Encoded(byte[] octets, int leftOut) {}

    static Observation of(String id, Set<String> services, Set<String> ready, Set<String> down, Set<String> alive) {
        return new Observation(id, Rendezvous.hash(id), services, ready, down, alive);
    }

    /** As many names of each kind as there is room for, the first ones in their order. */
    Encoded encode() {
        Names ofServices = Names.first(services, MOST_SERVICES);
        Names ofReady = Names.first(ready, MOST_SERVICES);
        int room = MOST_BYTES - ofServices.octets() - ofReady.octets();
        Names ofAlive = Names.first(alive, room / 2);
        Names ofDown = Names.first(down, room - ofAlive.octets());
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("v", VERSION);
        members.put("services", ofServices.names());
        members.put("ready", ofReady.names());
        members.put("down", ofDown.names());
        members.put("alive", ofAlive.names());
        int leftOut = ofServices.leftOut() + ofReady.leftOut() + ofDown.leftOut() + ofAlive.leftOut();
        return new Encoded(InstanceJson.write(members), leftOut);
    }

    /** Names that are written, in so many octets with a comma each. */
    private record Names(List<String> names, int octets, int leftOut) {

        static Names first(Set<String> all, int most) {
            List<String> names = new ArrayList<>();
            int octets = 0;
            for (String name : all) {
                int more = InstanceJson.write(name).length + 1;
                if (octets + more > most) {
                    break;
                }
                octets += more;
                names.add(name);
            }
            return new Names(names, octets, all.size() - names.size());
        }
    }
}
