package io.backstay.benchmarks;

import io.backstay.benchmarks.Transports.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Measures what a call costs over each transport, beside the bare client below it, and writes results and page. Takes
 * {@code --quick} for a run that only shows that it works.
 */
final class TransportSuite {

    private static final Path RESULTS = Path.of("benchmarks", "results");
    private static final Path JSON = RESULTS.resolve("transports.json");
    private static final Path PAGE = RESULTS.resolve("transports.md");

    private TransportSuite() {}

    /** Runs it all, from the project's directory. */
    public static void main(String[] args) throws IOException, InterruptedException {
        List<String> given = List.of(args);
        if (!given.isEmpty() && !given.equals(List.of("--quick"))) {
            System.err.println("transports takes nothing or --quick");
            System.exit(2);
        }
        Transports measured = Transports.measure(given.isEmpty() ? Plan.MEASUREMENT : Plan.TRY);
        Files.createDirectories(RESULTS);
        JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build().writeValue(JSON.toFile(), measured);
        String page = new TransportsPage(measured).text();
        Files.writeString(PAGE, page);
        System.out.println(page);
        System.exit(0);
    }
}
