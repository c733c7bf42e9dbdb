package io.backstay.benchmarks;

import io.backstay.benchmarks.StoreFigures.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Measures what shared state costs, on a real Redis over loopback ({@link StoreRound}) and in its copies ({@link ReplicaBenchmark}),
 * and writes results and page. Takes {@code --quick} for a run that only shows that it works.
 */
final class StoreSuite {

    private static final Path RESULTS = Path.of("benchmarks", "results");
    private static final Path JSON = RESULTS.resolve("store.json");
    private static final Path LOOPBACK = RESULTS.resolve("store-loopback.json");
    private static final Path PAGE = RESULTS.resolve("store.md");

    private StoreSuite() {}

    /** Runs it all, from the project's directory. */
    public static void main(String[] args) throws IOException, InterruptedException, RunnerException {
        List<String> given = List.of(args);
        if (!given.isEmpty() && !given.equals(List.of("--quick"))) {
            System.err.println("store takes nothing or --quick");
            System.exit(2);
        }
        boolean quick = !given.isEmpty();
        StoreFigures measured = StoreFigures.measure(quick ? Plan.TRY : Plan.MEASUREMENT);
        Collection<RunResult> reads = new Runner(reads(quick)).run();
        Files.createDirectories(RESULTS);
        JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build().writeValue(LOOPBACK.toFile(), measured);
        ResultFormatFactory.getInstance(ResultFormatType.JSON, JSON.toString()).writeOut(reads);
        String page = new StorePage(measured, reads).text();
        Files.writeString(PAGE, page);
        System.out.println(page);
        System.exit(0);
    }

    private static Options reads(boolean quick) {
        return new OptionsBuilder()
                .include(ReplicaBenchmark.class.getName())
                .addProfiler(GCProfiler.class)
                .forks(quick ? 1 : 3)
                .warmupIterations(quick ? 1 : 2)
                .warmupTime(TimeValue.milliseconds(200))
                .measurementIterations(quick ? 1 : 5)
                .measurementTime(TimeValue.milliseconds(200))
                .build();
    }
}
