package io.backstay.internal;

import io.backstay.spi.DelayScheduler;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs tasks one after the other, in their order, never on the thread that leaves them. Thread-safe. */
final class Later {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay");

    private final DelayScheduler scheduler;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    Later(DelayScheduler scheduler) {
        this.scheduler = scheduler;
    }

    void run(Runnable task) {
        tasks.add(task);
        if (waiting.getAndIncrement() == 0) {
            scheduler.schedule(this::runAll, Duration.ZERO);
        }
    }

    private void runAll() {
        do {
            Runnable task = tasks.poll();
            try {
                if (task != null) {
                    task.run();
                }
            } catch (RuntimeException | Error e) {
                LOG.error("a task in the background failed", e);
            }
        } while (waiting.decrementAndGet() > 0);
    }
}
