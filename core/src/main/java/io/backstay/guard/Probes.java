package io.backstay.guard;

import java.util.Arrays;

/**
 * The probes of a half-open phase: so many places, each taken by one probe until it ends or its time is over. A probe is known by
 * its permit, so that one that was given up frees no place of another. Not thread-safe, but for {@link #refuses}.
 */
final class Probes {

    /** No permit: these are never negative. */
    private static final long FREE = -1;

    private final int limit;
    private final long[] permits;
    private final long[] startNanos;
    private int number;
    private int successes;
    private volatile boolean full;
    private volatile long fullUntilNanos;

    Probes(int limit) {
        this(limit, limit);
    }

    private Probes(int limit, int places) {
        this.limit = limit;
        this.permits = new long[places];
        this.startNanos = new long[places];
        Arrays.fill(permits, FREE);
    }

    /** The same probes with another limit; those on their way keep their places. */
    Probes withLimit(int other) {
        Probes next = new Probes(other, Math.max(other, permits.length));
        System.arraycopy(permits, 0, next.permits, 0, permits.length);
        System.arraycopy(startNanos, 0, next.startNanos, 0, startNanos.length);
        next.number = number;
        next.successes = successes;
        return next;
    }

    /** Whether there is certainly no place now; may be asked by any thread at any time. */
    boolean refuses(long nowNanos) {
        return full && nowNanos - fullUntilNanos < 0;
    }

    /** Takes a place, one whose probe was given up if there is no other. */
    long acquire(int epoch, long waitNanos, long nowNanos) {
        int place = freePlace(waitNanos, nowNanos);
        if (place < 0) {
            return CircuitBreaker.REFUSED;
        }
        long permit =
                Permits.ofEpoch(epoch) | Permits.RUNNING | Permits.probe(place, number++) | Permits.tick(nowNanos);
        permits[place] = permit;
        startNanos[place] = nowNanos;
        noteWhetherFull(waitNanos);
        return permit;
    }

    /** A place that is free, or that of the oldest probe whose time is over; -1 when there is neither. */
    private int freePlace(long waitNanos, long nowNanos) {
        int free = -1;
        int oldest = -1;
        int taken = 0;
        for (int place = 0; place < permits.length; place++) {
            if (permits[place] == FREE) {
                free = place;
                continue;
            }
            taken++;
            if (oldest < 0 || startNanos[place] - startNanos[oldest] < 0) {
                oldest = place;
            }
        }
        if (taken < limit) {
            return free;
        }
        return nowNanos - startNanos[oldest] >= waitNanos ? oldest : -1;
    }

    private void noteWhetherFull(long waitNanos) {
        int taken = 0;
        long until = Long.MAX_VALUE;
        long base = startNanos[0];
        for (int place = 0; place < permits.length; place++) {
            if (permits[place] != FREE) {
                taken++;
                until = Math.min(until, startNanos[place] - base + waitNanos);
            }
        }
        full = false;
        fullUntilNanos = base + until;
        full = taken >= limit;
    }

    /** Frees a probe's place; false when it has none, or no longer. */
    boolean end(long permit) {
        int place = Permits.placeOf(permit);
        if (place >= permits.length || permits[place] != permit) {
            return false;
        }
        permits[place] = FREE;
        full = false;
        return true;
    }

    /** Puts a changed permit in a probe's place; the permit that holds from now on, which is the same where it has no place, or no longer. */
    long replace(long permit, long changed) {
        int place = Permits.placeOf(permit);
        if (place >= permits.length || permits[place] != permit) {
            return permit;
        }
        permits[place] = changed;
        return changed;
    }

    /** Counts a probe that went well; how many have. */
    int succeed() {
        return ++successes;
    }

    int running() {
        int taken = 0;
        for (long permit : permits) {
            taken += permit == FREE ? 0 : 1;
        }
        return taken;
    }
}
