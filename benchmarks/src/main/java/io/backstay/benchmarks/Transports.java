package io.backstay.benchmarks;

import io.backstay.benchmarks.TransportPairs.Measured;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.core.type.TypeReference;

/**
 * What all JVMs measured by {@link TransportPairs}.
 *
 * @param machine where
 * @param date when
 */
record Transports(Machine machine, String date, Plan plan, List<Pair> pairs) {

    private static final List<String> NAMES = List.of("jdk", "okhttp");

    /** Room for 64 bodies of 1 MB and their copies; a young generation that few of them outlive. */
    private static final List<String> JVM = List.of(
            "-XX:+UseSerialGC", "-Xms1g", "-Xmx1g", "-Xmn512m", "-Djava.net.preferIPv4Stack=true", "-Dlog.level=WARN");

    /**
     * How long to measure.
     *
     * @param forks how many JVMs for each transport
     * @param blockMillis about how long a block is, unless two calls of each caller take longer
     * @param forkSeconds what a JVM has for all kinds of call together
     */
    record Plan(int forks, long blockMillis, long forkSeconds) {

        /** Some 11 minutes. */
        static final Plan MEASUREMENT = new Plan(3, 30, 105);

        /** To see whether it works, in a minute or so. */
        static final Plan TRY = new Plan(1, 10, 25);

        private List<String> arguments(String transport) {
            return List.of(transport, Long.toString(blockMillis), Long.toString(1_000 * forkSeconds));
        }
    }

    /** One kind of call over one transport: all JVMs together, and each alone. */
    record Pair(String transport, CallKind kind, Ratio ratio, Side backstay, Side floor, List<Fork> forks) {}

    /** One JVM. */
    record Fork(Ratio ratio, Side backstay, Side floor, List<Double> ratios) {}

    /** Runs one JVM after another, the transports in turn. */
    static Transports measure(Plan plan) throws IOException, InterruptedException {
        System.out.println("# " + plan.forks() * NAMES.size() + " JVMs, one after another, of some "
                + plan.forkSeconds() + " s each: about "
                + Math.round((double) plan.forks() * NAMES.size() * plan.forkSeconds() / 60) + " minutes");
        List<List<List<Measured>>> all = List.of(new ArrayList<>(), new ArrayList<>());
        for (int fork = 1; fork <= plan.forks(); fork++) {
            for (int i = 0; i < NAMES.size(); i++) {
                System.out.println("# " + NAMES.get(i) + ", fork " + fork + " of " + plan.forks());
                all.get(i).add(fork(plan, NAMES.get(i)));
            }
        }
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < NAMES.size(); i++) {
            pairs.addAll(pairs(NAMES.get(i), all.get(i)));
        }
        return new Transports(
                Machine.here(), Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(), plan, pairs);
    }

    private static List<Measured> fork(Plan plan, String transport) throws IOException, InterruptedException {
        return ForkedJvm.run(JVM, TransportPairs.class, plan.arguments(transport), new TypeReference<>() {});
    }

    private static List<Pair> pairs(String transport, List<List<Measured>> forks) {
        return IntStream.range(0, forks.get(0).size())
                .mapToObj(i ->
                        pair(transport, forks.stream().map(fork -> fork.get(i)).toList()))
                .toList();
    }

    private static Pair pair(String transport, List<Measured> forks) {
        return new Pair(
                transport,
                forks.get(0).kind(),
                Ratio.of(forks.stream().flatMap(fork -> fork.ratios().stream()).toList()),
                Side.mean(forks.stream().map(Measured::backstay).toList()),
                Side.mean(forks.stream().map(Measured::floor).toList()),
                forks.stream()
                        .map(fork -> new Fork(Ratio.of(fork.ratios()), fork.backstay(), fork.floor(), fork.ratios()))
                        .toList());
    }
}
