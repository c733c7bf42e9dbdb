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
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Measures what the engine costs, {@link EngineBenchmark} and {@link LoopbackPairs}, and writes results and page. Takes JMH's
 * options; forks ({@code -f}), warm-ups ({@code -wi}) and iterations ({@code -i}) count for the pairs too.
 */
final class EngineSuite {

    private static final Path RESULTS = Path.of("benchmarks", "results");
    private static final Path ENGINE = RESULTS.resolve("engine.json");
    private static final Path LOOPBACK = RESULTS.resolve("engine-loopback.json");
    private static final Path PAGE = RESULTS.resolve("engine.md");
    private static final int QUADRUPLES_PER_ITERATION = 40;

    private EngineSuite() {}

    /** Runs it all, from the project's directory. */
    public static void main(String[] args)
            throws IOException, InterruptedException, RunnerException, CommandLineOptionException {
        CommandLineOptions given = new CommandLineOptions(args);
        Files.createDirectories(RESULTS);
        engine(given);
        loopback(given);
        String page = ReportTable.page(ENGINE, LOOPBACK);
        Files.writeString(PAGE, page);
        System.out.println(page);
        System.exit(0);
    }

    private static void engine(CommandLineOptions given) throws RunnerException {
        List<RunResult> results = new ArrayList<>();
        for (int threads : new int[] {1, 2}) {
            ChainedOptionsBuilder options =
                    new OptionsBuilder().parent(given).threads(threads).addProfiler(GCProfiler.class);
            if (given.getIncludes().isEmpty()) {
                options.include(EngineBenchmark.class.getName());
            }
            results.addAll(new Runner(options.build()).run());
        }
        ResultFormatFactory.getInstance(ResultFormatType.JSON, ENGINE.toString())
                .writeOut(results);
    }

    private static void loopback(CommandLineOptions given) throws IOException, InterruptedException {
        Loopback measured = Loopback.measure(
                given.getForkCount().orElse(3),
                QUADRUPLES_PER_ITERATION * given.getWarmupIterations().orElse(5),
                QUADRUPLES_PER_ITERATION * given.getMeasurementIterations().orElse(5));
        JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build().writeValue(LOOPBACK.toFile(), measured);
    }
}
