package io.backstay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Measures what discovery costs, {@link RegistryBenchmark}, {@link RegistryFootprint} and {@link CheckCost}, and writes the page. Takes JMH's options. */
final class RegistrySuite {

    private static final Path RESULTS = Path.of("benchmarks", "results");
    private static final Path PAGE = RESULTS.resolve("registry.md");

    private RegistrySuite() {}

    /** Runs it all, from the project's directory. */
    public static void main(String[] args)
            throws IOException, InterruptedException, RunnerException, CommandLineOptionException {
        Page page = new Page();
        page.line("# What discovery costs");
        page.line();
        Machine machine = Machine.here();
        page.line("%s, %d cores, %s. Made by `./bench.sh registry`.", machine.jdk(), machine.cores(), machine.os());
        checks(page);
        memory(page);
        lookups(page, new CommandLineOptions(args));
        Files.createDirectories(RESULTS);
        Files.writeString(PAGE, page.text());
        System.out.println(page.text());
        System.exit(0);
    }

    private static void checks(Page page) throws IOException, InterruptedException {
        page.line();
        page.line("## Health checks of 10,000 instances every 10 s");
        page.line();
        page.line("| kind | of one core | asked | checks a second | failed | busiest tenth of a second, of the mean |");
        page.line("|---|---|---|---|---|---|");
        for (String kind : List.of("tcp", "http")) {
            CheckCost.Cost cost = CheckCost.measure(kind);
            page.line(
                    "| %s | %.0f %% | %s | %.0f | %d | %.2f |",
                    kind,
                    100 * cost.cores(),
                    kind.equals("tcp") ? "below 25 %" : "below 100 %",
                    cost.perSecond(),
                    cost.failed(),
                    cost.most());
        }
        page.line();
        page.line("By HTTP each check makes a connection of its own, since the server closes it; over the JDK's client.");
    }

    private static void memory(Page page) throws IOException, InterruptedException {
        page.line();
        page.line("## Memory");
        page.line();
        page.line(
                "1,000 services of one instance each keep %.0f KB of the heap of a process that reads them; asked: below 1 MB, better"
                        + " 400 KB.",
                RegistryFootprint.bytesOfThousand() / 1_000);
    }

    private static void lookups(Page page, CommandLineOptions given) throws RunnerException {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .parent(given)
                        .include(RegistryBenchmark.class.getName())
                        .addProfiler(GCProfiler.class)
                        .build())
                .run();
        page.line();
        page.line("## Questions whose answers are known; asked: below 1 µs");
        page.line();
        page.line("| question | instances | ns | B |");
        page.line("|---|---|---|---|");
        for (RunResult result : results) {
            String name = result.getParams().getBenchmark();
            page.line(
                    "| %s | %s | %.0f | %.0f |",
                    name.substring(name.lastIndexOf('.') + 1),
                    result.getParams().getParam("instances"),
                    result.getPrimaryResult().getScore(),
                    result.getSecondaryResults().get("gc.alloc.rate.norm").getScore());
        }
    }
}
