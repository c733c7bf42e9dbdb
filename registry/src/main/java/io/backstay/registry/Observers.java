package io.backstay.registry;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
    private final Named users = new Named();
    private final Named ready = new Named();

    /** Those that name a service, for services that any names: of most a process knows nobody does. */
    private static final class Named {
        private final Map<String, Observation[]> byService = new HashMap<>();

        void add(Set<String> services, Observation observation) {
            for (String service : services) {
                Observation[] before = of(service);
                Observation[] now = Arrays.copyOf(before, before.length + 1);
                now[before.length] = observation;
                byService.put(service, now);
            }
        }

        void remove(Set<String> services, Observation observation) {
            for (String service : services) {
                Observation[] left = Arrays.stream(of(service))
                        .filter(each -> !each.id().equals(observation.id()))
                        .toArray(Observation[]::new);
                if (left.length == 0) {
                    byService.remove(service);
                } else {
                    byService.put(service, left);
                }
            }
        }

        Observation[] of(String service) {
            return byService.getOrDefault(service, NOBODY);
        }
    }

    void put(Observation observation) {
        forget(all.put(observation.id(), observation));
        users.add(observation.services(), observation);
        ready.add(observation.ready(), observation);
    }

    void remove(Observation observation) {
        forget(all.remove(observation.id()));
    }

    private void forget(@Nullable Observation observation) {
        if (observation != null) {
            users.remove(observation.services(), observation);
            ready.remove(observation.ready(), observation);
        }
    }

    /** Whether this process is one of those that look at an instance, be its own word among the others' already or not. */
    boolean isToLook(OwnView view, Member member) {
        String service = member.service();
        return isChosen(view.id(), view.number(), member, users.of(service)) || counts(view, member);
    }

    /** Whether this process' own word on an instance counts. */
    boolean counts(OwnView view, Member member) {
        return view.isReady(member.service()) && isChosen(view.id(), view.number(), member, ready.of(member.service()));
    }

    /** Whether anybody else's word counts. */
    boolean hasOthers(OwnView view, String service) {
        for (Observation each : ready.of(service)) {
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
        Observation[] among = ready.of(member.service());
        if (among.length == 0) {
            return false;
        }
        String registration = member.registration();
        int down = 0;
        for (Observation each : among) {
            if (isChosen(each.id(), each.number(), member, among)) {
                if (!each.down().contains(registration)) {
                    return false;
                }
                down++;
            }
        }
        return down > 0;
    }

    /** Whether anybody else whose word on an instance counts does not say that it is down. */
    boolean anyElseSaysUp(OwnView view, Member member) {
        String registration = member.registration();
        Observation[] among = ready.of(member.service());
        for (Observation each : among) {
            if (!each.id().equals(view.id())
                    && !each.down().contains(registration)
                    && isChosen(each.id(), each.number(), member, among)) {
                return true;
            }
        }
        return false;
    }

    /** Whether any that looks at an instance whose lease has run out says that it answers. */
    boolean sayAlive(Member member) {
        String registration = member.registration();
        for (Observation each : users.of(member.service())) {
            if (each.alive().contains(registration)) {
                return true;
            }
        }
        return false;
    }
}
