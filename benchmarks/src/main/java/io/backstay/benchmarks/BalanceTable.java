package io.backstay.benchmarks;

import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Makes the page about choosing an instance from what was measured: asked, measured, met or missed by how much. */
final class BalanceTable {

    private static final int FORKS_OF_A_MEASUREMENT = 3;
    private static final int ITERATIONS_OF_A_MEASUREMENT = 5;
    private static final double NANOS_OF_PICK = 150;
    private static final double NANOS_OF_TURN = 1_000;
    private static final int SIZE_OF_TURN = 1_000;
    private static final double BYTES = 0.5;

    private final JsonNode runs;
    private final Page page = new Page();

    private BalanceTable(JsonNode runs) {
        this.runs = runs;
    }

    static String page(Path results) {
        return new BalanceTable(JsonMapper.shared().readTree(results.toFile())).write();
    }

    private String write() {
        page.line("# What choosing an instance costs");
        page.line();
        page.line("Made by `./bench.sh balance` from `balance.json`; not to be edited.");
        page.line();
        run();
        page.line();
        asked();
        page.line();
        table();
        return page.text();
    }

    private void run() {
        JsonNode first = runs.get(0);
        int forks = first.get("forks").asInt();
        int iterations = first.get("measurementIterations").asInt();
        page.line(
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
            page.line();
            page.line("**A short run, not a measurement.**");
        }
    }

    private void asked() {
        page.line("| asked | measured | |");
        page.line("|---|---|---|");
        for (JsonNode run : runs) {
            if (name(run).equals("backstay_peakEwma") && threads(run) == 1) {
                String what = Page.text("power of two choices of %,d", size(run));
                limit(what + ", ns", score(run), NANOS_OF_PICK);
                limit(what + ", B", bytes(run), BYTES);
            }
            if (name(run).equals("backstay_weightedRoundRobin") && threads(run) == 1 && size(run) == SIZE_OF_TURN) {
                limit("smooth weighted round robin of 1,000, ns", score(run), NANOS_OF_TURN);
            }
        }
    }

    private void limit(String what, double measured, double asked) {
        page.line(
                "| %s: at most %s | %s | %s |",
                what, figure(asked), figure(measured), measured <= asked ? "met" : "missed");
    }

    private void table() {
        page.line(
                "From a call to an instance that counts one more attempt, and back; `Attempt` learns from the answer besides."
                        + " gRPC's picker counts nothing and knows nothing of the call. ± is JMH's 99.9 %% interval.");
        page.line();
        page.line("| system | instances | threads | ns | B |");
        page.line("|---|---:|---:|---:|---:|");
        for (JsonNode run : runs) {
            page.line("| %s | %,d | %d | %s | %.1f |", name(run), size(run), threads(run), nanos(run), bytes(run));
        }
    }

    private static String name(JsonNode run) {
        String benchmark = run.get("benchmark").asString();
        return benchmark.substring(benchmark.lastIndexOf('.') + 1);
    }

    private static int size(JsonNode run) {
        return Integer.parseInt(run.get("params").get("size").asString());
    }

    private static int threads(JsonNode run) {
        return run.get("threads").asInt();
    }

    private static double score(JsonNode run) {
        return run.get("primaryMetric").get("score").asDouble();
    }

    private static double bytes(JsonNode run) {
        JsonNode rate = run.get("secondaryMetrics").get("gc.alloc.rate.norm");
        return rate == null ? Double.NaN : rate.get("score").asDouble();
    }

    /** JMH writes an error that it cannot tell as a string. */
    private static String nanos(JsonNode run) {
        JsonNode error = run.get("primaryMetric").get("scoreError");
        return Page.text("%,.1f", score(run)) + (error.isNumber() ? Page.text(" ± %,.1f", error.asDouble()) : "");
    }

    private static String figure(double value) {
        return value < 10 ? Page.text("%.2f", value) : Page.text("%,.0f", value);
    }
}
