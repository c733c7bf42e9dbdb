package io.backstay.state;

import io.backstay.state.OwnEntry.Place;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * When something is to be done for which entry. Whoever comes when something is due gets along with it what would be due soon, so that
 * entries of about the same age are renewed together from then on. Not thread-safe.
 */
final class OwnAgenda {

    /** A fifth of the third of a lease after which it is renewed: as much as the renewal is jittered by. */
    private static final int SLACKS_PER_LEASE = 15;

    private final TreeMap<Long, Set<OwnEntry>> byTime = new TreeMap<>();
    private long longestSlackNanos;

    void add(OwnEntry entry, long dueNanos) {
        remove(entry);
        entry.place = Place.AGENDA;
        entry.dueNanos = dueNanos;
        longestSlackNanos = Math.max(longestSlackNanos, slackNanos(entry));
        byTime.computeIfAbsent(dueNanos, time -> new LinkedHashSet<>()).add(entry);
    }

    void remove(OwnEntry entry) {
        if (entry.place != Place.AGENDA) {
            return;
        }
        entry.place = Place.NOWHERE;
        byTime.computeIfPresent(entry.dueNanos, (time, entries) -> {
            entries.remove(entry);
            return entries.isEmpty() ? null : entries;
        });
    }

    private static long slackNanos(OwnEntry entry) {
        return entry.leaseNanos() / SLACKS_PER_LEASE;
    }

    boolean isEmpty() {
        return byTime.isEmpty();
    }

    /** When the first is due; only where there is one. */
    long nextNanos() {
        return byTime.firstKey();
    }

    /** Takes out those that are due, and at the same time those that are to be renewed soon, up to a number. */
    List<OwnEntry> take(long nowNanos, int most) {
        List<OwnEntry> taken = new ArrayList<>();
        if (byTime.isEmpty() || byTime.firstKey() - nowNanos > 0) {
            return taken;
        }
        for (Map.Entry<Long, Set<OwnEntry>> some : byTime.entrySet()) {
            long early = some.getKey() - nowNanos;
            if (early > longestSlackNanos || taken.size() >= most) {
                break;
            }
            for (OwnEntry entry : some.getValue()) {
                boolean comesAlong = entry.expected > 0 && early <= slackNanos(entry);
                if ((early <= 0 || comesAlong) && taken.size() < most) {
                    taken.add(entry);
                }
            }
        }
        taken.forEach(this::remove);
        return taken;
    }
}
