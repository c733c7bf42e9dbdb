package io.backstay.registry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The processes of a region that check instances, and what they say: of each instance two are asked, chosen by {@link Rendezvous} among
 * those that use its service. Touched in turns only.
 */
final class Observers {

    /** How many look at each instance. */
    static final int EACH = 2;

    private static final Observation[] NOBODY = {};

    private final Map<String, Observation> all = new HashMap<>();
    private final Map<String, Observation[]> byService = new HashMap<>();

    void put(Observation observation) {
        Observation before = all.put(observation.id(), observation);
        if (before != null) {
            byService.keySet().removeAll(before.services());
        }
        byService.keySet().removeAll(observation.services());
    }

    void remove(Observation observation) {
        all.remove(observation.id());
        byService.keySet().removeAll(observation.services());
    }

    private Observation[] of(String service) {
        Observation[] known = byService.get(service);
        if (known == null) {
            List<Observation> found = new ArrayList<>();
            for (Observation each : all.values()) {
                if (each.services().contains(service)) {
                    found.add(each);
                }
            }
            known = found.toArray(NOBODY);
            byService.put(service, known);
        }
        return known;
    }

    /** Whether a process is one of those that look at an instance, be its own word among the others' already or not. */
    boolean isChosen(String id, long number, Member member) {
        Observation[] others = of(member.service());
        long thing = Rendezvous.hash(member.key);
        long own = Rendezvous.score(number, thing);
        int better = 0;
        for (Observation other : others) {
            long score = Rendezvous.score(other.number(), thing);
            boolean isBetter = score > own || (score == own && other.number() > number);
            if (isBetter && !other.id().equals(id) && ++better == EACH) {
                return false;
            }
        }
        return true;
    }

    /** Whether all that look at an instance say that it is down. */
    boolean sayDown(Member member) {
        int down = 0;
        for (Observation each : chosen(member)) {
            if (!each.down().contains(member.key)) {
                return false;
            }
            down++;
        }
        return down > 0;
    }

    /** Whether any that looks at an instance whose lease has run out says that it answers. */
    boolean sayAlive(Member member) {
        for (Observation each : chosen(member)) {
            if (each.alive().contains(member.key)) {
                return true;
            }
        }
        return false;
    }

    private List<Observation> chosen(Member member) {
        List<Observation> chosen = new ArrayList<>(EACH);
        for (Observation each : of(member.service())) {
            if (isChosen(each.id(), each.number(), member)) {
                chosen.add(each);
            }
        }
        return chosen;
    }
}
