package io.backstay.registry;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks names of hosts up on workers, so many at a time; the others wait for their turn. A lookup cannot be ended from outside, so whoever
 * asks sets a time limit of his own. Thread-safe; never blocks who asks.
 */
final class Lookups {

    /** How many may be under way. */
    static final int MOST = 64;

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.registry");

    /** Where names are looked up; may block for as long as it will. */
    @FunctionalInterface
    interface Directory {
        InetAddress find(String host) throws UnknownHostException;
    }

    /** Who asks. */
    interface Asker {
        String host();

        void found(InetAddress address);

        /** There is no such host. */
        void unknown();
    }

    private final Directory directory;
    private final Executor workers;
    private final Queue<Asker> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger running = new AtomicInteger();

    Lookups(Directory directory, Executor workers) {
        this.directory = directory;
        this.workers = workers;
    }

    void ask(Asker asker) {
        waiting.add(asker);
        startWorkers();
    }

    /** Whoever waits no longer loses its turn. */
    void forget(Asker asker) {
        waiting.remove(asker);
    }

    private void startWorkers() {
        while (!waiting.isEmpty() && takePlace()) {
            try {
                workers.execute(this::work);
            } catch (RejectedExecutionException e) {
                running.decrementAndGet();
                LOG.debug("a host cannot be looked up: {}", e.toString());
                return;
            }
        }
    }

    private boolean takePlace() {
        return running.getAndUpdate(count -> Math.min(MOST, count + 1)) < MOST;
    }

    private void work() {
        try {
            for (Asker next = waiting.poll(); next != null; next = waiting.poll()) {
                find(next);
            }
        } finally {
            running.decrementAndGet();
        }
        // One that came after the last look, when all places were still taken.
        startWorkers();
    }

    private void find(Asker asker) {
        InetAddress address;
        try {
            address = directory.find(asker.host());
        } catch (UnknownHostException | RuntimeException e) {
            asker.unknown();
            return;
        }
        asker.found(address);
    }
}
