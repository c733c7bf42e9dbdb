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

/** Measures what the guards cost, {@link GuardsBenchmark}, {@link GuardPipelineBenchmark} and {@link Footprint}, and writes results and page. Takes JMH's options. */
final class GuardsSuite {

    private static final Path RESULTS = Path.of("benchmarks", "results");
    private static final Path JSON = RESULTS.resolve("guards.json");
    private static final Path PAGE = RESULTS.resolve("guards.md");
    private static final int[] THREADS = {1, 2, 8};

    private GuardsSuite() {}

    /** Runs it all, from the project's directory. */
    public static void main(String[] args) throws IOException, RunnerException, CommandLineOptionException {
        CommandLineOptions given = new CommandLineOptions(args);
        Files.createDirectories(RESULTS);
        List<RunResult> results = new ArrayList<>();
        for (int threads : THREADS) {
            ChainedOptionsBuilder options =
                    new OptionsBuilder().parent(given).threads(threads).addProfiler(GCProfiler.class);
            if (given.getIncludes().isEmpty()) {
                options.include(GuardsBenchmark.class.getName()).include(GuardPipelineBenchmark.class.getName());
            }
            results.addAll(new Runner(options.build()).run());
        }
        ResultFormatFactory.getInstance(ResultFormatType.JSON, JSON.toString()).writeOut(results);
        String page = GuardsTable.page(JSON, Footprint.bytesOfBreaker());
        Files.writeString(PAGE, page);
        System.out.println(page);
        System.exit(0);
    }
}
