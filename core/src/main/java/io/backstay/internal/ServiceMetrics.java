package io.backstay.internal;

import io.backstay.balance.InstancePool;
import io.backstay.guard.BreakerState;
import io.backstay.guard.CircuitBreaker;
import io.backstay.spi.MetricSource;
import io.backstay.spi.TimeSource;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of one service's calls, each thing once. */
final class ServiceMetrics {

    final LongAdder succeeded = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder rejected = new LongAdder();
    final LongAdder attempts = new LongAdder();
    final LongAdder retries = new LongAdder();
    final LongAdder fallbacks = new LongAdder();
    final Latencies latencies;

    ServiceMetrics(TimeSource time) {
        this.latencies = new Latencies(time);
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
        sink.latency("call_duration", labels, latencies.read());
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
}
