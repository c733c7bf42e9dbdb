package io.backstay.testkit;

import io.backstay.spi.SystemTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** The same work on several threads that begin at once. */
final class Parallel {

    private static final Duration BOUND = Duration.ofSeconds(60);

    private Parallel() {}

    /** What each thread does. */
    @FunctionalInterface
    interface Work {
        void run(int thread) throws Exception;
    }

    /** Runs it to its end on all threads, or fails as the first of them that fails. */
    static void run(int threads, Work work) throws Exception {
        CountDownLatch ready = new CountDownLatch(threads);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int number = i;
            CompletableFuture<Void> ended = new CompletableFuture<>();
            all.add(ended);
            Thread thread = new Thread(
                    () -> {
                        try {
                            ready.countDown();
                            ready.await();
                            work.run(number);
                            ended.complete(null);
                        } catch (Throwable e) {
                            ended.completeExceptionally(e);
                        }
                    },
                    "contract-" + i);
            thread.setDaemon(true);
            thread.start();
        }
        for (CompletableFuture<Void> ended : all) {
            if (!SystemTime.shared().await(ended, BOUND.toNanos())) {
                throw new AssertionError("a thread has not come to its end");
            }
            ended.get();
        }
    }
}
