package io.backstay.benchmarks;

import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Makes the page about the engine's cost from what was measured: asked, measured, met or missed by how much. */
final class ReportTable {

    private static final String SUBJECT = "backstay_blocking";
    private static final double NANOS_ASKED = 1_500;
    private static final double BYTES_ASKED = 1_024;
    private static final double RATIO_ASKED = 1.03;
    private static final int FORKS_OF_A_MEASUREMENT = 3;
    private static final int ITERATIONS_OF_A_MEASUREMENT = 5;

    private final JsonNode engine;
    private final Loopback loopback;
    private final Page page = new Page();

    private ReportTable(JsonNode engine, Loopback loopback) {
        this.engine = engine;
        this.loopback = loopback;
    }

    /** Takes the paths of both results; prints the page. */
    public static void main(String[] args) {
        System.out.println(page(Path.of(args[0]), Path.of(args[1])));
    }

    static String page(Path engine, Path loopback) {
        JsonMapper mapper = JsonMapper.shared();
        return new ReportTable(mapper.readTree(engine.toFile()), mapper.readValue(loopback.toFile(), Loopback.class))
                .write();
    }

    private String write() {
        page.line("# What the engine costs");
        page.line();
        page.line("Made by `./bench.sh engine` from `engine.json` and `engine-loopback.json`; not to be edited.");
        page.line();
        run();
        page.line();
        asked();
        page.line();
        engineTable();
        page.line();
        loopbackTable();
        return page.text();
    }

    private void run() {
        JsonNode first = engine.get(0);
        int forks = first.get("forks").asInt();
        int iterations = first.get("measurementIterations").asInt();
        Machine machine = loopback.machine();
        page.line(
                "%s, %s, %d cores, %s. JMH %s: %d forks, %d warm-up and %d measured iterations of %s.",
                loopback.date(),
                machine.jdk(),
                machine.cores(),
                machine.os(),
                first.get("jmhVersion").asString(),
                forks,
                first.get("warmupIterations").asInt(),
                iterations,
                first.get("measurementTime").asString());
        if (forks < FORKS_OF_A_MEASUREMENT || iterations < ITERATIONS_OF_A_MEASUREMENT) {
            page.line();
            page.line("**A quick run to try the benchmarks, not a measurement.**");
        }
    }

    private void asked() {
        page.line("| asked | measured | |");
        page.line("|---|---|---|");
        for (JsonNode run : engine) {
            if (name(run).equals(SUBJECT) && run.get("threads").asInt() == 1) {
                page.line(
                        "| a call over a transport that answers at once: at most %,.0f ns | %s ns | %s |",
                        NANOS_ASKED, nanos(run), verdict(score(run), NANOS_ASKED));
                page.line(
                        "| the same: at most %,.0f B | %,.0f B | %s |",
                        BYTES_ASKED, bytes(run), verdict(bytes(run), BYTES_ASKED));
            }
        }
        for (Loopback.Size size : loopback.sizes()) {
            page.line(
                    "| over loopback, %,d B: at most %s of the bare client's time added | %s | %s |",
                    size.bodyBytes(),
                    Page.percent(RATIO_ASKED),
                    Page.interval(size.ratio()),
                    Page.verdict(size.ratio(), RATIO_ASKED));
        }
    }

    private void engineTable() {
        page.line(
                "A transport that answers at once, by one thread and by two; ± is JMH's 99.9 %% interval, \"times\" is against "
                        + SUBJECT + " with as many threads. The peers do less: see `EngineBenchmark`.");
        page.line();
        page.line("| system | threads | ns a call | B a call | times |");
        page.line("|---|---:|---:|---:|---:|");
        for (JsonNode run : engine) {
            int threads = run.get("threads").asInt();
            page.line(
                    "| %s | %d | %s | %,.0f | %.2f |",
                    name(run), threads, nanos(run), bytes(run), score(run) / subjectScore(threads));
        }
    }

    private void loopbackTable() {
        page.line(
                "GET over loopback, one blocking caller, Backstay over `http-jdk` against the bare `java.net.http.HttpClient`: "
                        + "blocks of %,d calls as A B B A, %d quadruples after %d to warm up, in each of %d JVMs. Geometric mean"
                        + " of the quadruples' ratios and its 95 %% interval.",
                loopback.blockCalls(),
                loopback.quadruples(),
                loopback.warmUps(),
                loopback.sizes().get(0).forks().size());
        page.line();
        page.line("| body | JVM | Backstay, µs | bare, µs | added |");
        page.line("|---:|---:|---:|---:|---|");
        for (Loopback.Size size : loopback.sizes()) {
            int number = 0;
            for (Loopback.Fork fork : size.forks()) {
                page.line(
                        "| %,d B | %d | %.1f | %.1f | %s |",
                        size.bodyBytes(),
                        ++number,
                        fork.backstayMicros(),
                        fork.bareMicros(),
                        Page.interval(fork.ratio()));
            }
            page.line("| %,d B | all | | | %s |", size.bodyBytes(), Page.interval(size.ratio()));
        }
    }

    private double subjectScore(int threads) {
        for (JsonNode run : engine) {
            if (name(run).equals(SUBJECT) && run.get("threads").asInt() == threads) {
                return score(run);
            }
        }
        return Double.NaN;
    }

    private static String name(JsonNode run) {
        String benchmark = run.get("benchmark").asString();
        return benchmark.substring(benchmark.lastIndexOf('.') + 1);
    }

    private static double score(JsonNode run) {
        return run.get("primaryMetric").get("score").asDouble();
    }

    private static double bytes(JsonNode run) {
        return run.get("secondaryMetrics")
                .get("gc.alloc.rate.norm")
                .get("score")
                .asDouble();
    }

    /** JMH writes an error that it cannot tell as a string. */
    private static String nanos(JsonNode run) {
        JsonNode error = run.get("primaryMetric").get("scoreError");
        return Page.text("%,.0f", score(run)) + (error.isNumber() ? Page.text(" ± %,.0f", error.asDouble()) : "");
    }

    private static String verdict(double measured, double asked) {
        double apart = 100 * Math.abs(measured / asked - 1);
        return measured <= asked ? Page.text("met, %.0f %% below", apart) : Page.text("missed, %.0f %% above", apart);
    }
}
