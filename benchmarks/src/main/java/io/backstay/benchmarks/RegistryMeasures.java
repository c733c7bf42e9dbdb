package io.backstay.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What was measured of discovery as a whole, beside what JMH measures: memory, health checks, the way through Redis. Each part has JVMs of
 * its own.
 */
record RegistryMeasures(
        Machine machine,
        boolean quick,
        List<Memory> memory,
        List<CheckCost.Cost> checks,
        List<RegistryLatency.Latency> redis) {

    private static final int ROUNDS = 3;
    private static final int SAMPLES = 1_000;
    private static final int SAMPLES_OF_A_TRY = 200;

    /** Kilobytes for 1,000 services of one instance each, when there are so many, round by round. */
    record Memory(int services, List<Double> kilobytes) {

        double mean() {
            return kilobytes.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        }
    }

    static RegistryMeasures measure(boolean quick) throws IOException, InterruptedException {
        List<Memory> memory = new ArrayList<>();
        for (int services : quick ? new int[] {1_000} : new int[] {1_000, 10_000, 100_000}) {
            List<Double> rounds = new ArrayList<>();
            for (int round = 0; round < (quick ? 1 : ROUNDS); round++) {
                rounds.add(RegistryFootprint.kilobytesOfThousand(services));
            }
            memory.add(new Memory(services, rounds));
        }
        List<RegistryLatency.Latency> redis = new ArrayList<>();
        for (int services : quick ? new int[] {1_000} : new int[] {10, 1_000, 10_000}) {
            redis.add(RegistryLatency.measure(services, quick ? SAMPLES_OF_A_TRY : SAMPLES));
        }
        List<CheckCost.Cost> checks = List.of(CheckCost.measure("tcp", quick), CheckCost.measure("http", quick));
        return new RegistryMeasures(Machine.here(), quick, memory, checks, redis);
    }
}
