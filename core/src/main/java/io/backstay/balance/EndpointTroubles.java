package io.backstay.balance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The endpoints of a service that have failed lately; usually none. Thread-safe; looking one up takes no lock. */
final class EndpointTroubles {

    private static final int MOST = 32;

    private volatile EndpointTrouble[] all = {};

    /** The trouble at an endpoint; null where there is none. */
    @Nullable
    EndpointTrouble find(Selection call) {
        EndpointTrouble[] now = all;
        if (now.length == 0) {
            return null;
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

    /** The same, from now on if there was none; null where there are too many. */
    @Nullable
    EndpointTrouble findOrAdd(Selection call, long nowNanos) {
        EndpointTrouble known = find(call);
        return known != null ? known : add(call, nowNanos);
    }

    private synchronized @Nullable EndpointTrouble add(Selection call, long nowNanos) {
        EndpointTrouble known = find(call);
        if (known != null) {
            return known;
        }
        forgetThoseThatAreOver(nowNanos);
        if (all.length >= MOST) {
            return null;
        }
        EndpointTrouble[] more = Arrays.copyOf(all, all.length + 1);
        EndpointTrouble added = new EndpointTrouble(call.method(), call.pathTemplate(), nowNanos);
        more[all.length] = added;
        all = more;
        return added;
    }

    synchronized void forgetThoseThatAreOver(long nowNanos) {
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

    /** How many failures in a row of an instance, at whatever endpoints, are its own. */
    int ownFailures(Member member) {
        int sum = 0;
        for (EndpointTrouble trouble : all) {
            sum += trouble.ownFailures(member);
        }
        return sum;
    }
}
