package io.backstay.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;

/**
 * What one of two systems did with one kind of call.
 *
 * @param benchmark its name, as {@code backstay_jdk_get_blocking}
 * @param failures of calls that were made again, see {@link Callers}
 * @param p50Micros of single calls
 * @param p99Micros of single calls
 * @param bytesPerCall what all threads of the JVM allocated; NaN where it is not known
 */
record Side(
        String benchmark,
        long calls,
        long failures,
        double callsPerSecond,
        double p50Micros,
        double p99Micros,
        double bytesPerCall) {

    /** The means of what several JVMs measured; of calls and failures, the sum. */
    static Side mean(List<Side> forks) {
        return new Side(
                forks.get(0).benchmark(),
                forks.stream().mapToLong(Side::calls).sum(),
                forks.stream().mapToLong(Side::failures).sum(),
                mean(forks, Side::callsPerSecond),
                mean(forks, Side::p50Micros),
                mean(forks, Side::p99Micros),
                mean(forks, Side::bytesPerCall));
    }

    private static double mean(List<Side> forks, ToDoubleFunction<Side> value) {
        return forks.stream()
                .mapToDouble(value)
                .filter(Double::isFinite)
                .average()
                .orElse(Double.NaN);
    }

    /** Makes blocks of calls and remembers them. Not thread-safe. */
    static final class Recorder {

        private final String benchmark;
        private final int answerBytes;
        private final List<long[]> blocks = new ArrayList<>();
        private long nanos;
        private long bytes;
        private long callsOfBytes;
        private long failures;

        Recorder(String benchmark, int answerBytes) {
            this.benchmark = benchmark;
            this.answerBytes = answerBytes;
        }

        /** One block, and how many nanoseconds it took. */
        long run(ByteExchange exchange, Callers callers, int calls) throws InterruptedException {
            long[] block = new long[calls];
            Allocation allocation = Allocation.start();
            Callers.Outcome outcome = callers.run(exchange, answerBytes, block);
            OptionalLong allocated = allocation.soFar();
            if (allocated.isPresent()) {
                bytes += allocated.getAsLong();
                callsOfBytes += calls;
            }
            blocks.add(block);
            nanos += outcome.nanos();
            failures += outcome.failures();
            return outcome.nanos();
        }

        /** Of all blocks so far, of which there is one at least. */
        Side side() {
            long[] sorted =
                    blocks.stream().flatMapToLong(Arrays::stream).sorted().toArray();
            return new Side(
                    benchmark,
                    sorted.length,
                    failures,
                    sorted.length * 1e9 / nanos,
                    percentile(sorted, 0.50) / 1_000.0,
                    percentile(sorted, 0.99) / 1_000.0,
                    callsOfBytes == 0 ? Double.NaN : (double) bytes / callsOfBytes);
        }

        /** The smallest value that so large a part of all does not exceed. */
        private static long percentile(long[] sorted, double part) {
            return sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)];
        }
    }
}
