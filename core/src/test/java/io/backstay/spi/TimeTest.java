package io.backstay.spi;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TimeTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void virtualTime_runsTasksInOrderAtTheirMoment() {
        VirtualTime time = new VirtualTime();
        List<String> ran = new ArrayList<>();
        time.schedule(() -> ran.add("b at " + time.nanoTime()), Duration.ofNanos(20));
        time.schedule(
                () -> {
                    ran.add("a at " + time.nanoTime());
                    time.schedule(() -> ran.add("c at " + time.nanoTime()), Duration.ofNanos(10));
                },
                Duration.ofNanos(10));
        time.schedule(() -> ran.add("never"), SECOND).cancel();

        time.advance(Duration.ofNanos(15));
        assertThat(ran).containsExactly("a at 10");
        time.advance(SECOND);

        assertThat(ran).containsExactly("a at 10", "b at 20", "c at 20");
        assertThat(time.pendingTasks()).isZero();
        assertThat(time.nanoTime()).isEqualTo(SECOND.toNanos() + 15);
        assertThat(time.now()).isEqualTo("2026-01-01T00:00:01.000000015Z");
    }

    @Test
    void virtualTime_waitsByJumping() throws Exception {
        VirtualTime time = new VirtualTime();
        CompletableFuture<String> future = new CompletableFuture<>();
        time.schedule(() -> future.complete("done"), SECOND.multipliedBy(100));

        assertThat(time.await(future, SECOND.toNanos())).isFalse();
        assertThat(time.nanoTime()).isEqualTo(SECOND.toNanos());
        time.await(future);

        assertThat(future).isCompletedWithValue("done");
        assertThat(time.nanoTime()).isEqualTo(SECOND.multipliedBy(100).toNanos());
    }

    @Test
    void virtualTime_whenNothingCouldEndAWait_saysSo() {
        assertThatThrownBy(() -> new VirtualTime().await(new CompletableFuture<>()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("nothing is scheduled");
    }

    @Test
    void virtualTime_whenInterrupted_stopsWaiting() {
        VirtualTime time = new VirtualTime();
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> time.await(new CompletableFuture<>())).isInstanceOf(InterruptedException.class);
    }

    @Test
    void systemTime_runsTasksOnOtherThreads_andOneThatBlocksHoldsUpNoOther() throws Exception {
        try (SystemTime system = new SystemTime("test")) {
            CountDownLatch blocked = new CountDownLatch(1);
            CountDownLatch ran = new CountDownLatch(2);
            system.schedule(() -> awaitUninterruptibly(blocked), Duration.ofMillis(1));
            system.schedule(ran::countDown, Duration.ofMillis(2));
            system.schedule(ran::countDown, Duration.ZERO);

            assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
            blocked.countDown();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void systemTime_waitsForAFuture_howeverItEnds() throws Exception {
        SystemTime system = SystemTime.shared();
        assertThat(system.await(new CompletableFuture<>(), 1_000)).isFalse();
        assertThat(system.await(CompletableFuture.failedFuture(new IllegalStateException()), 1_000))
                .isTrue();
        CompletableFuture<String> cancelled = new CompletableFuture<>();
        cancelled.cancel(true);
        system.await(cancelled);
    }

    @Test
    void systemTime_afterClose_dropsWhatIsScheduled() {
        SystemTime system = new SystemTime("test");
        system.close();
        system.schedule(() -> {}, SECOND).cancel();
    }

    @Test
    void seededRandom_repeatsItself() {
        assertThat(RandomSource.seeded(5).nextLong())
                .isEqualTo(RandomSource.seeded(5).nextLong());
        assertThat(RandomSource.system().nextDouble()).isBetween(0.0, 1.0);
    }
}
