package io.backstay.demo;

import io.backstay.CallException;
import io.backstay.CallRejectedException;
import io.backstay.HttpStatusException;
import io.backstay.Result;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** What callers of one service saw during one step. Thread-safe. */
final class ServiceStats {

    static final long LONGEST_MICROS = 600_000_000L;

    private final LongAdder succeeded = new LongAdder();
    private final LongAdder degraded = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder idempotentLost = new LongAdder();
    private final LongAdder unexplained = new LongAdder();
    private final Map<String, LongAdder> reasons = new ConcurrentHashMap<>();
    private final Histogram latency = new ConcurrentHistogram(LONGEST_MICROS, 3);
    private final Histogram refused = new ConcurrentHistogram(LONGEST_MICROS, 3);

    /** A call ended. */
    void record(Result<?> result, boolean isIdempotent, long nanos) {
        recordTime(latency, nanos);
        if (result instanceof Result.Success) {
            succeeded.increment();
            return;
        }
        if (isIdempotent) {
            idempotentLost.increment();
        }
        if (result instanceof Result.Degraded<?> answered) {
            degraded.increment();
            lost(answered.cause(), nanos);
        } else if (result instanceof Result.Failure<?> failure) {
            failed.increment();
            lost(failure.cause(), nanos);
        }
    }

    /** A call ended as none should: by something else than a result. */
    void recordUnexplained(Throwable failure, long nanos) {
        recordTime(latency, nanos);
        failed.increment();
        unexplained.increment();
        reasons.computeIfAbsent("broke with " + failure, words -> new LongAdder())
                .increment();
    }

    private void lost(CallException cause, long nanos) {
        reasons.computeIfAbsent(words(cause), words -> new LongAdder()).increment();
        if (isRefusal(cause)) {
            recordTime(refused, nanos);
        }
    }

    private static boolean isRefusal(CallException cause) {
        return cause instanceof CallRejectedException rejection
                && rejection.guard().equals("circuit breaker");
    }

    private static String words(CallException cause) {
        if (isRefusal(cause)) {
            return "refused by the circuit breaker";
        }
        Throwable answer = cause.getCause() instanceof HttpStatusException status ? status : cause;
        return answer instanceof HttpStatusException status
                ? "answered " + status.status()
                : cause.kind().words();
    }

    private static void recordTime(Histogram histogram, long nanos) {
        histogram.recordValue(Math.min(Math.max(0, nanos) / 1_000, LONGEST_MICROS));
    }

    /** Adds what another one counted. */
    void add(ServiceStats other) {
        succeeded.add(other.succeeded());
        degraded.add(other.degraded());
        failed.add(other.failed());
        idempotentLost.add(other.idempotentLost());
        unexplained.add(other.unexplained());
        other.reasons.forEach((words, count) ->
                reasons.computeIfAbsent(words, key -> new LongAdder()).add(count.sum()));
        latency.add(other.latency);
        refused.add(other.refused);
    }

    long calls() {
        return succeeded() + degraded() + failed();
    }

    long succeeded() {
        return succeeded.sum();
    }

    /** Answered by a fallback. */
    long degraded() {
        return degraded.sum();
    }

    long failed() {
        return failed.sum();
    }

    /** Not answered by the service, whether or not a fallback was there. */
    long lost() {
        return degraded() + failed();
    }

    /** Those of the lost that could be repeated safely. */
    long idempotentLost() {
        return idempotentLost.sum();
    }

    /** Calls that ended by something else than a result. */
    long unexplained() {
        return unexplained.sum();
    }

    /** Why calls were lost and how often, in words. */
    Map<String, Long> reasons() {
        Map<String, Long> counts = new TreeMap<>();
        reasons.forEach((words, count) -> counts.put(words, count.sum()));
        return counts;
    }

    /** How long calls took, in microseconds. */
    Histogram latency() {
        return latency;
    }

    /** How long those took that the circuit breaker refused, in microseconds; all of them are in {@link #latency} too. */
    Histogram refused() {
        return refused;
    }
}
