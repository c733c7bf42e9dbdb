package io.backstay.http.jdk;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The exchanges under way and the one timer that watches them all. The timer is set for the earliest deadline only, so that
 * an exchange which ends in time, as nearly all do, costs an entry in a set and not a timer of its own. Thread-safe.
 */
final class RunningExchanges {

    private static final long WARY_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** How many exchanges one thread sees to in passing; of more, those that wait for it may lose what it spares. */
    private static final int FEW = 128;

    private final TimeSource time;
    private final DelayScheduler scheduler;
    private final Executor workers;
    private final Set<JdkTransportCall> running = ConcurrentHashMap.newKeySet();
    private final AtomicInteger notPlain = new AtomicInteger();

    /** Guards the change of {@link #alarm}; taken only where there is none early enough. */
    private final ReentrantLock setting = new ReentrantLock();

    private volatile @Nullable Alarm alarm;

    /** Zero when there is no reason. */
    private volatile long waryUntilNanos;

    RunningExchanges(ProviderContext context) {
        this.time = context.time();
        this.scheduler = context.scheduler();
        this.workers = context.workers();
    }

    long deadline(long timeoutNanos) {
        return time.nanoTime() + Math.min(timeoutNanos, Long.MAX_VALUE / 4);
    }

    boolean isDue(long deadlineNanos) {
        return deadlineNanos - time.nanoTime() <= 0;
    }

    /**
     * Has exchanges be made, for a while, in the way by which no connection is forgotten: a server that breaks the protocol
     * once is likely to do it again.
     */
    void beWary() {
        waryUntilNanos = (time.nanoTime() + WARY_NANOS) | 1;
    }

    boolean isWary() {
        long until = waryUntilNanos;
        return until != 0 && until - time.nanoTime() > 0;
    }

    /** Watches from now on; the deadline of the call must be set. */
    void add(JdkTransportCall call) {
        if (!call.isPlain()) {
            notPlain.incrementAndGet();
        }
        running.add(call);
        wakeBy(call.deadlineNanos());
    }

    /** Where bodies are read that are sent as streams. */
    Executor workers() {
        return workers;
    }

    void remove(JdkTransportCall call) {
        if (running.remove(call) && !call.isPlain()) {
            notPlain.decrementAndGet();
        }
    }

    /** Whether all that the client does for them is quickly done, see {@link Requests#isPlain}, and they are few. */
    boolean areFewAndPlain() {
        return notPlain.get() == 0 && running.size() <= FEW;
    }

    void cancelAll() {
        running.forEach(JdkTransportCall::cancel);
    }

    /** Sees to it that {@link #expire} runs at this time or before. */
    void wakeBy(long nanos) {
        if (isEarlyEnough(alarm, nanos)) {
            return;
        }
        setting.lock();
        try {
            Alarm present = alarm;
            if (isEarlyEnough(present, nanos)) {
                return;
            }
            if (present != null) {
                present.task.cancel();
            }
            alarm = new Alarm(
                    nanos, scheduler.schedule(this::expire, Duration.ofNanos(Math.max(0, nanos - time.nanoTime()))));
        } finally {
            setting.unlock();
        }
    }

    private static boolean isEarlyEnough(@Nullable Alarm alarm, long nanos) {
        return alarm != null && alarm.atNanos - nanos <= 0;
    }

    /** First takes the alarm away and then looks: who comes later sets a new one, who came before is seen. */
    private void expire() {
        setting.lock();
        try {
            alarm = null;
        } finally {
            setting.unlock();
        }
        long now = time.nanoTime();
        JdkTransportCall next = null;
        for (JdkTransportCall call : running) {
            if (!call.isTimed()) {
                continue;
            }
            if (call.deadlineNanos() - now <= 0) {
                workers.execute(call::timeOut);
            } else if (next == null || call.deadlineNanos() - next.deadlineNanos() < 0) {
                next = call;
            }
        }
        if (next != null) {
            wakeBy(next.deadlineNanos());
        }
    }

    private record Alarm(long atNanos, DelayScheduler.Cancellable task) {}
}
