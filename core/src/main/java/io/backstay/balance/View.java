package io.backstay.balance;

import io.backstay.Priority;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Which instances may be chosen as things stand, the nearest first, and what share of the calls each group gets. Immutable. */
final class View {

    private final Group[] groups;
    /** Up to which number between 0 and 1 chance means each group. */
    private final double[] upTo;
    /** Chosen when no other has room: those that may be gone, and those without a weight. */
    private final Member[] reserve;

    View(List<Group> groups, double[] shares, List<Member> reserve) {
        this.groups = groups.toArray(Group[]::new);
        this.reserve = reserve.toArray(Member[]::new);
        this.upTo = shares.clone();
        for (int i = 1; i < upTo.length; i++) {
            upTo[i] += upTo[i - 1];
        }
    }

    /** Null when none will do. */
    @Nullable
    Chosen choose(Selection call, RandomGenerator random) {
        if (groups.length == 0) {
            return null;
        }
        Priority priority = call.priority();
        Chosen chosen = drawn(random).pick(call, priority);
        while (chosen == null) {
            chosen = lookThrough(call, priority, random);
            if (chosen == null && !call.widen()) {
                return reserve.length == 0 ? null : Group.lookThrough(reserve, call, priority, random);
            }
        }
        return chosen;
    }

    private Group drawn(RandomGenerator random) {
        int last = groups.length - 1;
        if (last == 0 || upTo[0] >= 1) {
            return groups[0];
        }
        double chance = random.nextDouble();
        int drawn = 0;
        while (drawn < last && chance >= upTo[drawn]) {
            drawn++;
        }
        return groups[drawn];
    }

    private @Nullable Chosen lookThrough(Selection call, Priority priority, RandomGenerator random) {
        for (Group group : groups) {
            Chosen chosen = group.lookThrough(call, priority, random);
            if (chosen != null) {
                return chosen;
            }
        }
        return null;
    }

    boolean hasUntried(Selection call) {
        for (Group group : groups) {
            if (group.hasUntried(call)) {
                return true;
            }
        }
        return false;
    }

    /** How many may be chosen. */
    int size() {
        int sum = 0;
        for (Group group : groups) {
            sum += group.size();
        }
        return sum;
    }
}
