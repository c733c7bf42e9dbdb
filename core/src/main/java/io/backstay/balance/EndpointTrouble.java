package io.backstay.balance;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint, a method and a path template, that has failed lately: how it does on one instance beside all others. Thread-safe; counts
 * are kept only from its first failure until it has been well for a while.
 */
final class EndpointTrouble {

    /** Beyond so many failing instances it is surely the endpoint. */
    private static final int MOST_MEMBERS = 1_000;

    /** Where so many others have failed one after the other with no success anywhere, it is the endpoint. */
    private static final int MANY_OTHERS = 2;

    private static final long QUIET_NANOS = Duration.ofMinutes(1).toNanos();

    private final String method;
    private final String template;
    private final AtomicLong calls = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong successes = new AtomicLong();
    /** Instances that have failed since the last success anywhere. */
    private final AtomicInteger failingSinceSuccess = new AtomicInteger();

    private final Map<Member, Streak> streaks = new ConcurrentHashMap<>();
    private volatile long failedNanos;
    private volatile boolean avoids;

    /** Failures of the endpoint in a row on one instance. */
    private static final class Streak {
        volatile int length;
        /** Whether it was reached by any of them; where it was not, they cannot be the endpoint's. */
        volatile boolean reached;

        volatile long sinceNanos;
        /** What all instances had before it began. */
        volatile long callsBefore;

        volatile long failuresBefore;
        /** How many successes there had been at its last failure. */
        volatile long successesBefore = -1;

        volatile int avoidances;
        volatile long avoidedUntilNanos;
        volatile boolean avoided;
    }

    EndpointTrouble(String method, String template, long nowNanos) {
        this.method = method;
        this.template = template;
        this.failedNanos = nowNanos;
    }

    boolean isOf(String itsMethod, String itsTemplate) {
        return template.equals(itsTemplate) && method.equals(itsMethod);
    }

    void succeeded(Member member) {
        calls.getAndIncrement();
        successes.getAndIncrement();
        failingSinceSuccess.set(0);
        Streak streak = streaks.get(member);
        if (streak != null && streak.length > 0) {
            streak.length = 0;
            streak.avoided = false;
        }
    }

    /** How many in a row there are at this instance by now; 0 where that is no longer counted. */
    int failed(Member member, boolean unreachable, long nowNanos) {
        failedNanos = nowNanos;
        long callsBefore = calls.getAndIncrement();
        long failuresBefore = failures.getAndIncrement();
        Streak streak = streak(member);
        if (streak == null) {
            return 0;
        }
        synchronized (streak) {
            if (streak.length == 0) {
                streak.sinceNanos = nowNanos;
                streak.callsBefore = callsBefore;
                streak.failuresBefore = failuresBefore;
                streak.reached = false;
            }
            streak.reached |= !unreachable;
            long good = successes.get();
            if (streak.successesBefore != good) {
                streak.successesBefore = good;
                failingSinceSuccess.getAndIncrement();
            }
            streak.length++;
            return streak.length;
        }
    }

    private @Nullable Streak streak(Member member) {
        Streak known = streaks.get(member);
        if (known != null) {
            return known;
        }
        return member.isGone() || streaks.size() >= MOST_MEMBERS
                ? null
                : streaks.computeIfAbsent(member, unused -> new Streak());
    }

    /** How many of this instance's failures in a row are its own: none where the others fail at it as well. */
    int ownFailures(Member member) {
        Streak streak = streaks.get(member);
        return streak == null || failsElsewhere(streak) ? 0 : streak.length;
    }

    /**
     * Whether, since this instance began to fail at it, at least half of the calls to the others have failed too; all of them, where it
     * could not even be reached. Where all calls of a key go to one instance at a time there are none to the others; then it counts whether
     * they failed before, as the calls were theirs.
     */
    boolean failsElsewhere(Member member) {
        Streak streak = streaks.get(member);
        return streak == null ? streaks.size() >= MOST_MEMBERS : failsElsewhere(streak);
    }

    private boolean failsElsewhere(Streak streak) {
        long own = streak.length;
        long others = calls.get() - streak.callsBefore - own;
        long failedThere = failures.get() - streak.failuresBefore - own;
        if (others <= 0) {
            return own > 1 && failingSinceSuccess.get() > MANY_OTHERS;
        }
        return streak.reached ? 2 * failedThere >= others : failedThere >= others;
    }

    /** Whether another endpoint has done well at this instance while this one failed there. */
    boolean failsThereAlone(Member member, int endpoint) {
        Streak streak = streaks.get(member);
        return streak != null && member.didWellElsewhere(endpoint, streak.sinceNanos);
    }

    /** Has it avoided at this instance, unless it would then be avoided at more than half. */
    @Nullable
    Duration avoidAt(Member member, Duration time, Duration most, int members, long nowNanos) {
        Streak streak = streaks.get(member);
        if (streak == null || 2 * (avoidedAt(nowNanos) + 1) > members) {
            return null;
        }
        synchronized (streak) {
            streak.avoidances++;
            double wanted = (double) streak.avoidances * time.toNanos();
            long nanos = (long) Math.min(wanted, (double) Math.max(time.toNanos(), most.toNanos()));
            streak.avoidedUntilNanos = nowNanos + nanos;
            streak.avoided = true;
            avoids = true;
            return Duration.ofNanos(nanos);
        }
    }

    private long avoidedAt(long nowNanos) {
        return streaks.values().stream()
                .filter(each -> isAvoided(each, nowNanos))
                .count();
    }

    private static boolean isAvoided(Streak streak, long nowNanos) {
        return streak.avoided && streak.avoidedUntilNanos - nowNanos > 0;
    }

    boolean isAvoidedAt(Member member, long nowNanos) {
        Streak streak = avoids ? streaks.get(member) : null;
        return streak != null && isAvoided(streak, nowNanos);
    }

    /** Of members that have left nothing is kept. */
    void forgetThoseThatAreGone() {
        streaks.keySet().removeIf(Member::isGone);
    }

    /** Whether it may be forgotten. */
    boolean isOver(long nowNanos) {
        return nowNanos - failedNanos > QUIET_NANOS && avoidedAt(nowNanos) == 0;
    }

    @Override
    public String toString() {
        return method + " " + template;
    }
}
