package io.backstay.benchmarks;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * So many callers, each of which makes its next call once its last one has ended: threads that block, or asynchronous calls
 * whose completion starts the next one on the thread it comes on. Together they make a given number of calls.
 *
 * <p>A call that fails is made again within its latency, and counted: where the cores are full the JDK's client now and then
 * closes a connection that it has just taken out of its pool, and tells of it when the request was a POST.
 */
final class Callers implements AutoCloseable {

    /** Many times what a block takes: an exchange that hangs ends the run. */
    private static final int PATIENCE_SECONDS = 60;

    /** In one block. */
    private static final int BEARABLE_FAILURES = 3;

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
     * What came of a block of calls.
     *
     * @param nanos from the start of the first to the end of the last
     * @param failures of calls that were made again
     */
    record Outcome(long nanos, int failures) {}

    /**
     * Makes as many calls as there is room for their latencies, in nanoseconds.
     *
     * @throws IllegalStateException when more than three calls fail, one takes a minute, or an answer has another length
     */
    Outcome run(ByteExchange exchange, int answerBytes, long[] latencies) throws InterruptedException {
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
        return new Outcome(System.nanoTime() - start, block.failures.get());
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
        private final AtomicInteger failures = new AtomicInteger();
        private volatile @Nullable Throwable lastFailure;

        Block(ByteExchange exchange, int answerBytes, long[] latencies) {
            this.exchange = exchange;
            this.answerBytes = answerBytes;
            this.latencies = latencies;
        }

        void callAll() {
            for (int ticket = tickets.getAndIncrement(); has(ticket); ticket = tickets.getAndIncrement()) {
                long start = System.nanoTime();
                while (!end(ticket, start, call()) && isBearable()) {}
            }
            running.countDown();
        }

        private int call() {
            try {
                return exchange.call().length;
            } catch (Exception | Error e) {
                return failed(e);
            }
        }

        void next() {
            int ticket = tickets.getAndIncrement();
            if (has(ticket)) {
                start(ticket, System.nanoTime());
            } else {
                running.countDown();
            }
        }

        private void start(int ticket, long start) {
            var unused = exchange.callAsync().whenComplete((body, thrown) -> {
                int length = thrown == null ? body.length : failed(thrown);
                if (end(ticket, start, length) || !isBearable()) {
                    next();
                } else {
                    start(ticket, start);
                }
            });
        }

        private boolean has(int ticket) {
            return ticket < latencies.length && isBearable();
        }

        private boolean isBearable() {
            return failures.get() <= BEARABLE_FAILURES;
        }

        private int failed(Throwable thrown) {
            failures.incrementAndGet();
            lastFailure = thrown;
            return -1;
        }

        private boolean end(int ticket, long start, int length) {
            if (length >= 0 && length != answerBytes) {
                failures.set(BEARABLE_FAILURES + 1);
                lastFailure = new IllegalStateException("an answer of " + length + " B in place of " + answerBytes);
            }
            latencies[ticket] = System.nanoTime() - start;
            return length == answerBytes;
        }

        void await() throws InterruptedException {
            boolean ended = running.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (!ended || !isBearable()) {
                throw new IllegalStateException(ended ? "calls fail" : "a call hangs", lastFailure);
            }
        }
    }
}
