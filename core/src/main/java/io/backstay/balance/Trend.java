package io.backstay.balance;

/**
 * How an instance has done from review to review. Latencies are logarithms, so that what counts is by what factor they change, and single
 * long ones do not count too much. Used by one review at a time.
 */
final class Trend {

    /** So many calls make a mean at once. */
    private static final int ENOUGH = 20;
    /** So few do after some reviews: one that is slow may get few. */
    private static final int FEW = 3;

    private static final int SOME_GATHERED = 3;
    /** And any do after half a minute. */
    private static final int MANY_GATHERED = 6;
    /** So many means its own past needs before it is held against it. */
    private static final int SHORTEST_PAST = 6;
    /** So many means its past consists of: five minutes. */
    private static final double PAST = 60;

    final Tally tally = new Tally();

    // Gathered since the last mean.
    private int gathered;
    private int latencies;
    private double logSum;
    private int calls;
    private int failures;

    // Of this review.
    private boolean fresh;
    private boolean tells;
    private double mean;
    private int answered;
    private double failureShare;
    private int failed;
    private int called;

    // Its past.
    private int means;
    private double usual;
    private final Recent recent = new Recent();
    private double usualFailureShare;

    // What the last reviews thought of it.
    int suspicions;
    int reliefs;
    boolean warned;
    int reviewsSinceWarning;

    /** That of an instance, made now if there was none. */
    static Trend of(Member member) {
        Trend known = member.trend;
        if (known == null) {
            known = new Trend();
            member.trend = known;
        }
        return known;
    }

    /** Adds what there was since the last review; from now on {@link #isFresh} tells whether that is enough for a new mean. */
    void add(long callWord, long latencyWord) {
        latencies += LogSum.count(latencyWord);
        logSum += LogSum.sum(latencyWord);
        calls += CallCount.calls(callWord);
        failures += CallCount.failures(callWord);
        tally.add(callWord);
        gathered++;
        fresh = calls >= (gathered < SOME_GATHERED ? ENOUGH : gathered < MANY_GATHERED ? FEW : 1);
        if (fresh) {
            tells = latencies > 0;
            mean = tells ? logSum / latencies : usual;
            answered = latencies;
            called = calls;
            failed = failures;
            failureShare = (double) failures / calls;
        }
        if (fresh) {
            forgetGathered();
        }
    }

    /** Begins anew, as after an ejection; its past stays. */
    void restart() {
        forgetGathered();
        tally.clear();
        fresh = false;
        suspicions = 0;
    }

    private void forgetGathered() {
        gathered = 0;
        latencies = 0;
        logSum = 0;
        calls = 0;
        failures = 0;
    }

    /** Whether this review has a mean. */
    boolean isFresh() {
        return fresh;
    }

    boolean hasPast() {
        return means >= SHORTEST_PAST;
    }

    /** By how much the logarithm of its latency is above its own past. */
    double shift() {
        return mean - usual;
    }

    /** Takes note of how far beyond its past and its peers it is in this review. */
    void note(double beyondPeers, double failuresUsually) {
        recent.add(beyondPeers, answered, failed, failuresUsually);
    }

    Recent recent() {
        return recent;
    }

    /** How much more than chance there is to doubt. */
    double doubt() {
        return Recent.doubt(means);
    }

    double failureShare() {
        return failureShare;
    }

    double usualFailureShare() {
        return usualFailureShare;
    }

    int failed() {
        return failed;
    }

    int called() {
        return called;
    }

    /** Takes this review into its past. */
    void learn() {
        double gain = Math.max(1 / PAST, 1.0 / (means + 1));
        usualFailureShare += (failureShare - usualFailureShare) * gain;
        if (!tells) {
            return;
        }
        if (hasPast()) {
            recent.learn(gain);
        }
        usual = means == 0 ? mean : usual + (mean - usual) * gain;
        means++;
    }
}
