package io.backstay.registry;

import java.time.Duration;
import java.time.Instant;

/** What is kept of the checks of one instance by this process. Touched in turns only. */
final class Checked {

    private static final double LAST_COUNTS = 0.2;

    final Member member;
    final HealthCheck check;
    /** Which of its places in the queue is the valid one. */
    int turn;

    boolean running;
    boolean stopped;
    boolean down;
    /** Whether a check that passes says something of calls too: one by HTTP does. */
    final boolean speaksForCalls;

    private int failures;
    private int successes;
    private long downSinceNanos;
    private double averageNanos;

    Checked(Member member, HealthCheck check, long nowNanos) {
        this.member = member;
        this.check = check;
        this.down = member.down;
        this.downSinceNanos = nowNanos;
        this.speaksForCalls = check.kind() != HealthCheck.Kind.TCP
                && (check.kind() == HealthCheck.Kind.HTTP || HealthPath.told(member.entry.instance()) != null);
    }

    /** Whether the last check has passed. */
    boolean hasPassed() {
        return successes > 0;
    }

    /** As it was, for an instance that looks the same but is not the one that was checked. */
    void forget() {
        down = false;
        failures = 0;
        successes = 0;
    }

    /** Counts a check that has ended. */
    InstanceHealth count(Probe.Outcome outcome, long beganNanos, long endedNanos, Instant at) {
        long took = Math.max(0, endedNanos - beganNanos);
        if (outcome.passed()) {
            failures = 0;
            successes++;
            averageNanos = averageNanos == 0 ? took : averageNanos + LAST_COUNTS * (took - averageNanos);
            if (down && successes >= check.successesToUp()) {
                down = false;
            }
        } else {
            successes = 0;
            failures++;
            if (!down && failures >= check.failuresToDown()) {
                down = true;
                downSinceNanos = endedNanos;
            }
        }
        return new InstanceHealth(
                !down, at, outcome.detail(), Duration.ofNanos(took), Duration.ofNanos((long) averageNanos), failures);
    }

    /** Whether it has been down for so long that it is to be removed. */
    boolean isHopeless(long nowNanos) {
        return down
                && check.deregisterAfter()
                        .filter(time -> nowNanos - downSinceNanos >= time.toNanos())
                        .isPresent();
    }
}
