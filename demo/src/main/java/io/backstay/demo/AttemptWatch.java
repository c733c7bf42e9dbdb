package io.backstay.demo;

import io.backstay.EventListener;
import io.backstay.event.AttemptFailed;
import io.backstay.event.AttemptStarted;
import io.backstay.event.AttemptSucceeded;
import io.backstay.event.CallEvent;
import io.backstay.spi.SystemTime;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Sees which instance has attempts in flight, and when an instance or a service answers again. Thread-safe. */
final class AttemptWatch implements EventListener<CallEvent> {

    private final Map<String, AtomicLong> inFlight = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> started = new ConcurrentHashMap<>();
    private final Map<String, Long> firstSuccess = new ConcurrentHashMap<>();

    @Override
    public void on(CallEvent event) {
        if (event instanceof AttemptStarted attempt) {
            String address = attempt.instance().address();
            counter(inFlight, address).incrementAndGet();
            counter(started, address).incrementAndGet();
        } else if (event instanceof AttemptSucceeded attempt) {
            String address = attempt.instance().address();
            counter(inFlight, address).decrementAndGet();
            long now = SystemTime.shared().nanoTime();
            firstSuccess.putIfAbsent(address, now);
            firstSuccess.putIfAbsent(attempt.service(), now);
        } else if (event instanceof AttemptFailed attempt) {
            counter(inFlight, attempt.instance().address()).decrementAndGet();
        }
    }

    private static AtomicLong counter(Map<String, AtomicLong> counters, String address) {
        return counters.computeIfAbsent(address, key -> new AtomicLong());
    }

    /** How many attempts an instance has not answered yet. */
    long inFlight(String address) {
        return counter(inFlight, address).get();
    }

    /** How many attempts an instance has been asked for in all. */
    long started(String address) {
        return counter(started, address).get();
    }

    /** Looks out anew for the first success of an instance, by its address, or of a service, by its name. */
    void lookOutFor(String instanceOrService) {
        firstSuccess.remove(instanceOrService);
    }

    boolean hasSucceeded(String instanceOrService) {
        return firstSuccess.containsKey(instanceOrService);
    }

    /** From a moment to the first success since the look-out; none where there has been none. Never below zero. */
    @Nullable
    Duration recovery(String instanceOrService, long sinceNanos) {
        Long first = firstSuccess.get(instanceOrService);
        return first == null ? null : Duration.ofNanos(Math.max(0, first - sinceNanos));
    }
}
