package io.backstay.spi;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The exchanges of a transport that are under way: cancelled when it is closed, and told by one timer for all of them when their
 * time is over. The timer is set for the earliest deadline only, so that an exchange which ends in time, as nearly all do, costs
 * an entry in a set and not a timer of its own. Thread-safe.
 */
public final class RunningCalls {

    /** An exchange whose time is limited, up to its head at least. */
    public interface Timed extends TransportCall {

        /** Whether its time is limited still. */
        boolean isTimed();

        /** By when it has to end, as {@link TimeSource#nanoTime()} has it. */
        long deadlineNanos();

        /**
         * Its deadline has passed. On a thread that may block, or, where no worker is to be had, on the timer's; of no effect on
         * an exchange that has ended.
         */
        void timeOut();
    }

    private final TimeSource time;
    private final DelayScheduler scheduler;
    private final Executor workers;
    private final Set<Timed> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Guards the change of {@link #alarm}; taken only where there is none early enough. */
    private final ReentrantLock setting = new ReentrantLock();

    private volatile @Nullable Alarm alarm;

    /** None yet. */
    public RunningCalls(ProviderContext context) {
        this.time = context.time();
        this.scheduler = context.scheduler();
        this.workers = context.workers();
    }

    /** The deadline of an exchange that begins now and has so many nanoseconds. */
    public long deadlineAfter(long timeoutNanos) {
        return time.nanoTime() + Math.min(timeoutNanos, Long.MAX_VALUE / 4);
    }

    /** Whether a deadline has passed. */
    public boolean isDue(long deadlineNanos) {
        return deadlineNanos - time.nanoTime() <= 0;
    }

    /**
     * An exchange begins; its deadline is set.
     *
     * @return whether it may; once closed, it must end as cancelled
     */
    public boolean add(Timed call) {
        running.add(call);
        wakeBy(call.deadlineNanos());
        return !closed;
    }

    /** It has another deadline from now on. */
    public void rewatch(Timed call) {
        wakeBy(call.deadlineNanos());
    }

    /**
     * It has ended, its stream included.
     *
     * @return whether it was among them
     */
    public boolean remove(Timed call) {
        return running.remove(call);
    }

    /** How many have not ended. */
    public int size() {
        return running.size();
    }

    /** Whether no other may begin. */
    public boolean isClosed() {
        return closed;
    }

    /** Cancels all, and lets no other begin. May be called twice. */
    public void close() {
        closed = true;
        running.forEach(TransportCall::cancel);
    }

    /** Sees to it that {@link #expire} runs at this time or before. */
    private void wakeBy(long nanos) {
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
        Timed next = null;
        for (Timed call : running) {
            if (!call.isTimed()) {
                continue;
            }
            if (call.deadlineNanos() - now <= 0) {
                timeOut(call);
            } else if (next == null || call.deadlineNanos() - next.deadlineNanos() < 0) {
                next = call;
            }
        }
        if (next != null) {
            wakeBy(next.deadlineNanos());
        }
    }

    /** Here if there is no worker for it: the others wait for their alarm, which is yet to be set. */
    private void timeOut(Timed call) {
        try {
            workers.execute(call::timeOut);
        } catch (RejectedExecutionException e) {
            call.timeOut();
        }
    }

    private record Alarm(long atNanos, DelayScheduler.Cancellable task) {}
}
