package io.backstay.store.redis;

import io.backstay.spi.DelayScheduler;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Has a table swept each second, as long as this process watches it or has used it within a minute. All processes do so; the script
 * comes to nothing for all but the first.
 */
final class Sweeper {

    private static final long PERIOD_MILLIS = 1_000;

    /** When another process does it anyway, and leases are long enough for one that stops to be noticed. */
    private static final long LONGEST_PERIOD_MILLIS = 2_000;

    private static final int PARTS_OF_A_LEASE = 6;
    private static final long IN_USE_NANOS = Duration.ofMinutes(1).toNanos();
    private static final double JITTER = 0.2;

    private final RedisTable table;
    private final RedisStateStore store;
    private final AtomicBoolean running = new AtomicBoolean();
    private volatile long used;
    private volatile boolean closed;
    private volatile DelayScheduler.@Nullable Cancellable waiting;

    Sweeper(RedisTable table, RedisStateStore store) {
        this.table = table;
        this.store = store;
    }

    /** The table is in use: begins, unless it runs. */
    void use() {
        used = store.time().nanoTime();
        if (!running.get() && running.compareAndSet(false, true)) {
            later(PERIOD_MILLIS);
        }
    }

    void close() {
        closed = true;
        DelayScheduler.Cancellable present = waiting;
        if (present != null) {
            present.cancel();
        }
    }

    private void later(long millis) {
        if (closed) {
            return;
        }
        double factor = 1 - JITTER + 2 * JITTER * store.random().nextDouble();
        waiting = store.scheduler().schedule(() -> sweep(false), Duration.ofMillis((long) (millis * factor)));
    }

    private void sweep(boolean goOn) {
        if (!isInUse()) {
            running.set(false);
            // Whoever has come meanwhile has seen it run.
            if (isInUse() && running.compareAndSet(false, true)) {
                later(PERIOD_MILLIS);
            }
            return;
        }
        table.sweep(goOn).whenComplete((swept, error) -> {
            if (error != null) {
                later(PERIOD_MILLIS);
                return;
            }
            store.counts().expired.add(swept.expired());
            if (swept.more()) {
                sweep(true);
            } else {
                later(swept.here() ? PERIOD_MILLIS : unhurried(swept.shortestLeaseMillis()));
            }
        });
    }

    private boolean isInUse() {
        return table.isWatched() || store.time().nanoTime() - used <= IN_USE_NANOS;
    }

    private static long unhurried(long shortestLeaseMillis) {
        return Math.min(Math.max(PERIOD_MILLIS, shortestLeaseMillis / PARTS_OF_A_LEASE), LONGEST_PERIOD_MILLIS);
    }
}
