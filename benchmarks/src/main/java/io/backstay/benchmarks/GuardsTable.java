package io.backstay.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Makes the page about the guards' cost from what was measured: asked, measured, met or missed by how much. */
final class GuardsTable {

    private static final int FORKS_OF_A_MEASUREMENT = 3;
    private static final int ITERATIONS_OF_A_MEASUREMENT = 5;
    private static final double NANOS_BEYOND_CLOCK = 20;
    private static final double NANOS_OF_REFUSAL = 100;
    private static final double BYTES_OF_BREAKER = 1_024;
    private static final double BYTES_OF_CALL = 0.5;
    private static final double BYTES_OF_PIPELINE = 48;
    private static final double NANOS_OF_REFUSAL_THROWN = 1_000;
    private static final List<String> PEERS_PIPELINES =
            List.of("resilience4j_pipeline", "resilience4j_pipelineTimeWindow", "failsafe_pipeline");

    private final JsonNode runs;
    private final long bytesOfBreaker;
    private final List<String> lines = new ArrayList<>();

    private GuardsTable(JsonNode runs, long bytesOfBreaker) {
        this.runs = runs;
        this.bytesOfBreaker = bytesOfBreaker;
    }

    static String page(Path results, long bytesOfBreaker) {
        return new GuardsTable(JsonMapper.shared().readTree(results.toFile()), bytesOfBreaker).page();
    }

    private String page() {
        lines.add("# What the guards cost");
        lines.add("");
        lines.add("Made by `./bench.sh guards` from `guards.json`; not to be edited.");
        lines.add("");
        run();
        lines.add("");
        asked();
        lines.add("");
        table();
        return String.join("\n", lines) + "\n";
    }

    private void run() {
        JsonNode first = runs.get(0);
        int forks = first.get("forks").asInt();
        int iterations = first.get("measurementIterations").asInt();
        line(
                "%s %s, %d cores. JMH %s: %d forks, %d warm-up and %d measured iterations of %s.",
                first.get("vmName").asString(),
                first.get("vmVersion").asString(),
                Runtime.getRuntime().availableProcessors(),
                first.get("jmhVersion").asString(),
                forks,
                first.get("warmupIterations").asInt(),
                iterations,
                first.get("measurementTime").asString());
        if (forks < FORKS_OF_A_MEASUREMENT || iterations < ITERATIONS_OF_A_MEASUREMENT) {
            lines.add("");
            lines.add("**A quick run to try the benchmarks, not a measurement.**");
        }
    }

    private void asked() {
        lines.add("| asked | measured | |");
        lines.add("|---|---|---|");
        ratio("readings given, at most so much of Failsafe's", "backstay_given", "failsafe_time", 1, 0.3);
        ratio("the same", "backstay_given", "failsafe_time", 2, 0.2);
        ratio("its own clock, of Resilience4j's window of calls", "backstay_ownClock", "resilience4j_count", 1, 0.95);
        ratio("the same, of its window of time", "backstay_ownClock", "resilience4j_time", 1, 0.6);
        ratio("its own clock, of Resilience4j's window of calls", "backstay_ownClock", "resilience4j_count", 2, 0.4);
        ratio("the same, of its window of time", "backstay_ownClock", "resilience4j_time", 2, 0.4);
        score("backstay_ownClock", 1)
                .ifPresent(own -> score("floor_twoClockReadings", 1)
                        .ifPresent(floor ->
                                limit("more than two readings of the clock, ns", own - floor, NANOS_BEYOND_CLOCK)));
        score("backstay_refusal", 1).ifPresent(ns -> limit("a refusal, ns", ns, NANOS_OF_REFUSAL));
        bytes("backstay_given", 1).ifPresent(bytes -> limit("allocated by a call, B", bytes, BYTES_OF_CALL));
        limit("one breaker, B", (double) bytesOfBreaker, BYTES_OF_BREAKER);
        for (String peer : PEERS_PIPELINES) {
            ratio("retry, breaker and limit round code, of " + peer, "backstay_pipeline", peer, 1, 0.6);
        }
        bytes("backstay_pipeline", 1)
                .ifPresent(bytes -> limit("allocated by such a call, B", bytes, BYTES_OF_PIPELINE));
        score("backstay_pipelineRefused", 1)
                .ifPresent(ns -> limit("its refusal as an outcome, ns", ns, NANOS_OF_REFUSAL));
        score("backstay_pipelineRefusedThrown", 1)
                .ifPresent(ns -> limit("its refusal as an exception, ns", ns, NANOS_OF_REFUSAL_THROWN));
    }

