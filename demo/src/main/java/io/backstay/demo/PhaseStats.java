package io.backstay.demo;

import io.backstay.event.BreakerStateChanged;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** What happened during one step of the script. A call belongs to the step in which it began. Thread-safe. */
final class PhaseStats {

    private final String name;
    private final Map<String, ServiceStats> services = new ConcurrentSkipListMap<>();
    private final List<BreakerStateChanged> breakerChanges = new CopyOnWriteArrayList<>();
    private final Map<String, Duration> recoveries = new ConcurrentHashMap<>();
    private final Histogram lateness = new ConcurrentHistogram(ServiceStats.LONGEST_MICROS, 3);
    private final LongAdder begun = new LongAdder();
    private final LongAdder ended = new LongAdder();
    private final LongAdder skipped = new LongAdder();

    PhaseStats(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    /** Of one service; empty ones where there were no calls. */
    ServiceStats of(String service) {
        return services.computeIfAbsent(service, key -> new ServiceStats());
    }

    /** Services that were called, by name. */
    Set<String> services() {
        return services.keySet();
    }

    /** A call begins, so much later than it was due. */
    void begin(long lateNanos) {
        begun.increment();
        lateness.recordValue(Math.min(Math.max(0, lateNanos) / 1_000, ServiceStats.LONGEST_MICROS));
    }

    /** How late calls began that were due, in microseconds: the machine's doing, not that of any service. */
    Histogram lateness() {
        return lateness;
    }

    void end() {
        ended.increment();
    }

    /** A call was due and not made, since too many were under way. */
    void skip() {
        skipped.increment();
    }

    long begun() {
        return begun.sum();
    }

    long skipped() {
        return skipped.sum();
    }

    /** Whether all calls that began have ended. Of meaning once no more begin. */
    boolean isSettled() {
        return ended.sum() == begun.sum();
    }

    void changed(BreakerStateChanged change) {
        breakerChanges.add(change);
    }

    /** Changes of a service's breaker, in order. */
    List<BreakerStateChanged> breakerChanges(String service) {
        return breakerChanges.stream()
                .filter(change -> change.service().equals(service))
                .toList();
    }

    void recovered(String service, Duration time) {
        recoveries.put(service, time);
    }

    /** How long a service took to answer again; null where nothing was to recover, or where it did not. */
    @Nullable
    Duration recovery(String service) {
        return recoveries.get(service);
    }
}
