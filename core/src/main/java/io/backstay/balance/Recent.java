package io.backstay.balance;

/**
 * How far the last reviews of an instance are from what is usual, in standard deviations of what chance does: the last alone, the last
 * two together, the last four, since what gets worse slowly shows in several sooner than in one. Used by one review at a time.
 */
final class Recent {

    private static final int[] WINDOWS = {1, 2, 4};
    private static final int MOST = 4;
    /** Standard deviation of the logarithm of an exponential latency; the least that is assumed of any single one. */
    private static final double NOISE = 1.3;
    /** Scales a spread that is known from few means: each adds doubt. */
    private static final double DOUBT = 4;

    private final double[] sums = new double[MOST];
    private final int[] counts = new int[MOST];
    private final int[] failures = new int[MOST];
    private final double[] expected = new double[MOST];
    private int last;
    /** For each window, by what factor it moves more, as a variance, than so many latencies would by chance. */
    private final double[] restlessness = new double[WINDOWS.length];

    /** A review: by how much the logarithm of so many latencies is higher, on average; failures, and how many would be usual. */
    void add(double shift, int latencies, int failed, double failedUsually) {
        last = (last + 1) % MOST;
        sums[last] = shift * latencies;
        counts[last] = latencies;
        failures[last] = failed;
        expected[last] = failedUsually;
    }

    private static double sum(double[] of, int window, int last) {
        double sum = 0;
        for (int i = 0; i < window; i++) {
            sum += of[(last + MOST - i) % MOST];
        }
        return sum;
    }

    private static int sum(int[] of, int window, int last) {
        int sum = 0;
        for (int i = 0; i < window; i++) {
            sum += of[(last + MOST - i) % MOST];
        }
        return sum;
    }

    /** Of the last review; a latency that has changed by less than the least shift counts for nothing. */
    double now(double leastShift, double doubt) {
        return both(0, leastShift, doubt);
    }

    /** The most of all windows. */
    double atMost(double leastShift, double doubt) {
        double most = 0;
        for (int i = 0; i < WINDOWS.length; i++) {
            most = Math.max(most, both(i, leastShift, doubt));
        }
        return most;
    }

    /** Whether it is failures, rather than latency, that are unusual. */
    boolean fails(double leastShift, double doubt) {
        int longest = WINDOWS.length - 1;
        return failures(longest) > latency(longest, leastShift, doubt);
    }

    /** Slowness and failures together. */
    private double both(int index, double leastShift, double doubt) {
        return Math.hypot(latency(index, leastShift, doubt), failures(index));
    }

    /** The root of the deviance: for few failures nearer to the truth than their distance over its root. */
    private double failures(int index) {
        int failed = sum(failures, WINDOWS[index], last);
        double usual = sum(expected, WINDOWS[index], last);
        return failed <= usual ? 0 : Math.sqrt(2 * (failed * Math.log(failed / usual) - (failed - usual)));
    }

    private double latency(int index, double leastShift, double doubt) {
        int count = sum(counts, WINDOWS[index], last);
        double shift = count == 0 ? 0 : sum(sums, WINDOWS[index], last) / count;
        double noise = NOISE * Math.sqrt(Math.max(1, restlessness[index]) / Math.max(1, count));
        return shift < leastShift ? 0 : shift / (noise * doubt);
    }

    /** Takes what there is as usual. */
    void learn(double gain) {
        for (int i = 0; i < WINDOWS.length; i++) {
            double sum = sum(sums, WINDOWS[i], last);
            double moved = sum * sum / (Math.max(1, sum(counts, WINDOWS[i], last)) * NOISE * NOISE);
            restlessness[i] += (moved - restlessness[i]) * gain;
        }
    }

    /** How much more doubt there is while so few means are known. */
    static double doubt(int means) {
        return 1 + DOUBT / Math.max(1, means);
    }
}
