package io.backstay.balance;

import io.backstay.BalancePolicy;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Ten instances at 70 % load, one of them ten times slower than the others, by 20 seeds. */
class BalancerQualityTest {

    private static final int SEEDS = 20;
    private static final int CALLS = 30_000;
    private static final double LOAD = 0.7;

    private static double p99(long seed, double meanNanos, String balancer) {
        double[] means = new double[10];
        Arrays.fill(means, meanNanos);
        means[3] *= 10;
        Fleet fleet = new Fleet(seed, means);
        List<Long> latencies =
                fleet.run(balancer.equals("omniscient") ? fleet.omniscient() : pooled(balancer), LOAD, CALLS);
        return Fleet.percentile(latencies, 0.99).toNanos();
    }

    private static Fleet.Chooser pooled(String balancer) {
        PoolFixture fixture = new PoolFixture(BalancePolicy.of(balancer));
        fixture.pool.onInstances(PoolFixture.instances(10));
        return new Fleet.Pooled(fixture.pool, TestCall::new);
    }

    /** From 1 ms, where 10 s of decay are thousands of calls, to 100 ms, where they are some tens. */
    @ParameterizedTest
    @ValueSource(doubles = {1e6, 1e7, 1e8})
    void peakEwma_isNearAnOmniscientChoice_andFarFromRoundRobin(double meanNanos) {
        double sum = 0;
        double worst = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            double omniscient = p99(seed, meanNanos, "omniscient");
            double peakEwma = p99(seed, meanNanos, BalancePolicy.PEAK_EWMA);
            sum += peakEwma / omniscient;
            worst = Math.max(worst, peakEwma / omniscient);
            assertThat(peakEwma).as("seed %d", seed).isLessThan(p99(seed, meanNanos, BalancePolicy.ROUND_ROBIN) / 2);
        }
        assertThat(worst).as("the worst of all seeds").isLessThan(1.6);
        assertThat(sum / SEEDS).as("the mean of all seeds").isLessThan(1.5);
    }
}
