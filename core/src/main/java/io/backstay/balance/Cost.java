package io.backstay.balance;

/**
 * What one instance's attempts have cost lately. Written by whoever ends an attempt, without a lock: of two at the same moment one may be
 * lost, which no mean notices. Read by whoever picks; the atomic change of {@link Member}'s count that follows each writing lets them see it.
 */
abstract class Cost {

    /** So much longer than usual the last few have to take before they count in place of the mean. */
    private static final float PEAK = 3;
    /** Of the last few each counts a quarter, the one before it three quarters of that, and so on. */
    private static final float RECENT_GAIN = 0.25f;
    /** Of failures, likewise: some sixteen count. */
    private static final float FAILING_GAIN = 1 / 16f;
    /** How much costlier an instance is that fails all the time. */
    private static final double FAILING_COST = 10;
    /** Of what is usual, what one that was silent for long is taken to cost: less than others, so that it is tried. */
    private static final double TRIAL_COST = 0.5;
    /** With so much forgotten the next answer begins anew. */
    private static final double MOSTLY = 0.5;
    /** For each attempt of an instance that has answered nothing yet, in nanoseconds: an hour. */
    private static final double UNKNOWN_COST = 3.6e12;

    final Tuning tuning;

    /** When an estimate was last made of what came. */
    private long learnedNanos;
    /** When anything last came, and when an attempt last began. */
    private long heardNanos;

    private long begunNanos;
    /** Mean over the decay time, in nanoseconds; 0 while nothing is known. */
    private float latency;
    /** Mean of the last few. */
    private float recent;
    /** Share of failures among the last. */
    private float failing;

    private int samples;
    private boolean failedLast;

    Cost(Tuning tuning) {
        this.tuning = tuning;
    }

    double cost(int pending, long nowNanos) {
        float usual = latency;
        if (usual == 0) {
            return UNKNOWN_COST * pending;
        }
        float last = recent;
        double expected = last > PEAK * usual ? last : usual;
        double failures = failing;
        double forgotten = forgotten(Math.min(nowNanos - heardNanos, nowNanos - begunNanos));
        if (forgotten > 0) {
            expected = sunk(expected, TRIAL_COST * tuning.usualNanos(), forgotten);
            failures *= 1 - forgotten;
        }
        return expected * (pending + 1) * (1 + FAILING_COST * failures);
    }

    /**
     * How much of what is known is out of date, from 0 to 1, after a silence. One that has begun an attempt since is not silent, so that it
     * is tried by one and not by many.
     */
    private double forgotten(long silentNanos) {
        long patienceNanos = tuning.patienceNanos();
        long beyondNanos = silentNanos - patienceNanos;
        return beyondNanos <= 0 || tuning.usualNanos() == 0 ? 0 : Math.min(1, (double) beyondNanos / patienceNanos);
    }

    /** What is above the usual sinks to it, never to nothing, so that the attempts in progress always count. */
    private static double sunk(double value, double usual, double forgotten) {
        return value <= usual ? value : value + (usual - value) * forgotten;
    }

    /** An attempt begins. */
    final void begun(long nowNanos) {
        begunNanos = nowNanos;
    }

    /** The mean in nanoseconds; 0 while nothing is known. */
    final double latencyNanos() {
        return latency;
    }

    final double failingShare() {
        return failing;
    }

    /** Whether the last attempt that told of it has failed. */
    final boolean hasFailedLast() {
        return failedLast;
    }

    /** An answer. The first ones count alike, later ones by the time between them; after a long silence there is a first one again. */
    final void answered(long latencyNanos, long nowNanos) {
        failedLast = false;
        learn((float) Math.max(1, latencyNanos), nowNanos, 0);
    }

    /** A failure: quick as it may have been, it makes nothing cheaper. */
    final void failed(long latencyNanos, double typicalNanos, long nowNanos) {
        failedLast = true;
        float least = latency == 0 ? (float) typicalNanos : latency;
        learn(Math.max(least, (float) latencyNanos), nowNanos, 1);
    }

    /** An answer that tells of the load only if it took long. */
    final void answeredEarly(long latencyNanos, long nowNanos) {
        failedLast = false;
        double least = sunk(latency, tuning.usualNanos(), forgotten(nowNanos - heardNanos));
        learn(Math.max(Math.max(1, (float) least), (float) latencyNanos), nowNanos, 0);
    }

    /** An attempt that nobody waited for any longer: its answer would have taken at least this time. */
    final void unfinished(long latencyNanos, long nowNanos) {
        if (latency == 0) {
            learn(Math.max(Math.max(1, (float) latencyNanos), (float) tuning.usualNanos()), nowNanos, failing);
        } else if (latencyNanos > Math.max(latency, recent)) {
            learn((float) latencyNanos, nowNanos, failing);
        } else {
            if (latencyNanos > recent) {
                recent += (latencyNanos - recent) * RECENT_GAIN;
            }
            heard(nowNanos);
        }
    }

    private void learn(float value, long nowNanos, float failures) {
        int before = samples;
        long sinceNanos = before == 0 ? 0 : Math.max(0, nowNanos - learnedNanos);
        boolean anew = before == 0 || forgotten(nowNanos - heardNanos) >= MOSTLY;
        if (anew) {
            latency = value;
            recent = value;
        } else {
            double weight = 1 - Math.exp(-sinceNanos / (double) tuning.decayNanos);
            latency += (float) ((value - latency) * Math.max(weight, 1.0 / (before + 1)));
            recent += (float) ((value - recent) * Math.max(weight, RECENT_GAIN));
        }
        heard(nowNanos);
        failing += (failures - failing) * (anew && before > 0 ? 1 : FAILING_GAIN);
        samples = anew ? 1 : before == Integer.MAX_VALUE ? before : before + 1;
        learnedNanos = before == 0 ? nowNanos : learnedNanos + sinceNanos;
    }

    private void heard(long nowNanos) {
        if (samples == 0 || nowNanos - heardNanos > 0) {
            heardNanos = nowNanos;
        }
    }

    /** The past is no longer held against it. */
    final void forgive() {
        failing = 0;
        failedLast = false;
        recent = latency;
    }
}
