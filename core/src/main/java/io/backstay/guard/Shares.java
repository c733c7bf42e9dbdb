package io.backstay.guard;

import io.backstay.ConcurrencyPolicy;
import io.backstay.Priority;

/**
 * A limit and what of it is promised to each priority: {@code ceil(limit x share)}. Immutable.
 *
 * <p>A call is admitted when, with it, the sum over all priorities of the greater of its promise and its calls in flight stays
 * within the limit. So a call within its own promise never waits for others, and what is spare is free for all. One permit always stays
 * for all: the promises together are less than the limit, those of the more important being met first.
 */
final class Shares {

    private final int limit;
    private final long promised;
    /** As long as no more are in flight, nothing that is promised can be in the way. */
    private final int unpromised;

    private Shares(int limit, long promised) {
        this.limit = limit;
        this.promised = promised;
        this.unpromised = limit - Lanes.sum(promised);
    }

    static Shares of(ConcurrencyPolicy policy, int limit) {
        long promised = 0;
        int left = limit - 1;
        for (Priority priority : Priority.values()) {
            int wanted = (int) Math.ceil(limit * policy.share(priority) / 100);
            int given = Math.min(wanted, left);
            promised += given * Lanes.one(priority);
            left -= given;
        }
        return new Shares(limit, promised);
    }

    int limit() {
        return limit;
    }

    int promised(Priority priority) {
        return Lanes.get(promised, priority);
    }

    /** Whether so many may be in flight. */
    boolean allow(long inFlight) {
        return Lanes.sum(inFlight) <= unpromised || Lanes.sumOfGreater(inFlight, promised) <= limit;
    }

    /** Whether one more of this priority is within what it is promised. */
    boolean isPromised(Priority priority, long inFlight) {
        return Lanes.get(inFlight, priority) < promised(priority);
    }
}
