package io.backstay.store.redis;

import io.backstay.spi.MetricSource;
import io.backstay.spi.StateStoreException;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.AtomicHistogram;
import org.jspecify.annotations.Nullable;

/** What is counted of one store. Thread-safe. */
final class StoreCounts {

    private static final double MICROS_PER_SECOND = 1e6;
    private static final long LONGEST_MICROS = 600_000_000L;

    /** By operation and outcome: few of each. */
    private record Kind(String operation, String outcome) {}

    private final Map<Kind, LongAdder> operations = new ConcurrentHashMap<>();
    private final Map<String, AtomicHistogram> latencies = new ConcurrentHashMap<>();

    final LongAdder connections = new LongAdder();
    /** Connections lost, and attempts that came to nothing. */
    final LongAdder failedConnections = new LongAdder();

    final LongAdder messages = new LongAdder();
    final LongAdder damagedMessages = new LongAdder();
    final LongAdder missedMessages = new LongAdder();
    final LongAdder unpublished = new LongAdder();
    final LongAdder resets = new LongAdder();
    final LongAdder expired = new LongAdder();

    void record(String operation, long nanos, @Nullable Throwable error) {
        operations
                .computeIfAbsent(new Kind(operation, outcome(error)), kind -> new LongAdder())
                .increment();
        if (error == null) {
            latencies
                    .computeIfAbsent(operation, name -> new AtomicHistogram(LONGEST_MICROS, 2))
                    .recordValue(Math.min(Math.max(0, nanos) / 1_000, LONGEST_MICROS));
        }
    }

    private static String outcome(@Nullable Throwable error) {
        if (error == null) {
            return "done";
        }
        return error instanceof StateStoreException known
                ? known.reason().name().toLowerCase(Locale.ROOT)
                : "cancelled";
    }

    void collect(MetricSource.Sink sink, Map<String, String> labels, boolean available, int underway) {
        operations.forEach((kind, count) -> sink.counter(
                "store_operations",
                with(labels, "operation", kind.operation(), "outcome", kind.outcome()),
                count.sum()));
        latencies.forEach((operation, latency) -> sink.latency(
                "store_operation_duration", with(labels, "operation", operation), summary(latency.copy())));
        sink.counter("store_connections", labels, connections.sum());
        sink.counter("store_connection_failures", labels, failedConnections.sum());
        sink.counter("store_watch_messages", labels, messages.sum());
        sink.counter("store_damaged_messages", labels, damagedMessages.sum());
        sink.counter("store_missed_messages", labels, missedMessages.sum());
        sink.counter("store_unpublished_changes", labels, unpublished.sum());
        sink.counter("store_resets", labels, resets.sum());
        sink.counter("store_expired_entries", labels, expired.sum());
        sink.gauge("store_available", labels, available ? 1 : 0);
        sink.gauge("store_operations_underway", labels, underway);
    }

    private static Map<String, String> with(Map<String, String> labels, String... more) {
        Map<String, String> all = new java.util.HashMap<>(labels);
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        return Map.copyOf(all);
    }

    private static MetricSource.Latency summary(AtomicHistogram latency) {
        return new MetricSource.Latency(
                latency.getTotalCount(),
                latency.getValueAtPercentile(50) / MICROS_PER_SECOND,
                latency.getValueAtPercentile(95) / MICROS_PER_SECOND,
                latency.getValueAtPercentile(99) / MICROS_PER_SECOND,
                latency.getMaxValue() / MICROS_PER_SECOND);
    }
}
