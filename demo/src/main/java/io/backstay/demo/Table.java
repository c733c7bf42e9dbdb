package io.backstay.demo;

import io.backstay.event.BreakerStateChanged;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The figures of services and steps, one row for each. */
final class Table {

    private static final List<String> HEADINGS = List.of(
            "service",
            "step",
            "calls",
            "succeeded",
            "degraded",
            "failed",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "breaker changes",
            "recovery");

    /** Those before stand to the left, this and the next ones to the right. */
    private static final int FIRST_NUMBER = 2;

    private static final int LAST_NUMBER = 8;

    private final List<List<String>> rows = new ArrayList<>();

    /** All services and steps, and the total of each service where there is more than one step. */
    static Table of(List<PhaseStats> phases) {
        Table table = new Table();
        table.rows.add(HEADINGS);
        List<String> services = phases.stream()
                .flatMap(phase -> phase.services().stream())
                .distinct()
                .sorted()
                .toList();
        for (String service : services) {
            ServiceStats total = new ServiceStats();
            List<BreakerStateChanged> changes = new ArrayList<>();
            for (PhaseStats phase : phases) {
                List<BreakerStateChanged> changed = phase.breakerChanges(service);
                table.row(service, phase.name(), phase.of(service), changed, phase.recovery(service));
                total.add(phase.of(service));
                changes.addAll(changed);
            }
            if (phases.size() > 1) {
                table.row(service, "TOTAL", total, changes, null);
            }
        }
        return table;
    }

    private void row(
            String service,
            String step,
            ServiceStats stats,
            List<BreakerStateChanged> changes,
            @Nullable Duration recovery) {
        rows.add(List.of(
                service,
                step,
                Long.toString(stats.calls()),
                Long.toString(stats.succeeded()),
                Long.toString(stats.degraded()),
                Long.toString(stats.failed()),
                Figures.percentile(stats.latency(), 50),
                Figures.percentile(stats.latency(), 95),
                Figures.percentile(stats.latency(), 99),
                changes.isEmpty()
                        ? "-"
                        : changes.size() + ", last "
                                + changes.get(changes.size() - 1).to(),
                recovery == null ? "-" : Figures.seconds(recovery)));
    }

    void print(PrintStream out) {
        int[] widths = new int[HEADINGS.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String padding = " ".repeat(widths[i] - row.get(i).length());
                boolean right = i >= FIRST_NUMBER && i <= LAST_NUMBER;
                line.append("  ").append(right ? padding + row.get(i) : row.get(i) + padding);
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
