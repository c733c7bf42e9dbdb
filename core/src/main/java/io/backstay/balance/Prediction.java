package io.backstay.balance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Notices an instance that degrades before it fails. Its latency, or its share of failures, must be beyond what chance would do beside its
 * own past and beside its peers at once: what moves all alike is the load or something behind them, and no fault of one.
 *
 * <p>Two reviews in a row make a warning, or a single one that is very far off. The bounds are such that on steady noise an instance is
 * warned of less than once a day.
 */
final class Prediction {

    /** No slowing below this factor is worth a word. */
    private static final double LEAST_SHIFT = Math.log(1.3);

    private static final double SUSPICIOUS = 3.5;
    private static final double SURE = 5;
    /** What ends a suspicion, and twice in a row a warning. */
    private static final double UNSUSPICIOUS = 1.75;
    /** What is beyond this does not become its past. */
    private static final double USUAL = 2.5;

    private static final int SUSPICIONS = 2;
    private static final int RELIEFS = 2;
    /** Then what it is now is its past: ten minutes. */
    private static final int LONGEST_WARNING = 120;

    private static final double LEAST_FAILURES = 0.005;
    private static final double LEAST_SHARE = 0.1;
    private static final double GREATEST_SHARE = 0.9;

    /** What came of a review. */
    interface Verdicts {
        void degrading(Member member, double share, String reason);

        void recovered(Member member);
    }

    private final Verdicts verdicts;

    Prediction(Verdicts verdicts) {
        this.verdicts = verdicts;
    }

    /** Looks at all that have a new mean. */
    void review(List<Member> fresh) {
        List<Trend> known = new ArrayList<>();
        long called = 0;
        long failed = 0;
        for (Member member : fresh) {
            Trend trend = Trend.of(member);
            if (trend.hasPast()) {
                known.add(trend);
            }
            called += trend.called();
            failed += trend.failed();
        }
        double[] shifts = known.stream().mapToDouble(Trend::shift).sorted().toArray();
        for (Member member : fresh) {
            Trend trend = Trend.of(member);
            double peersFailures = share(failed - trend.failed(), called - trend.called());
            if (trend.hasPast()) {
                double beyondPeers = trend.shift() - shiftOfOthers(shifts, trend.shift());
                judge(member, trend, Math.min(trend.shift(), beyondPeers), shifts.length, peersFailures);
            } else {
                trend.learn();
            }
        }
    }

    private static double share(long failed, long called) {
        return called <= 0 ? 0 : (double) failed / called;
    }

    /** The median of all but this one; 0 where there is no other. */
    private static double shiftOfOthers(double[] sorted, double own) {
        int others = sorted.length - 1;
        if (others < 1) {
            return 0;
        }
        int index = Arrays.binarySearch(sorted, own);
        int middle = (others - 1) / 2;
        return sorted[middle < index ? middle : middle + 1];
    }

    private void judge(Member member, Trend trend, double slower, int peers, double peersFailures) {
        double usualFailures = Math.max(LEAST_FAILURES, Math.max(trend.usualFailureShare(), peersFailures));
        trend.note(slower, usualFailures * trend.called());
        double doubt = trend.doubt() * Math.sqrt(1 + 1.0 / Math.max(1, peers - 1));
        Recent recent = trend.recent();
        double now = recent.now(LEAST_SHIFT, doubt);
        if (now > SUSPICIOUS) {
            trend.suspicions++;
        } else if (now < UNSUSPICIOUS) {
            trend.suspicions = 0;
        }
        if (trend.warned) {
            follow(member, trend, slower, now);
        } else if (trend.suspicions >= SUSPICIONS || recent.atMost(LEAST_SHIFT, doubt) > SURE) {
            trend.warned = true;
            trend.reviewsSinceWarning = 0;
            trend.reliefs = 0;
            verdicts.degrading(
                    member,
                    remaining(slower, trend),
                    recent.fails(LEAST_SHIFT, doubt) ? failing(trend, peersFailures) : slowness(slower));
        } else if (now < USUAL) {
            trend.learn();
        }
    }

    private void follow(Member member, Trend trend, double slower, double deviations) {
        boolean better = deviations < UNSUSPICIOUS;
        trend.reliefs = better ? trend.reliefs + 1 : 0;
        trend.reviewsSinceWarning++;
        if (trend.reliefs >= RELIEFS) {
            trend.warned = false;
            verdicts.recovered(member);
            return;
        }
        member.health(remaining(slower, trend));
        if (trend.reviewsSinceWarning > LONGEST_WARNING) {
            trend.learn();
        }
    }

    /** What it may have: as much less as it is slower, and as it fails. */
    private static double remaining(double slower, Trend trend) {
        double share = Math.exp(-Math.max(0, slower)) * (1 - trend.failureShare());
        return Math.max(LEAST_SHARE, Math.min(GREATEST_SHARE, share));
    }

    private static String slowness(double slower) {
        return String.format(Locale.ROOT, "%.1f times as slow as it was, beside its peers", Math.exp(slower));
    }

    private static String failing(Trend trend, double peersFailures) {
        return String.format(
                Locale.ROOT,
                "%.1f %% of its calls fail, %.1f %% of its peers'",
                100 * trend.failureShare(),
                100 * peersFailures);
    }

    /** It is warned of no longer, whatever it does. */
    void forget(Member member) {
        Trend trend = Trend.of(member);
        if (trend.warned) {
            trend.warned = false;
            trend.suspicions = 0;
            verdicts.recovered(member);
        }
    }
}
