package io.backstay.balance;

import io.backstay.Priority;
import io.backstay.spi.Balancer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Instances as near as one another that may be chosen, and how one is picked among them. Immutable. */
final class Group {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.balancer");
    private static final int MOST_PICKS = 4;

    private final Member[] members;
    private final Balancer.Picker picker;
    private final AtomicBoolean failed = new AtomicBoolean();

    private Group(List<? extends Pickable> candidates, Balancer balancer) {
        this.members = candidates.stream().map(Pickable::member).toArray(Member[]::new);
        this.picker = picker(List.copyOf(candidates), balancer);
    }

    /** Of at least one. The balancer may be the user's own. */
    static Group of(List<? extends Pickable> candidates, Balancer balancer) {
        return new Group(candidates, balancer);
    }

    private Balancer.Picker picker(List<? extends Pickable> candidates, Balancer balancer) {
        try {
            return balancer.over(candidates);
        } catch (RuntimeException e) {
            failed(e);
            return request -> candidates.get(0);
        }
    }

    /** Said once for each group: a balancer that fails would fail with every call. */
    private void failed(RuntimeException thrown) {
        if (failed.compareAndSet(false, true)) {
            LOG.error("a balancer failed; instances are looked through in its place", thrown);
        }
    }

    int size() {
        return members.length;
    }

    /** What the balancer says, as far as it will do; null where it does not. */
    @Nullable
    Chosen pick(Selection call, Priority priority) {
        for (int i = 0; i < MOST_PICKS; i++) {
            Member picked = pick(call);
            if (picked == null) {
                return null;
            }
            Chosen chosen = call.allows(picked) ? picked.take(priority, call.nowNanos()) : null;
            if (chosen != null) {
                return chosen;
            }
        }
        return null;
    }

    private @Nullable Member pick(Selection call) {
        try {
            return ((Pickable) picker.pick(call)).member();
        } catch (RuntimeException e) {
            failed(e);
            return null;
        }
    }

    /** Any that will do, from one on that chance says. */
    @Nullable
    Chosen lookThrough(Selection call, Priority priority, RandomGenerator random) {
        return lookThrough(members, call, priority, random);
    }

    static @Nullable Chosen lookThrough(Member[] members, Selection call, Priority priority, RandomGenerator random) {
        int size = members.length;
        int first = size > 1 ? random.nextInt(size) : 0;
        for (int i = 0; i < size; i++) {
            Member member = members[(first + i) % size];
            Chosen chosen = call.allows(member) ? member.take(priority, call.nowNanos()) : null;
            if (chosen != null) {
                return chosen;
            }
        }
        return null;
    }

    boolean hasUntried(Selection call) {
        for (Member member : members) {
            if (!call.hasTried(member.instance())) {
                return true;
            }
        }
        return false;
    }
}
