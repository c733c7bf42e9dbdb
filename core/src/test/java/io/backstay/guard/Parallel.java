package io.backstay.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Several threads that begin at once. */
public final class Parallel {

    private static final int PATIENCE_SECONDS = 60;

    public interface Work {
        void run(int thread) throws Exception;
    }

    private Parallel() {}

    /** Runs the work on so many threads; fails when one of them does, or hangs. */
    public static void run(int threads, Work work) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<?>> done = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                int number = thread;
                done.add(executor.submit(() -> {
                    start.await();
                    work.run(number);
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> each : done) {
                each.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        } finally {
            executor.shutdownNow();
        }
    }
}
