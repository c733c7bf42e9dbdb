package io.backstay.balance;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/** What attempts teach of their instances: costs and counts at once, ejection after a failure, a review every few seconds. Thread-safe. */
final class Learning implements Prediction.Verdicts {

    /** With more than these a review goes to a thread of its own. */
    private static final int FEW = 64;
    /** So many others say what is typical. */
    private static final int SAMPLE = 16;

    private final Roster roster;
    private final EndpointTroubles troubles;
    private final Ejector ejector;
    private final Notices notices;
    private final TimeSource time;
    private final DelayScheduler scheduler;
    private final Review review;
    private final LongAdder warnings = new LongAdder();

    Learning(
            Roster roster,
            EndpointTroubles troubles,
            Ejector ejector,
            Notices notices,
            TimeSource time,
            DelayScheduler scheduler) {
        this.roster = roster;
        this.troubles = troubles;
        this.ejector = ejector;
        this.notices = notices;
        this.time = time;
        this.scheduler = scheduler;
        this.review = new Review(
                roster.tuning(),
                this,
                (member, reason) -> ejector.eject(member, reason, time.nanoTime()),
                time.nanoTime());
    }

    void onResult(Member member, Selection call, AttemptResult result, long latencyNanos, long nowNanos) {
        switch (result) {
            case SUCCESS -> {
                member.answered(latencyNanos, nowNanos);
                member.countLatency(latencyNanos);
                didWell(member, call, nowNanos);
            }
            case ALIVE -> {
                member.answeredEarly(latencyNanos, nowNanos);
                didWell(member, call, nowNanos);
            }
            case BUSY -> member.failed(latencyNanos, typicalNanos(member), nowNanos);
            case FAILURE, UNREACHABLE -> {
                member.failed(latencyNanos, typicalNanos(member), nowNanos);
                failed(member, call, result == AttemptResult.UNREACHABLE, nowNanos);
            }
            case UNFINISHED -> member.unfinished(latencyNanos, nowNanos);
            case NOTHING -> {
                return;
            }
        }
        if (review.isDue(nowNanos)) {
            beginReview(nowNanos);
        }
    }

    private void didWell(Member member, Selection call, long nowNanos) {
        member.countSuccess(call.endpoint(), nowNanos);
        EndpointTrouble trouble = troubles.find(call);
        if (trouble != null) {
            trouble.succeeded(member);
        }
    }

    /** What an endpoint fails at everywhere is not held against any instance. */
    private void failed(Member member, Selection call, boolean unreachable, long nowNanos) {
        EndpointTrouble trouble = troubles.findOrAdd(call, nowNanos);
        int streak = trouble.failed(member, unreachable, nowNanos);
        if (!trouble.failsElsewhere(member)) {
            int inARow = member.countFailure();
            ejector.afterFailure(member, trouble, streak, inARow, call.endpoint(), nowNanos);
        }
    }

    /** What an answer takes at others, for one that has only failed so far. */
    private double typicalNanos(Member member) {
        if (member.latencyNanos() > 0) {
            return 0;
        }
        double sum = 0;
        int known = 0;
        Member[] all = roster.members();
        for (int i = 0; i < Math.min(SAMPLE, all.length); i++) {
            double latency = all[i].latencyNanos();
            sum += latency;
            known += latency > 0 ? 1 : 0;
        }
        return known == 0 ? 0 : sum / known;
    }

    private void beginReview(long nowNanos) {
        if (roster.members().length <= FEW) {
            review(nowNanos);
        } else {
            scheduler.schedule(() -> review(time.nanoTime()), Duration.ZERO);
        }
    }

    private void review(long nowNanos) {
        review.run(roster.members(), roster.policy(), ejector.policy(), nowNanos);
        troubles.forgetThoseThatAreOver(nowNanos);
        notices.deliver();
    }

    /** How often was warned of an instance that degrades. */
    long warnings() {
        return warnings.sum();
    }

    @Override
    public void degrading(Member member, double share, String reason) {
        member.health(share);
        warnings.increment();
        notices.add(listener -> listener.onDegrading(member.instance(), reason));
    }

    @Override
    public void recovered(Member member) {
        member.health(1);
        notices.add(listener -> listener.onRestored(member.instance(), "it does as well as before"));
    }
}
