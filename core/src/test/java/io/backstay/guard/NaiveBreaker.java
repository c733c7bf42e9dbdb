package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import java.util.ArrayList;
import java.util.List;

/** The plainest breaker there can be: a state, lists, and the rules as they are told. What the fast one is held against. */
final class NaiveBreaker {

    static final class Held {
        final int epoch;
        final long startNanos;
        final long bucket;

        Held(int epoch, long startNanos, long bucket) {
            this.epoch = epoch;
            this.startNanos = startNanos;
            this.bucket = bucket;
        }
    }

    private final CircuitBreakerPolicy policy;
    private BreakerState state = BreakerState.CLOSED;
    private int epoch;
    private long sinceNanos;
    private long judgedBucket;
    private NaiveWindow window;
    private int streak;
    private int successes;
    private final List<Held> probes = new ArrayList<>();

    NaiveBreaker(CircuitBreakerPolicy policy, long nowNanos) {
        this.policy = policy;
        this.sinceNanos = nowNanos;
        this.window = newWindow(nowNanos);
    }

    private NaiveWindow newWindow(long nowNanos) {
        long bucketNanos = policy.window().toNanos() / 10;
        return new NaiveWindow(bucketNanos, bucketNanos, 0, nowNanos);
    }

    BreakerState state() {
        return state;
    }

    int calls(long nowNanos) {
        return state == BreakerState.CLOSED ? window.calls(nowNanos) : 0;
    }

    int failures(long nowNanos) {
        return state == BreakerState.CLOSED ? window.failures(nowNanos) : 0;
    }

    int inFlight() {
        return switch (state) {
            case CLOSED -> window.inFlight();
            case HALF_OPEN -> probes.size();
            default -> 0;
        };
    }

    /** Time has come to this. */
    void pass(long nowNanos) {
        if (state == BreakerState.OPEN
                && nowNanos - sinceNanos >= policy.openTime().toNanos()) {
            moveTo(BreakerState.HALF_OPEN, nowNanos);
        }
        long bucket = (nowNanos - sinceNanos) / (policy.window().toNanos() / 10);
        if (state == BreakerState.CLOSED && bucket != judgedBucket) {
            judgedBucket = bucket;
            judgeSlow(nowNanos);
        }
    }

    Held acquire(long nowNanos) {
        if (state == BreakerState.OPEN) {
            return null;
        }
        if (state == BreakerState.CLOSED) {
            return new Held(epoch, nowNanos, window.start(nowNanos));
        }
        List<Held> givenUp = probes.stream()
                .filter(probe ->
                        nowNanos - probe.startNanos >= policy.probeWait().toNanos())
                .toList();
        if (probes.size() - givenUp.size() >= policy.probes()) {
            return null;
        }
        if (!givenUp.isEmpty() && probes.size() >= policy.probes()) {
            probes.remove(givenUp.get(0));
        }
        Held probe = new Held(epoch, nowNanos, 0);
        probes.add(probe);
        return probe;
    }

    void end(Held held, int how, long nowNanos) {
        if (held.epoch != epoch) {
            return;
        }
        boolean slow = nowNanos - held.startNanos > policy.slowCallTime().toNanos();
        if (state == BreakerState.CLOSED) {
            window.leave(held.bucket);
            count(how, slow, nowNanos);
        } else if (probes.remove(held)) {
            judgeProbe(how, slow, nowNanos);
        }
    }

    private void count(int how, boolean slow, long nowNanos) {
        if (how <= 1) {
            window.record(how == 1, slow, nowNanos);
        } else if (how == 3 && slow) {
            window.recordSlowOnly(nowNanos);
        }
        if (how == 1) {
            streak++;
            if (window.calls(nowNanos) >= policy.minimumCalls()
                    ? 100.0 * window.failures(nowNanos) / window.calls(nowNanos) >= policy.failureRate()
                    : streak >= policy.consecutiveFailures()) {
                moveTo(BreakerState.OPEN, nowNanos);
                return;
            }
        } else if (how != 3) {
            streak = 0;
        }
        if (slow && how != 2) {
            judgeSlow(nowNanos);
        }
    }

    private void judgeSlow(long nowNanos) {
        int hanging = window.inFlightLongerThan(policy.slowCallTime().toNanos(), nowNanos);
        int slow = window.slow(nowNanos) + hanging;
        int all = window.calls(nowNanos) + window.slowOnly(nowNanos) + hanging;
        if (slow > 0 && all >= policy.minimumCalls() && 100.0 * slow / all >= policy.slowCallRate()) {
            moveTo(BreakerState.OPEN, nowNanos);
        }
    }

    private void judgeProbe(int how, boolean slow, long nowNanos) {
        if (how == 1 || (slow && how != 2)) {
            moveTo(BreakerState.OPEN, nowNanos);
        } else if (how != 3 && ++successes >= policy.probeSuccesses()) {
            moveTo(BreakerState.CLOSED, nowNanos);
        }
    }

    private void moveTo(BreakerState next, long nowNanos) {
        state = next;
        epoch++;
        sinceNanos = nowNanos;
        judgedBucket = 0;
        window = newWindow(nowNanos);
        streak = 0;
        successes = 0;
        probes.clear();
    }
}
