package io.backstay.demo;

import io.backstay.event.BreakerStateChanged;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.Collectors;

/** Says in words what callers saw during a step. */
final class PhaseReport {

    private PhaseReport() {}

    /** A line for each service. */
    static void print(PhaseStats phase, PrintStream out) {
        for (String service : phase.services()) {
            out.println("  " + service + ": " + words(phase.of(service)));
            String changes = changes(phase.breakerChanges(service));
            if (!changes.isEmpty()) {
                out.println("    circuit breaker " + changes);
            }
        }
        if (phase.skipped() > 0) {
            out.println("  " + phase.skipped() + " calls were due and not made: " + LoadGenerator.MOST_UNDER_WAY
                    + " were under way");
        }
    }

    private static String words(ServiceStats stats) {
        if (stats.calls() == 0) {
            return "no calls";
        }
        StringBuilder words = new StringBuilder()
                .append(stats.calls())
                .append(" calls, ")
                .append(stats.succeeded())
                .append(" succeeded");
        if (stats.degraded() > 0) {
            words.append(", ").append(stats.degraded()).append(" answered by the fallback");
        }
        if (stats.failed() > 0) {
            words.append(", ").append(stats.failed()).append(" failed");
        }
        if (stats.lost() > 0) {
            words.append(reasons(stats));
        }
        return words.append("; p50 ")
                .append(Figures.percentile(stats.latency(), 50))
                .append(", p95 ")
                .append(Figures.percentile(stats.latency(), 95))
                .append(", p99 ")
                .append(Figures.percentile(stats.latency(), 99))
                .append(" ms")
                .toString();
    }

    private static String reasons(ServiceStats stats) {
        return stats.reasons().entrySet().stream()
                .map(reason -> reason.getValue() + " × " + reason.getKey())
                .collect(Collectors.joining(", ", " (", ")"));
    }

    private static String changes(List<BreakerStateChanged> changes) {
        return changes.stream()
                .map(change -> change.to() + " (" + change.reason() + ")")
                .collect(Collectors.joining(", "));
    }
}
