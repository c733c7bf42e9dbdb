package io.backstay.registry;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The instances of a region whose lease has run out, and when that is believed. Touched on the registry's serial executor only.
 *
 * <p>One that is alone with it is believed to be gone after one more lease, or once a check has failed. When more than 5 and more than 15 %
 * of all run out within a lease it is more likely that the store has had trouble: then it takes 5 leases, or as many failed checks as
 * make an instance down. While checks pass it is not believed; of one that is alone for 20 leases at most.
 */
final class Suspicions {

    private static final int MASS_AT_LEAST = 5;
    private static final double MASS_SHARE = 0.15;
    private static final int LEASES_ALONE = 1;
    private static final int LEASES_IN_MASS = 5;
    private static final int LEASES_AT_MOST = 20;

    private static final class Suspicion {
        long sinceNanos;
        long quietNanos;
        boolean mass;

        Suspicion(long nowNanos) {
            this.sinceNanos = nowNanos;
            this.quietNanos = nowNanos;
        }
    }

    private final long leaseNanos;
    private final Map<Member, Suspicion> open = new LinkedHashMap<>();
    private final Deque<Long> recent = new ArrayDeque<>();

    Suspicions(Duration lease) {
        this.leaseNanos = lease.toNanos();
    }

    boolean isEmpty() {
        return open.isEmpty();
    }

    /**
     * A lease has run out.
     *
     * @param known how many instances the region had before
     * @return whether that is one of many
     */
    boolean add(Member member, long nowNanos, int known) {
        recent.addLast(nowNanos);
        while (nowNanos - recent.getFirst() > leaseNanos) {
            recent.removeFirst();
        }
        Suspicion suspicion = new Suspicion(nowNanos);
        open.put(member, suspicion);
        if (recent.size() > Math.max(MASS_AT_LEAST, MASS_SHARE * known)) {
            open.values().stream()
                    .filter(each -> nowNanos - each.sinceNanos <= leaseNanos)
                    .forEach(each -> each.mass = true);
        }
        return suspicion.mass;
    }

    void forEach(Consumer<Member> action) {
        open.keySet().forEach(action);
    }

    /** It has been heard of, or is no longer known. */
    void remove(Member member) {
        open.remove(member);
    }

    /** The store is heard again: whoever is alive has as much time to be heard of as if all had run out now. */
    void beginAnew(long nowNanos) {
        open.values().forEach(suspicion -> {
            suspicion.sinceNanos = nowNanos;
            suspicion.quietNanos = nowNanos;
        });
    }

    /** A check of it has passed. */
    void passed(Member member, long nowNanos) {
        Suspicion suspicion = open.get(member);
        if (suspicion != null) {
            suspicion.quietNanos = nowNanos;
        }
    }

    /**
     * Whether a failed check confirms it.
     *
     * @param down whether so many have failed that the instance is down
     */
    boolean isConfirmedByCheck(Member member, boolean down) {
        Suspicion suspicion = open.get(member);
        return suspicion != null && (down || !suspicion.mass);
    }

    /** Those that nobody has heard of for too long. */
    List<Member> overdue(long nowNanos) {
        List<Member> overdue = new ArrayList<>();
        open.forEach((member, suspicion) -> {
            long patience = leaseNanos * (suspicion.mass ? LEASES_IN_MASS : LEASES_ALONE);
            boolean isTooLong = !suspicion.mass && nowNanos - suspicion.sinceNanos >= leaseNanos * LEASES_AT_MOST;
            if (isTooLong || nowNanos - suspicion.quietNanos >= patience) {
                overdue.add(member);
            }
        });
        return overdue;
    }
}
