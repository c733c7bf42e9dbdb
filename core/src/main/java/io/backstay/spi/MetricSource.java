package io.backstay.spi;

import java.util.Map;

/** Something that counts. Exporters ask it when they want its figures; it does nothing in between. Thread-safe. */
@FunctionalInterface
public interface MetricSource {

    /** Tells all figures as they stand now. */
    void collect(Sink sink);

    /** Where figures go. Names are in snake case, without a prefix; labels are few and of bounded variety. */
    interface Sink {
        /** A count since the start, which only grows. */
        void counter(String name, Map<String, String> labels, long value);

        /** A value as it stands. */
        void gauge(String name, Map<String, String> labels, double value);

        /** How durations are distributed. */
        void latency(String name, Map<String, String> labels, Latency value);
    }

    /**
     * A distribution of durations, in seconds: those of the last minute or two, zero where there were none.
     *
     * @param count how many since the start, which only grows
     * @param p50 the median
     * @param p95 95 of 100 are no longer
     * @param p99 99 of 100 are no longer
     * @param max the longest
     */
    record Latency(long count, double p50, double p95, double p99, double max) {}
}
