package io.backstay.balance;

import io.backstay.Priority;
import io.backstay.spi.Balancer;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Instances as near as one another that may be chosen, and how one is picked among them. Immutable. */
final class Group {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.balancer");
    private static final int MOST_PICKS = 4;
    /** So many are looked at before one that has just failed is good enough, lest it take long where all have. */
    private static final int MOST_LOOKS = 64;

    private final Member[] members;
    private final Balancer.Picker picker;

    private Group(Member[] members, Balancer.Picker picker) {
        this.members = members;
        this.picker = picker;
    }

    /** Of at least one. The balancer may be the user's own. */
    static Group of(List<Member> members, Balancer balancer) {
        Member[] all = members.toArray(Member[]::new);
        try {
            return new Group(all, balancer.over(List.of(all)));
        } catch (RuntimeException e) {
            LOG.error("a balancer failed; instances are looked through in its place", e);
            return new Group(all, request -> all[0]);
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
            return (Member) picker.pick(call);
        } catch (RuntimeException e) {
            LOG.error("a balancer failed; instances are looked through in its place", e);
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
        int looks = call.isChoosy() ? Math.min(size, MOST_LOOKS) : size;
        for (int i = 0; i < looks; i++) {
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
