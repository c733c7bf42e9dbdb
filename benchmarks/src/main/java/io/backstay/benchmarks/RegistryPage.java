package io.backstay.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Makes the page about the cost of discovery from what was measured: asked, measured, met or missed by how much. */
final class RegistryPage {

    private static final String PEAK_EWMA = "backstay_peakEwma";
    private static final String SMOOTH_TURNS = "backstay_weightedRoundRobin";
    private static final int SIZE_OF_TURNS = 1_000;
    private static final double NANOS_OF_PICK = 150;
    private static final double BYTES_OF_PICK = 0.5;
    private static final double NANOS_OF_TURN = 1_000;
    private static final double NANOS_OF_QUESTION = 1_000;
    private static final double REGISTRATION_MILLIS = 10;
    private static final double CHANGE_MILLIS = 100;
    private static final double KILOBYTES = 1_000;
    private static final double KILOBYTES_BETTER = 400;
    private static final double TCP_PERCENT = 25;
    private static final double HTTP_PERCENT = 100;

    private final JsonNode runs;
    private final RegistryMeasures measures;
    private final Page page = new Page();

    private RegistryPage(JsonNode runs, RegistryMeasures measures) {
        this.runs = runs;
        this.measures = measures;
    }

    /** Takes the paths of both results; prints the page. */
    public static void main(String[] args) {
        System.out.println(of(Path.of(args[0]), Path.of(args[1])));
    }

    static String of(Path jmh, Path measures) {
        JsonMapper mapper = JsonMapper.shared();
        return new RegistryPage(
                        mapper.readTree(jmh.toFile()), mapper.readValue(measures.toFile(), RegistryMeasures.class))
                .write();
    }

    private String write() {
        page.line("# What discovery costs");
        page.line();
        page.line("Made by `./bench.sh registry` from `registry.json` and `registry-fleet.json`; not to be edited.");
        page.line();
        run();
        page.line();
        asked();
        page.line();
        questions();
        page.line();
        if (runs.valueStream().anyMatch(RegistryPage::isPick)) {
            picks();
            page.line();
        }
        redis();
        page.line();
        memory();
        page.line();
        checks();
        return page.text();
    }

    private void run() {
        JsonNode first = runs.get(0);
        page.line(
                "%s, %d cores, %s. JMH %s: %d forks, %d warm-up and %d measured iterations of %s.",
                measures.machine().jdk(),
                measures.machine().cores(),
                measures.machine().os(),
                first.get("jmhVersion").asString(),
                first.get("forks").asInt(),
                first.get("warmupIterations").asInt(),
                first.get("measurementIterations").asInt(),
                first.get("measurementTime").asString());
        if (measures.quick()) {
            page.line();
            page.line("**A quick run to try the benchmarks, not a measurement.**");
        }
    }

    private void asked() {
        page.line("| asked | measured | |");
        page.line("|---|---:|---|");
        for (JsonNode run : runs) {
            askedOfPick(run);
        }
        for (String question : List.of("backstay_byName", "backstay_byQueryOfOneService", "backstay_byQueryOfAll")) {
            limit("`" + question + "`, slowest of all sizes, ns", slowest(question), NANOS_OF_QUESTION);
        }
        for (RegistryLatency.Latency latency : measures.redis()) {
            limit(
                    Page.text("registration through Redis, %,d services, p99, ms", latency.services()),
                    latency.registration().p99(),
                    REGISTRATION_MILLIS);
        }
        for (RegistryLatency.Latency latency : measures.redis()) {
            limit(
                    Page.text("change to callback, %,d services, p99, ms", latency.services()),
                    latency.change().p99(),
                    CHANGE_MILLIS);
        }
        for (RegistryMeasures.Memory memory : measures.memory()) {
            String of = Page.text("memory of 1,000 services out of %,d, KB", memory.services());
            limit(of, memory.mean(), KILOBYTES);
            limit("the same, the aim", memory.mean(), KILOBYTES_BETTER);
        }
        for (CheckCost.Cost cost : measures.checks()) {
            limit(
                    "10,000 instances checked every 10 s by " + cost.kind() + ", % of one core",
                    100 * cost.cores(),
                    cost.kind().equals("tcp") ? TCP_PERCENT : HTTP_PERCENT);
        }
    }

    private void askedOfPick(JsonNode run) {
        if (name(run).equals(PEAK_EWMA)) {
            String what = Page.text("power of two choices out of %,d", size(run));
            limit(what + ", ns", score(run), NANOS_OF_PICK);
            limit(what + ", B", bytes(run), BYTES_OF_PICK);
        } else if (name(run).equals(SMOOTH_TURNS) && size(run) == SIZE_OF_TURNS) {
            limit(Page.text("smooth weighted round robin out of %,d, ns", SIZE_OF_TURNS), score(run), NANOS_OF_TURN);
        }
    }

