package io.backstay.balance;

import io.backstay.EjectionPolicy;
import io.backstay.spi.DelayScheduler;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Whether an instance is ejected, and how often it has been. Changes under the pool's lock; anybody may look. */
final class Ejection {

    /** The count sinks by one with each such time that it does well. */
    private static final long FORGIVEN_NANOS = Duration.ofMinutes(1).toNanos();
    /** More than the longest time over the shortest. */
    private static final int MOST = 100_000_000;

    private volatile boolean on;
    private volatile long untilNanos;
    private int count;
    private long endedNanos;
    private DelayScheduler.@Nullable Cancellable timer;

    boolean isOn() {
        return on;
    }

    /** How long it still lasts; of meaning while it is on. */
    Duration remaining(long nowNanos) {
        return Duration.ofNanos(Math.max(0, untilNanos - nowNanos));
    }

    int count() {
        return count;
    }

    /** Begins, and says for how long. */
    Duration begin(EjectionPolicy policy, long nowNanos) {
        long forgiven = count == 0 ? 0 : Math.max(0, nowNanos - endedNanos) / FORGIVEN_NANOS;
        count = (int) Math.min(MOST, Math.max(0, count - forgiven) + 1);
        double nanos = Math.min((double) count * policy.time().toNanos(), longest(policy));
        untilNanos = nowNanos + (long) nanos;
        on = true;
        return Duration.ofNanos((long) nanos);
    }

    private static double longest(EjectionPolicy policy) {
        return Math.max(policy.time().toNanos(), policy.maxTime().toNanos());
    }

    /** What is to end it. */
    void endsBy(DelayScheduler.Cancellable next) {
        timer = next;
    }

    void end(long nowNanos) {
        on = false;
        endedNanos = nowNanos;
        cancel();
    }

    /** Its instance is gone. */
    void cancel() {
        DelayScheduler.Cancellable present = timer;
        timer = null;
        if (present != null) {
            present.cancel();
        }
    }
}
