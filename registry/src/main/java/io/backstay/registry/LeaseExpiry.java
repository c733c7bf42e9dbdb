package io.backstay.registry;

import io.backstay.spi.DelayScheduler.Cancellable;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.SerialExecutor;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of instances whose lease has run out, or that the store has lost: suspect at once, and gone when that is confirmed, see {@link
 * Suspicions}. Used on the registry's serial executor only.
 */
final class LeaseExpiry {

    private static final Duration SWEEP = Duration.ofSeconds(1);
    /** How soon those are checked that many others are suspect with. */
    private static final Duration HURRY_IN_MASS = Duration.ofSeconds(2);

    private final ProviderContext context;
    private final SerialExecutor serial;
    private final Membership membership;
    private final Checks checks;
    private final CheckDuty duty;
    private final Set<Region> regionsWithSuspects = new HashSet<>();
    private @Nullable Cancellable sweep;
    private boolean closed;

    LeaseExpiry(ProviderContext context, SerialExecutor serial, Membership membership, Checks checks, CheckDuty duty) {
        this.context = context;
        this.serial = serial;
        this.membership = membership;
        this.checks = checks;
        this.duty = duty;
    }

    void suspect(Member member, String reason) {
        if (member.suspect) {
            return;
        }
        member.suspect = true;
        Region region = member.region;
        boolean mass = region.suspicions.add(member, context.time().nanoTime(), region.members);
        if (member.down && membership.removeIfSpare(member, reason + ", and checks have failed")) {
            return;
        }
        regionsWithSuspects.add(region);
        planSweep();
        membership.noteAnswers(member, duty.answers(member));
        checks.hurry(member, mass ? HURRY_IN_MASS : Duration.ZERO);
        membership.stand(member, reason);
    }

    private void planSweep() {
        if (sweep == null && !closed) {
            sweep = context.scheduler().schedule(() -> serial.execute(this::sweep), SWEEP);
        }
    }

    private void sweep() {
        sweep = null;
        long now = context.time().nanoTime();
        for (Region region : regionsWithSuspects) {
            region.suspicions.forEach(member -> {
                if (!duty.isToLook(member)) {
                    boolean alive = region.watching.sayAlive(member);
                    membership.noteAnswers(member, alive);
                    if (alive) {
                        region.suspicions.passed(member, now);
                    }
                }
            });
            // Who does not hear the store cannot know whom it has heard of since.
            List<Member> overdue = region.instances().status().inStep() ? region.suspicions.overdue(now) : List.of();
            for (Member member : overdue) {
                membership.removeIfSpare(member, "its lease has run out, and nothing was heard of it since");
            }
        }
        regionsWithSuspects.removeIf(region -> region.suspicions.isEmpty());
        if (!regionsWithSuspects.isEmpty()) {
            planSweep();
        }
    }

    void close() {
        closed = true;
        if (sweep != null) {
            sweep.cancel();
        }
    }
}
