package io.backstay.balance;

import io.backstay.EjectionPolicy;
import io.backstay.InstanceStatus;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/** Leaves instances out for a while, and takes them back. Thread-safe. */
final class Ejector {

    private static final double PERCENT = 100;

    private final Roster roster;
    private final EndpointTroubles troubles;
    private final Notices notices;
    private final TimeSource time;
    private final DelayScheduler scheduler;
    private final LongAdder ejections = new LongAdder();
    private volatile EjectionPolicy policy;

    Ejector(
            EjectionPolicy policy,
            Roster roster,
            EndpointTroubles troubles,
            Notices notices,
            TimeSource time,
            DelayScheduler scheduler) {
        this.policy = policy;
        this.roster = roster;
        this.troubles = troubles;
        this.notices = notices;
        this.time = time;
        this.scheduler = scheduler;
    }

    EjectionPolicy policy() {
        return policy;
    }

    /** How many there have been. */
    long ejections() {
        return ejections.sum();
    }

    /** With the roster's lock held. */
    void follow(EjectionPolicy next) {
        policy = next;
        if (!next.enabled()) {
            for (Member member : roster.members()) {
                end(member, "ejection was switched off", time.nanoTime());
            }
        }
    }

    /**
     * Decides what follows from a failure.
     *
     * @param trouble that of its endpoint
     * @param streak how many failures in a row the endpoint has had there
     * @param inARow how many the instance has had
     */
    void afterFailure(Member member, EndpointTrouble trouble, int streak, int inARow, int endpoint, long nowNanos) {
        EjectionPolicy now = policy;
        int most = now.consecutiveFailures();
        if (!now.enabled() || member.ejection().isOn()) {
            return;
        }
        if (isTimesOf(streak, most) && trouble.failsThereAlone(member, endpoint)) {
            avoid(member, trouble, now, nowNanos);
        } else if (isTimesOf(inARow, most) && troubles.ownFailures(member) >= most) {
            eject(member, inARow + " failures in a row", nowNanos);
        }
    }

    /** Looked at again each time that as many have come together, rather than at each failure beyond. */
    private static boolean isTimesOf(int number, int most) {
        return number >= most && number % most == 0;
    }

    private void avoid(Member member, EndpointTrouble trouble, EjectionPolicy now, long nowNanos) {
        Duration avoided = trouble.avoidAt(member, now.time(), now.maxTime(), roster.members().length, nowNanos);
        if (avoided != null) {
            notices.add(listener -> listener.onAvoided(member.instance(), trouble.toString(), avoided));
            notices.deliver();
        }
    }

    void eject(Member member, String reason, long nowNanos) {
        roster.lock.lock();
        try {
            EjectionPolicy now = policy;
            if (!now.enabled() || member.isGone() || member.ejection().isOn() || !hasRoom(member, now)) {
                return;
            }
            Ejection ejection = member.ejection();
            Duration lasting = ejection.begin(now, nowNanos);
            ejection.endsBy(scheduler.schedule(() -> restore(member, "its time is over"), lasting));
            int times = ejection.count();
            ejections.increment();
            roster.changed();
            notices.add(listener -> listener.onEjected(member.instance(), reason, lasting, times));
        } finally {
            roster.lock.unlock();
        }
        notices.deliver();
    }

    /** Whether this one may be ejected beside those that are: standbys make no room for others, nor others for standbys. */
    private boolean hasRoom(Member next, EjectionPolicy now) {
        int up = 0;
        int out = 0;
        for (Member member : roster.members()) {
            if (member.status() == InstanceStatus.UP && member.isStandby() == next.isStandby()) {
                up++;
                out += member.ejection().isOn() ? 1 : 0;
            }
        }
        return (out + 1) * PERCENT <= up * now.maxPercent() && out + 1 < up;
    }

    /** With the roster's lock held, after a new list: where all that are up are ejected, takes back the one that was to come next. */
    void keepOne() {
        long now = time.nanoTime();
        Member next = null;
        for (Member member : roster.members()) {
            if (member.status() == InstanceStatus.UP) {
                if (!member.ejection().isOn()) {
                    return;
                }
                next = next == null || comesBefore(member, next, now) ? member : next;
            }
        }
        if (next != null) {
            end(next, "no other is left", now);
        }
    }

    private static boolean comesBefore(Member one, Member other, long nowNanos) {
        return one.isStandby() == other.isStandby()
                ? one.ejection().remaining(nowNanos).compareTo(other.ejection().remaining(nowNanos)) < 0
                : other.isStandby();
    }

    /** Takes it back, if it is out. */
    void restore(Member member, String reason) {
        roster.lock.lock();
        try {
            if (!member.isGone()) {
                end(member, reason, time.nanoTime());
            }
        } finally {
            roster.lock.unlock();
        }
        notices.deliver();
    }

    private void end(Member member, String reason, long nowNanos) {
        if (!member.ejection().isOn()) {
            return;
        }
        member.ejection().end(nowNanos);
        member.forgetFailures();
        member.start(nowNanos);
        roster.changed();
        notices.add(listener -> listener.onRestored(member.instance(), reason));
    }
}
