package io.backstay.spi;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** One task after the other, on whichever thread, with nobody waiting. */
class SerialExecutorTest {

    private final List<Throwable> failures = new ArrayList<>();
    private final SerialExecutor serial = new SerialExecutor(failures::add);

    @Test
    void taskOfATask_runsAfterIt_onTheSameThread() {
        List<String> done = new ArrayList<>();
        serial.execute(() -> {
            serial.execute(() -> done.add("second"));
            done.add("first");
        });
        assertThat(done).containsExactly("first", "second");
    }

    @Test
    void failure_isTold_andStopsNothing() {
        List<String> done = new ArrayList<>();
        IllegalStateException thrown = new IllegalStateException("no");
        serial.execute(() -> {
            serial.execute(() -> done.add("after"));
            throw thrown;
        });
        assertThat(failures).containsExactly(thrown);
        assertThat(done).containsExactly("after");
    }

    @Test
    void tasksOfManyThreads_neverOverlap_andSeeWhatWasDone() throws Exception {
        int threads = 8;
        int each = 5_000;
        int[] count = new int[1];
        CountDownLatch ended = new CountDownLatch(threads * each);
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        try {
            for (int thread = 0; thread < threads; thread++) {
                workers.execute(() -> {
                    for (int i = 0; i < each; i++) {
                        serial.execute(() -> {
                            count[0]++;
                            ended.countDown();
                        });
                    }
                });
            }
            assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            workers.shutdownNow();
        }
        assertThat(count[0]).isEqualTo(threads * each);
    }
}
