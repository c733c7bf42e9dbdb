package io.backstay.registry;

import io.backstay.state.ReplicaStatus;
import java.time.Duration;

/**
 * Which instances this process checks itself, and whether its word on one counts or that of others. Used on the registry's serial executor
 * only.
 */
final class CheckDuty {

    private final OwnView view;
    private final Duration blindness;

    /**
     * That of one process.
     *
     * @param blindness after what time without word of the others nothing is left to them
     */
    CheckDuty(OwnView view, Duration blindness) {
        this.view = view;
        this.blindness = blindness;
    }

    /** Whether this process looks at an instance itself. */
    boolean isToLook(Member member) {
        return isOurs(member) && (isBlind(member.region) || member.region.watching.isToLook(view, member));
    }

    /** Whether its own word counts here, rather than that of others. */
    boolean decides(Member member) {
        Region region = member.region;
        return isOurs(member)
                && (isBlind(region)
                        || region.watching.counts(view, member)
                        || !region.watching.hasOthers(view, member.service()));
    }

    /** Whether an instance answers checks, by the last one made here, or by the word of those who make them. */
    boolean answers(Member member) {
        Checked checked = member.checked;
        return (checked != null && isToLook(member)) ? checked.hasPassed() : member.region.watching.sayAlive(member);
    }

    private static boolean isOurs(Member member) {
        return member.region.isHome() && member.checked != null;
    }

    private boolean isBlind(Region region) {
        ReplicaStatus status = region.instances().status();
        return !status.inStep() && status.age().compareTo(blindness) > 0;
    }
}
