package io.backstay.registry;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has tasks run one after the other, in the order in which they come, each on the thread that brings it or, while another is running, on
 * that one's. Each sees what those before it have done; nobody waits. What only tasks touch needs no lock.
 */
final class Turns {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    void run(Runnable task) {
        tasks.add(task);
        if (waiting.getAndIncrement() > 0) {
            return;
        }
        do {
            runNext();
        } while (waiting.decrementAndGet() > 0);
    }

    private void runNext() {
        Runnable task = tasks.poll();
        if (task == null) {
            return;
        }
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.error("a step of the registry failed", e);
        }
    }
}
