package io.backstay.registry;

import java.time.Duration;
import java.time.Instant;

/** What is kept of the checks of one instance by this process. Touched on the registry's serial executor only. */
final class Checked {

    private static final double LAST_COUNTS = 0.2;

    final Member member;
    final HealthCheck check;
    /** Which of its places in the queue is the valid one. */
    int turn;

    boolean running;
    boolean stopped;
    /** Whether the word of these checks counts. */
    boolean counts;

    boolean down;
    /** Whether the last check was one that says something of calls too. */
    boolean likeACall;

    private int made;
    private int failures;
    private int successes;
    private long downSinceNanos;
    private double averageNanos;

    Checked(Member member, HealthCheck check, long nowNanos) {
        this.member = member;
        this.check = check;
        this.down = member.down;
        this.downSinceNanos = nowNanos;
    }

    /** Whether it is to be made by HTTP, where that can be done. */
    boolean isByHttp() {
        return check.kind() == HealthCheck.Kind.HTTP
                || (check.kind() == HealthCheck.Kind.AS_TOLD && HealthPath.told(member.entry.instance()) != null);
    }

    /** Whether the last check has passed. */
    boolean hasPassed() {
        return successes > 0;
    }

    /** Begins anew: the instance is another one, or has not been looked at for a while. */
    void forget() {
        down = false;
        made = 0;
        failures = 0;
        successes = 0;
    }

    /** Goes on from what others said before, unless it knows better. */
    void inherit(boolean isDown, long nowNanos) {
        if (down != isDown && made < check.failuresToDown()) {
            forget();
            down = isDown;
            downSinceNanos = nowNanos;
        }
    }

    /** Counts a check that has ended. */
    InstanceHealth count(Probe.Outcome outcome, long beganNanos, long endedNanos, Instant at) {
        long took = Math.max(0, endedNanos - beganNanos);
        made++;
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