    private void limit(String what, double measured, double asked) {
        double apart = 100 * Math.abs(measured / asked - 1);
        page.line(
                "| %s: below %s | %s | %s |",
                what,
                asked < 1 ? Page.text("%.1f", asked) : Page.text("%,.0f", asked),
                figure(measured),
                measured < asked ? Page.text("met, %.0f %% below", apart) : Page.text("missed, %.0f %% above", apart));
    }

    private void questions() {
        page.line(
                "Questions whose answers have not changed, ten instances of each service; `floor_mapByName` only looks a list up in a"
                        + " map. ± is JMH's 99.9 %% interval.");
        page.line();
        page.line("| question | instances | ns | B |");
        page.line("|---|---:|---:|---:|");
        rows(/* picks= */ false);
    }

    private void picks() {
        page.line(
                "From a call to an instance that counts one more attempt, and back, by one thread; `Attempt` learns from the answer besides."
                        + " gRPC's round robin only takes the next: it counts nothing and knows nothing of the call."
                        + " `naive_weightedRoundRobin` is the smooth one turn by turn, as it was published. How well instances are chosen,"
                        + " and that one is warned of before it fails, is tested on virtual time by core's `BalancerQualityTest`,"
                        + " `SmoothScheduleTest` and `PredictionTest`.");
        page.line();
        page.line("| system | instances | ns | B |");
        page.line("|---|---:|---:|---:|");
        rows(/* picks= */ true);
    }

    private void rows(boolean picks) {
        for (JsonNode run : runs) {
            if (isPick(run) == picks) {
                page.line("| %s | %,d | %s | %.1f |", name(run), size(run), nanos(run), bytes(run));
            }
        }
    }

    private static boolean isPick(JsonNode run) {
        return run.get("params").has("size");
    }

    private void redis() {
        page.line(
                "Through a real Redis on this machine, in ms; services of one instance each, all of them watched by the client whose"
                        + " callback is waited for. One registration or change after the other, unless it says at once. A registration ends when its owner has"
                        + " heard of it from the store.");
        page.line();
        page.line("| what | services | of | p50 | p99 | longest |");
        page.line("|---|---:|---:|---:|---:|---:|");
        for (RegistryLatency.Latency latency : measures.redis()) {
            times("registration", latency, latency.registration());
            times("registration, 8 at once", latency, latency.registrationAtOnce());
            times("change to callback", latency, latency.change());
        }
    }

    private void times(String what, RegistryLatency.Latency latency, RegistryLatency.Times times) {
        page.line(
                "| %s | %,d | %,d | %.2f | %.2f | %.2f |",
                what, latency.services(), latency.samples(), times.p50(), times.p99(), times.longest());
    }

    private void memory() {
        page.line(
                "What is left on the heap after collections when one more client follows the services, of one instance each, without"
                        + " guards; KB for 1,000 of them, round by round.");
        page.line();
        page.line("| services | KB |");
        page.line("|---:|---|");
        for (RegistryMeasures.Memory memory : measures.memory()) {
            page.line(
                    "| %,d | %s |",
                    memory.services(),
                    memory.kilobytes().stream()
                            .map(kilobytes -> Page.text("%,.0f", kilobytes))
                            .collect(Collectors.joining(", ")));
        }
    }

    private void checks() {
        page.line(
                "Health checks of 10,000 instances at 2,000 addresses every 10 s, by one process; the servers are in another. By HTTP each"
                        + " check makes a connection of its own, since the server closes it. \"Busiest\" is the tenth of a second with the"
                        + " most checks, as times the mean.");
        page.line();
        page.line("| by | seconds | of one core | checks a second | failed | busiest |");
        page.line("|---|---:|---:|---:|---:|---:|");
        for (CheckCost.Cost cost : measures.checks()) {
            page.line(
                    "| %s | %.0f | %.0f %% | %,.0f | %d | %.2f |",
                    cost.kind(), cost.seconds(), 100 * cost.cores(), cost.perSecond(), cost.failed(), cost.most());
        }
    }

    private double slowest(String name) {
        double slowest = Double.NaN;
        for (JsonNode run : runs) {
            if (name(run).equals(name)) {
                slowest = Double.isNaN(slowest) ? score(run) : Math.max(slowest, score(run));
            }
        }
        return slowest;
    }

    private static String name(JsonNode run) {
        String benchmark = run.get("benchmark").asString();
        return benchmark.substring(benchmark.lastIndexOf('.') + 1);
    }

    /** Benchmarks call it by one name or the other. */
    private static int size(JsonNode run) {
        JsonNode params = run.get("params");
        JsonNode size = params.has("instances") ? params.get("instances") : params.get("size");
        return Integer.parseInt(size.asString());
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
        return Page.text("%,.1f", score(run)) + (error.isNumber() ? Page.text(" ± %,.1f", error.asDouble()) : "");
    }

    private static String figure(double value) {
        return value < 10 ? Page.text("%.2f", value) : Page.text("%,.0f", value);
    }
}
