package io.backstay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Measures what choosing an instance costs, {@link PickBenchmark} and {@link TurnBenchmark}, and writes results and page. Takes JMH's options. */
final class BalanceSuite {

    private static final Path RESULTS = Path.of("benchmarks", "results");
    private static final Path JSON = RESULTS.resolve("balance.json");
    private static final Path PAGE = RESULTS.resolve("balance.md");

    private BalanceSuite() {}

    /** Runs it all, from the project's directory. */
    public static void main(String[] args) throws IOException, RunnerException, CommandLineOptionException {
        CommandLineOptions given = new CommandLineOptions(args);
        Files.createDirectories(RESULTS);
        List<RunResult> results = new ArrayList<>(run(given, 1, PickBenchmark.class, TurnBenchmark.class));
        results.addAll(run(given, 2, PickBenchmark.class));
        ResultFormatFactory.getInstance(ResultFormatType.JSON, JSON.toString()).writeOut(results);
        String page = BalanceTable.page(JSON);
        Files.writeString(PAGE, page);
        System.out.println(page);
        System.exit(0);
    }

    private static List<RunResult> run(CommandLineOptions given, int threads, Class<?>... benchmarks)
            throws RunnerException {
        ChainedOptionsBuilder options =
                new OptionsBuilder().parent(given).threads(threads).addProfiler(GCProfiler.class);
        if (given.getIncludes().isEmpty()) {
            for (Class<?> benchmark : benchmarks) {
                options.include(benchmark.getName());
            }
        }
        return new ArrayList<>(new Runner(options.build()).run());
    }
}
