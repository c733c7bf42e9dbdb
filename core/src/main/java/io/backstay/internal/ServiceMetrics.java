package io.backstay.internal;

import io.backstay.balance.InstancePool;
import io.backstay.guard.BreakerState;
import io.backstay.guard.CircuitBreaker;
import io.backstay.spi.MetricSource;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.AtomicHistogram;

/** What is counted of one service's calls, each thing once. */
final class ServiceMetrics {

    private static final double MICROS_PER_SECOND = 1e6;
    private static final long LONGEST_MICROS = 3_600_000_000L;

    final LongAdder succeeded = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder rejected = new LongAdder();
    final LongAdder attempts = new LongAdder();
    final LongAdder retries = new LongAdder();
    final LongAdder fallbacks = new LongAdder();
    /** Microseconds to two digits, up to an hour: 1 % of error in 26 KB. */
    private final AtomicHistogram latency = new AtomicHistogram(LONGEST_MICROS, 2);

    void recordLatency(long nanos) {
        latency.recordValue(Math.min(Math.max(0, nanos) / 1_000, LONGEST_MICROS));
    }

    void collect(ServiceState service, MetricSource.Sink sink) {
        Map<String, String> labels = Map.of("service", service.name);
        long ok = succeeded.sum();
        long notOk = failed.sum();
        sink.counter("total_calls", labels, ok + notOk);
        sink.counter("successful_calls", labels, ok);
        sink.counter("failed_calls", labels, notOk);
        sink.counter("rejected_calls", labels, rejected.sum());
        sink.counter("call_attempts", labels, attempts.sum());
        sink.counter("call_retries", labels, retries.sum());
        sink.counter("fallback_answers", labels, fallbacks.sum());
        InstancePool instances = service.instances;
        sink.gauge("known_instances", labels, instances.size());
        sink.gauge("healthy_instances", labels, instances.healthy());
        sink.gauge("ejected_instances", labels, instances.ejected());
        sink.counter("instance_ejections", labels, instances.ejections());
        sink.counter("instance_warnings", labels, instances.warnings());
        sink.latency("call_duration", labels, latency());
        service.guards().breakers().forEach(breaker -> collect(breaker, sink));
    }

    private static void collect(CircuitBreaker breaker, MetricSource.Sink sink) {
        var status = breaker.status();
        for (BreakerState state : BreakerState.values()) {
            sink.gauge(
                    "circuit_state",
                    Map.of("service", breaker.name(), "state", state.name()),
                    status.state() == state ? 1 : 0);
        }
        sink.gauge("failure_rate", Map.of("service", breaker.name()), status.failureRate());
    }

    private MetricSource.Latency latency() {
        AtomicHistogram copy = latency.copy();
        return new MetricSource.Latency(
                copy.getTotalCount(),
                copy.getValueAtPercentile(50) / MICROS_PER_SECOND,
                copy.getValueAtPercentile(95) / MICROS_PER_SECOND,
                copy.getValueAtPercentile(99) / MICROS_PER_SECOND,
                copy.getMaxValue() / MICROS_PER_SECOND);
    }
}
