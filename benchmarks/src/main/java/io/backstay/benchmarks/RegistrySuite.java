package io.backstay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
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
import org.openjdk.jmh.runner.options.TimeValue;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Measures what discovery costs: {@link RegistryMeasures}, {@link RegistryBenchmark} and choosing an instance; and writes results and page. Takes JMH's options,
 * and {@code --quick} for a run that only shows that it works.
 */
final class RegistrySuite {

    private static final Path RESULTS = Path.of("benchmarks", "results");
    private static final Path JSON = RESULTS.resolve("registry.json");
    private static final Path MEASURES = RESULTS.resolve("registry-fleet.json");
    private static final Path PAGE = RESULTS.resolve("registry.md");
    private static final String QUICK = "--quick";
    private static final List<String> BENCHMARKS = List.of("RegistryBenchmark", "PickBenchmark", "TurnBenchmark");

    private RegistrySuite() {}

    /** Runs it all, from the project's directory. */
    public static void main(String[] args)
            throws IOException, InterruptedException, RunnerException, CommandLineOptionException {
        List<String> given = new ArrayList<>(Arrays.asList(args));
        boolean quick = given.remove(QUICK);
        CommandLineOptions options = new CommandLineOptions(given.toArray(String[]::new));
        Files.createDirectories(RESULTS);
        RegistryMeasures measures = RegistryMeasures.measure(quick);
        JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build().writeValue(MEASURES.toFile(), measures);
        ResultFormatFactory.getInstance(ResultFormatType.JSON, JSON.toString()).writeOut(jmh(options, quick));
        String page = RegistryPage.of(JSON, MEASURES);
        Files.writeString(PAGE, page);
        System.out.println(page);
        System.exit(0);
    }

    private static Collection<RunResult> jmh(CommandLineOptions given, boolean quick) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .parent(given)
                .addProfiler(GCProfiler.class)
                .warmupIterations(given.getWarmupIterations().orElse(2))
                .warmupTime(given.getWarmupTime().orElse(TimeValue.milliseconds(200)))
                .measurementIterations(given.getMeasurementIterations().orElse(5))
                .measurementTime(given.getMeasurementTime().orElse(TimeValue.milliseconds(100)));
        if (given.getIncludes().isEmpty()) {
            BENCHMARKS.forEach(options::include);
        }
        if (quick) {
            options.forks(1)
                    .warmupIterations(1)
                    .warmupTime(TimeValue.milliseconds(50))
                    .measurementIterations(1)
                    .measurementTime(TimeValue.milliseconds(50));
        }
        return new Runner(options.build()).run();
    }
}
