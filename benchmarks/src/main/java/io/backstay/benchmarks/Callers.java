package io.backstay.benchmarks;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * So many callers, each of which makes its next call once its last one has ended: threads that block, or asynchronous calls
 * whose completion starts the next one on the thread it comes on. Together they make a given number of calls.
 */
final class Callers implements AutoCloseable {

    /** Many times what a block takes: an exchange that hangs ends the run. */
    private static final int PATIENCE_SECONDS = 60;

    private final int number;
    private final boolean async;
    private final ExecutorService threads;

    Callers(int number, boolean async) {
        this.number = number;
        this.async = async;
        this.threads = Executors.newFixedThreadPool(number, task -> {
            Thread thread = new Thread(task, "caller");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Makes as many calls as there is room for their latencies, in nanoseconds, and says how many nanoseconds that took from
     * the start of the first to the end of the last.
     *
     * @throws IllegalStateException when a call fails, or its answer has another length
     */
    long run(ByteExchange exchange, int answerBytes, long[] latencies) throws InterruptedException {
        Block block = new Block(exchange, answerBytes, latencies);
        long start = System.nanoTime();
        for (int i = 0; i < number; i++) {
            if (async) {
                block.next();
            } else {
                threads.execute(block::callAll);
            }
        }
        block.await();
        return System.nanoTime() - start;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private final class Block {

        private final ByteExchange exchange;
        private final int answerBytes;
        private final long[] latencies;
        private final AtomicInteger tickets = new AtomicInteger();
        private final CountDownLatch running = new CountDownLatch(number);
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Block(ByteExchange exchange, int answerBytes, long[] latencies) {
            this.exchange = exchange;
            this.answerBytes = answerBytes;
            this.latencies = latencies;
        }

        void callAll() {
            try {
                for (int ticket = tickets.getAndIncrement(); has(ticket); ticket = tickets.getAndIncrement()) {
                    long start = System.nanoTime();
                    end(ticket, start, exchange.call());
                }
            } catch (Exception | Error e) {
                failure.compareAndSet(null, e);
            }
            running.countDown();
        }

        void next() {
            int ticket = tickets.getAndIncrement();
            if (!has(ticket)) {
                running.countDown();
                return;
            }
            long start = System.nanoTime();
            var unused = exchange.callAsync()
                    .thenAccept(body -> end(ticket, start, body))
                    .whenComplete((none, thrown) -> {
                        if (thrown != null) {
                            failure.compareAndSet(null, thrown);
                        }
                        next();
                    });
        }

        private boolean has(int ticket) {
            return ticket < latencies.length && failure.get() == null;
        }

        private void end(int ticket, long start, byte[] body) {
            latencies[ticket] = System.nanoTime() - start;
            if (body.length != answerBytes) {
                throw new IllegalStateException("an answer of " + body.length + " B in place of " + answerBytes);
            }
        }

        void await() throws InterruptedException {
            boolean ended = running.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (!ended || failure.get() != null) {
                throw new IllegalStateException(ended ? "a call failed" : "a call hangs", failure.get());
            }
        }
    }
}
