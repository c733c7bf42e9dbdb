package io.backstay.benchmarks;

import java.util.List;
import org.openjdk.jmh.util.ListStatistics;

/**
 * A geometric mean of ratios with its 95 % confidence interval by Student's t, both taken from the logarithms.
 *
 * @param mean the geometric mean
 * @param low the interval's lower end
 * @param high the interval's upper end
 */
record Ratio(double mean, double low, double high) {

    static Ratio of(List<Double> ratios) {
        ListStatistics logs =
                new ListStatistics(ratios.stream().mapToDouble(Math::log).toArray());
        double[] interval = logs.getConfidenceIntervalAt(0.95);
        return new Ratio(Math.exp(logs.getMean()), Math.exp(interval[0]), Math.exp(interval[1]));
    }
}