    private void ratio(String what, String subject, String peer, int threads, double asked) {
        OptionalDouble mine = score(subject, threads);
        OptionalDouble theirs = score(peer, threads);
        if (mine.isPresent() && theirs.isPresent()) {
            String where = threads == 1 ? ", 1 thread" : ", " + threads + " threads";
            limit(what + where + ", times", mine.getAsDouble() / theirs.getAsDouble(), asked);
        }
    }

    private void limit(String what, double measured, double asked) {
        line("| %s: at most %s | %s | %s |", what, figure(asked), figure(measured), verdict(measured, asked));
    }

    private void table() {
        lines.add(
                "A permit taken and a success recorded, by one breaker that all threads share, or by a pipeline of retry, breaker and limit round"
                        + " code; ± is JMH's 99.9 % interval.");
        lines.add("");
        lines.add("| system | threads | ns | B |");
        lines.add("|---|---:|---:|---:|");
        for (JsonNode run : runs) {
            line(
                    "| %s | %d | %s | %.1f |",
                    name(run), threads(run), nanos(run), bytes(run).orElse(Double.NaN));
        }
    }

    private OptionalDouble score(String name, int threads) {
        return matching(name, threads).map(run -> OptionalDouble.of(score(run))).orElse(OptionalDouble.empty());
    }

    private OptionalDouble bytes(String name, int threads) {
        return matching(name, threads).map(GuardsTable::bytes).orElse(OptionalDouble.empty());
    }

    private Optional<JsonNode> matching(String name, int threads) {
        return StreamSupport.stream(runs.spliterator(), false)
                .filter(run -> name(run).equals(name) && threads(run) == threads)
                .findFirst();
    }

    private static String name(JsonNode run) {
        String benchmark = run.get("benchmark").asString();
        return benchmark.substring(benchmark.lastIndexOf('.') + 1);
    }

    private static int threads(JsonNode run) {
        return run.get("threads").asInt();
    }

    private static double score(JsonNode run) {
        return run.get("primaryMetric").get("score").asDouble();
    }

    private static OptionalDouble bytes(JsonNode run) {
        JsonNode rate = run.get("secondaryMetrics").get("gc.alloc.rate.norm");
        return rate == null
                ? OptionalDouble.empty()
                : OptionalDouble.of(rate.get("score").asDouble());
    }

    /** JMH writes an error that it cannot tell as a string. */
    private static String nanos(JsonNode run) {
        JsonNode error = run.get("primaryMetric").get("scoreError");
        return text("%,.1f", score(run)) + (error.isNumber() ? text(" ± %,.1f", error.asDouble()) : "");
    }

    private static String verdict(double measured, double asked) {
        double apart = 100 * Math.abs(measured / asked - 1);
        return measured <= asked ? text("met, %.0f %% below", apart) : text("missed, %.0f %% above", apart);
    }

    private static String figure(double value) {
        return value < 10 ? text("%.2f", value) : text("%,.0f", value);
    }

    private void line(String format, Object... values) {
        lines.add(text(format, values));
    }

    /** Error Prone's annotation for such a method would be a dependency of its own. */
    @SuppressWarnings("AnnotateFormatMethod")
    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
