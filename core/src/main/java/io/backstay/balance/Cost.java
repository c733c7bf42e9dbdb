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
    /** For each attempt of an instance that has answered nothing yet, in nanoseconds: an hour. */
    private static final double UNKNOWN_COST = 3.6e12;

    final Tuning tuning;

    private long stampNanos;
    /** Mean over the decay time, in nanoseconds; 0 while nothing is known. */
    private float latency;
    /** Mean of the last few. */
    private float recent;
    /** Share of failures among the last. */
    private float failing;

    private int samples;

    Cost(Tuning tuning) {
        this.tuning = tuning;
    }

    double cost(int pending, long nowNanos) {
        float usual = latency;
        if (usual == 0) {
            return UNKNOWN_COST * pending;
        }
        return expected(usual, nowNanos) * (pending + 1) * (1 + FAILING_COST * failing);
    }

    /** The mean, or the last few where they are far above it; sinking when nothing has been heard for more than the decay time. */
    private double expected(float usual, long nowNanos) {
        float last = recent;
        double expected = last > PEAK * usual ? last : usual;
        long decayNanos = tuning.decayNanos;
        long silentNanos = nowNanos - stampNanos - decayNanos;
        return silentNanos <= 0 ? expected : expected * Math.exp(-silentNanos / (double) decayNanos);
    }

    /** The mean in nanoseconds; 0 while nothing is known. */
    final double latencyNanos() {
        return latency;
    }

    final double failingShare() {
        return failing;
    }

    /** An answer. The first ones count alike, later ones by the time between them. */
    final void answered(long latencyNanos, long nowNanos) {
        learn((float) Math.max(1, latencyNanos), nowNanos, 0);
    }

    /** A failure: quick as it may have been, it makes nothing cheaper. */
    final void failed(long latencyNanos, double typicalNanos, long nowNanos) {
        float least = latency == 0 ? (float) typicalNanos : latency;
        learn(Math.max(least, (float) latencyNanos), nowNanos, 1);
    }

    /** An answer that tells of the load only if it took long. */
    final void answeredEarly(long latencyNanos, long nowNanos) {
        learn(Math.max(Math.max(1, latency), (float) latencyNanos), nowNanos, 0);
    }

    /** An attempt that nobody waited for any longer: its answer would have taken at least this time. */
    final void unfinished(long latencyNanos, long nowNanos) {
        if (latency == 0) {
            learn((float) Math.max(1, latencyNanos), nowNanos, 0);
        } else if (latencyNanos > recent) {
            recent += (latencyNanos - recent) * RECENT_GAIN;
        }
    }

    private void learn(float value, long nowNanos, int failures) {
        int before = samples;
        if (before == 0) {
            latency = value;
            recent = value;
            stampNanos = nowNanos;
        } else {
            long sinceNanos = Math.max(0, nowNanos - stampNanos);
            double apart = sinceNanos / (double) tuning.decayNanos;
            double gain = Math.max(apart / (1 + apart), 1.0 / (before + 1));
            latency += (float) ((value - latency) * gain);
            recent += (value - recent) * RECENT_GAIN;
            stampNanos += sinceNanos;
        }
        failing += (failures - failing) * FAILING_GAIN;
        samples = before == Integer.MAX_VALUE ? before : before + 1;
    }

    /** The past is no longer held against it. */
    final void forgive() {
        failing = 0;
        recent = latency;
    }
}
