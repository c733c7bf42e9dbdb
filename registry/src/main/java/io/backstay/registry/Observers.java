package io.backstay.registry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The processes of a region that check instances, and what they say. Touched on the registry's serial executor only.
 *
 * <p>Each instance is looked at by two of those that use its service, chosen by {@link Rendezvous}. The word of two counts that are chosen
 * in the same way among those whose word counts at all: who has just begun looks at once, and takes over when it knows enough. Until then
 * those before it go on.
 */
final class Observers {

    /** How many look at each instance. */
    private static final int EACH = 2;

    private static final Observation[] NOBODY = {};

    private final Map<String, Observation> all = new HashMap<>();
    private final Map<String, Observation[]> users = new HashMap<>();
    private final Map<String, Observation[]> ready = new HashMap<>();

    void put(Observation observation) {
        Observation before = all.put(observation.id(), observation);
        if (before != null) {
            forget(before);
        }
        forget(observation);
    }

    void remove(Observation observation) {
        all.remove(observation.id());
        forget(observation);
    }

    private void forget(Observation observation) {
        users.keySet().removeAll(observation.services());
        ready.keySet().removeAll(observation.ready());
    }

    private Observation[] of(
            Map<String, Observation[]> known, Function<Observation, Set<String>> what, String service) {
        Observation[] found = known.get(service);
        if (found == null) {
            List<Observation> some = new ArrayList<>();
            for (Observation each : all.values()) {
                if (what.apply(each).contains(service)) {
                    some.add(each);
                }
            }
            found = some.toArray(NOBODY);
            known.put(service, found);
        }
        return found;
    }

    private Observation[] users(String service) {
        return of(users, Observation::services, service);
    }

    private Observation[] ready(String service) {
        return of(ready, Observation::ready, service);
    }

    /** Whether this process is one of those that look at an instance, be its own word among the others' already or not. */
    boolean isToLook(OwnView view, Member member) {
        String service = member.service();
        return isChosen(view.id(), view.number(), member, users(service)) || counts(view, member);
    }

    /** Whether this process' own word on an instance counts. */
    boolean counts(OwnView view, Member member) {
        return view.isReady(member.service()) && isChosen(view.id(), view.number(), member, ready(member.service()));
    }

    /** Whether anybody else's word counts. */
    boolean hasOthers(OwnView view, String service) {
        for (Observation each : ready(service)) {
            if (!each.id().equals(view.id())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isChosen(String id, long number, Member member, Observation[] among) {
        long thing = Rendezvous.hash(member.key);
        long own = Rendezvous.score(number, thing);
        int better = 0;
        for (Observation other : among) {
            long score = Rendezvous.score(other.number(), thing);
            boolean isBetter = score > own || (score == own && other.number() > number);
            if (isBetter && !other.id().equals(id) && ++better == EACH) {
                return false;
            }
        }
        return true;
    }

    /** Whether all whose word counts say that an instance is down. */
    boolean sayDown(Member member) {
        int down = 0;
        Observation[] among = ready(member.service());
        for (Observation each : among) {
            if (isChosen(each.id(), each.number(), member, among)) {
                if (!each.down().contains(member.key)) {
                    return false;
                }
                down++;
            }
        }
        return down > 0;
    }

    /** Whether anybody else whose word on an instance counts does not say that it is down. */
    boolean anyElseSaysUp(OwnView view, Member member) {
        Observation[] among = ready(member.service());
        for (Observation each : among) {
            if (!each.id().equals(view.id())
                    && !each.down().contains(member.key)
                    && isChosen(each.id(), each.number(), member, among)) {
                return true;
            }
        }
        return false;
    }

    /** Whether any that looks at an instance whose lease has run out says that it answers. */
    boolean sayAlive(Member member) {
        for (Observation each : users(member.service())) {
            if (each.alive().contains(member.key)) {
                return true;
            }
        }
        return false;
    }
}
