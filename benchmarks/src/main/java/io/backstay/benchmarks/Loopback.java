package io.backstay.benchmarks;

import io.backstay.benchmarks.LoopbackPairs.Pairs;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.core.type.TypeReference;

/**
 * What all JVMs measured by {@link LoopbackPairs}.
 *
 * @param machine where
 * @param date when
 * @param blockCalls how many calls a block had; a quadruple has four blocks
 */
record Loopback(Machine machine, String date, int blockCalls, int warmUps, int quadruples, List<Size> sizes) {

    /** Few and small collections, which come often enough to be in every block alike; no heap that grows meanwhile. */
    private static final List<String> JVM =
            List.of("-XX:+UseSerialGC", "-Xms256m", "-Xmx256m", "-Xmn16m", "-Djava.net.preferIPv4Stack=true");

    /** One size of body: all quadruples of all JVMs together, and each JVM alone. */
    record Size(int bodyBytes, Ratio ratio, List<Fork> forks) {}

    /** One JVM. */
    record Fork(Ratio ratio, double backstayMicros, double bareMicros, List<Double> ratios) {}

    /** Runs so many JVMs, one after another. */
    static Loopback measure(int forks, int warmUps, int quadruples) throws IOException, InterruptedException {
        List<List<Pairs>> all = new ArrayList<>();
        for (int fork = 1; fork <= forks; fork++) {
            System.out.println("# Loopback pairs, fork " + fork + " of " + forks);
            all.add(fork(warmUps, quadruples));
        }
        List<Size> sizes = IntStream.range(0, all.get(0).size())
                .mapToObj(i -> size(all.stream().map(fork -> fork.get(i)).toList()))
                .toList();
        String date = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        return new Loopback(Machine.here(), date, LoopbackPairs.BLOCK, warmUps, quadruples, sizes);
    }

    private static Size size(List<Pairs> forks) {
        List<Double> ratios =
                forks.stream().flatMap(pairs -> pairs.ratios().stream()).toList();
        return new Size(
                forks.get(0).bodyBytes(),
                Ratio.of(ratios),
                forks.stream()
                        .map(pairs -> new Fork(
                                Ratio.of(pairs.ratios()), pairs.backstayMicros(), pairs.bareMicros(), pairs.ratios()))
                        .toList());
    }

    private static List<Pairs> fork(int warmUps, int quadruples) throws IOException, InterruptedException {
        return ForkedJvm.run(
                JVM,
                LoopbackPairs.class,
                List.of(Integer.toString(warmUps), Integer.toString(quadruples)),
                new TypeReference<>() {});
    }
}
