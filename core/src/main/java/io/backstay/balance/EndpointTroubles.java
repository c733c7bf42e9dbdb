package io.backstay.balance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints of a service that have failed lately; usually none. Where more fail than can be watched one by one, as when paths are
 * written out and not templates, all are watched as one until none has failed for a while. Thread-safe; looking one up takes no lock.
 */
final class EndpointTroubles {

    private static final int MOST = 32;
    private static final EndpointTrouble[] NONE = {};

    private volatile EndpointTrouble[] all = NONE;
    /** All endpoints as one; null while they are watched one by one. */
    private volatile @Nullable EndpointTrouble together;

    /** The trouble at an endpoint; null where there is none. */
    @Nullable
    EndpointTrouble find(Selection call) {
        EndpointTrouble[] now = all;
        if (now.length == 0) {
            return together;
        }
        String method = call.method();
        String template = call.pathTemplate();
        for (EndpointTrouble trouble : now) {
            if (trouble.isOf(method, template)) {
                return trouble;
            }
        }
        return null;
    }

    /** The same, from now on if there was none. */
    EndpointTrouble findOrAdd(Selection call, long nowNanos) {
        EndpointTrouble known = find(call);
        return known != null ? known : add(call, nowNanos);
    }

    private synchronized EndpointTrouble add(Selection call, long nowNanos) {
        EndpointTrouble known = find(call);
        if (known != null) {
            return known;
        }
        forgetThoseThatAreOver(nowNanos);
        if (all.length >= MOST) {
            EndpointTrouble one = new EndpointTrouble("all", "endpoints", nowNanos);
            together = one;
            all = NONE;
            return one;
        }
        EndpointTrouble[] more = Arrays.copyOf(all, all.length + 1);
        EndpointTrouble added = new EndpointTrouble(call.method(), call.pathTemplate(), nowNanos);
        more[all.length] = added;
        all = more;
        return added;
    }

    synchronized void forgetThoseThatAreOver(long nowNanos) {
        EndpointTrouble one = together;
        if (one != null && one.isOver(nowNanos)) {
            together = null;
        }
        List<EndpointTrouble> kept = new ArrayList<>();
        for (EndpointTrouble trouble : all) {
            if (!trouble.isOver(nowNanos)) {
                kept.add(trouble);
            }
        }
        if (kept.size() < all.length) {
            all = kept.toArray(EndpointTrouble[]::new);
        }
    }

    /** After a new list of instances. */
    void forgetThoseThatAreGone() {
        EndpointTrouble one = together;
        if (one != null) {
            one.forgetThoseThatAreGone();
        }
        for (EndpointTrouble trouble : all) {
            trouble.forgetThoseThatAreGone();
        }
    }

    /** How many failures in a row of an instance, at whatever endpoints, are its own. */
    int ownFailures(Member member) {
        EndpointTrouble one = together;
        int sum = one == null ? 0 : one.ownFailures(member);
        for (EndpointTrouble trouble : all) {
            sum += trouble.ownFailures(member);
        }
        return sum;
    }
}
