package io.backstay.guard;

import io.backstay.Deadline;
import io.backstay.Priority;
import io.backstay.RatePolicy;
import io.backstay.spi.SystemTime;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static io.backstay.Priority.CRITICAL;
import static io.backstay.Priority.HIGH;
import static io.backstay.Priority.LOW;
import static io.backstay.Priority.NORMAL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RateLimitTest {

    private static final Priority[] PRIORITIES = Priority.values();

    private final VirtualTime time = new VirtualTime();

    private RateLimit limit(double perSecond, int burst) {
        return limit(RatePolicy.builder().perSecond(perSecond).burst(burst).build());
    }

    private RateLimit limit(RatePolicy policy) {
        return new RateLimit("users", policy, time, time, time);
    }

    private Deadline in(long millis) {
        return Deadline.after(time.nanoTime(), Duration.ofMillis(millis));
    }

    private boolean take(RateLimit limit, Priority priority) {
        return limit.tryAcquire(priority, time.nanoTime());
    }

    private int takeAll(RateLimit limit, Priority priority) {
        int taken = 0;
        while (take(limit, priority)) {
            taken++;
        }
        return taken;
    }

    @Test
    void burstIsThereAtOnce_thenTokensComeEvenly() {
        RateLimit limit = limit(10, 5);
        assertThat(takeAll(limit, CRITICAL)).isEqualTo(5);

        time.advance(Duration.ofMillis(99));
        assertThat(take(limit, CRITICAL)).isFalse();
        time.advance(Duration.ofMillis(1));
        assertThat(takeAll(limit, CRITICAL)).isEqualTo(1);
        assertThat(limit.status().refused()).isEqualTo(3);
    }

    @Test
    void afterALongSilence_thereIsNoMoreThanTheBurst() {
        RateLimit limit = limit(10, 5);
        takeAll(limit, CRITICAL);
        time.advance(Duration.ofHours(5));
        assertThat(takeAll(limit, CRITICAL)).isEqualTo(5);
    }

    @Test
    void lessImportant_leaveTheLastTokensToThoseAbove() {
        RateLimit limit = limit(1, 20);
        assertThat(takeAll(limit, LOW)).isEqualTo(10);
        assertThat(takeAll(limit, NORMAL)).isEqualTo(5);
        assertThat(takeAll(limit, HIGH)).isEqualTo(3);
        assertThat(takeAll(limit, CRITICAL)).isEqualTo(2);
        assertThat(limit.status().available()).isZero();
    }

    @Test
    void bucketOfOneToken_servesAllPriorities() {
        for (Priority priority : Priority.values()) {
            assertThat(takeAll(limit(1, 1), priority)).isEqualTo(1);
        }
    }

    @Test
    void floodOfLowCalls_costsCriticalOnesNothing() {
        RateLimit limit = limit(100, 20);
        int critical = 0;
        int low = 0;
        for (int millisecond = 0; millisecond < 10_000; millisecond++) {
            low += takeAll(limit, LOW);
            if (millisecond % 20 == 0 && take(limit, CRITICAL)) {
                critical++;
            }
            time.advance(Duration.ofMillis(1));
        }
        assertThat(critical).isEqualTo(500);
        assertThat(low).isBetween(490, 520);
    }

    @Test
    void tokenOfWhatWasNeverSent_isPutBack() {
        RateLimit limit = limit(1, 2);
        takeAll(limit, CRITICAL);

        limit.giveBack();

        assertThat(takeAll(limit, CRITICAL)).isEqualTo(1);
        time.advance(Duration.ofSeconds(1));
        assertThat(takeAll(limit, CRITICAL)).isEqualTo(1);
    }

    @Test
    void acquire_waitsUntilTheTokenIsThere() throws Exception {
        RateLimit limit = limit(10, 1);
        take(limit, NORMAL);

        assertThat(limit.acquire(NORMAL, in(1_000))).isTrue();

        assertThat(time.nanoTime()).isEqualTo(Duration.ofMillis(100).toNanos());
        assertThat(time.pendingTasks()).isZero();
    }

    @Test
    void acquire_thatCannotSucceedInTime_isRefusedAtOnce() throws Exception {
        RateLimit limit = limit(10, 1);
        take(limit, NORMAL);
        CompletableFuture<Boolean> first = limit.acquireAsync(NORMAL, in(1_000));

        assertThat(limit.acquire(NORMAL, in(199))).isFalse();
        assertThat(time.nanoTime()).isZero();
        assertThat(limit.acquire(NORMAL, in(201))).isTrue();
        assertThat(first).isCompletedWithValue(true);
        assertThat(time.nanoTime()).isEqualTo(Duration.ofMillis(200).toNanos());
    }

    @Test
    void waiters_areServedByPriorityThenInOrder() {
        RateLimit limit = limit(10, 1);
        take(limit, NORMAL);
        List<String> order = new ArrayList<>();
        for (String each : new String[] {"LOW 1", "NORMAL 1", "NORMAL 2", "CRITICAL 1", "HIGH 1"}) {
            var unused = limit.acquireAsync(Priority.valueOf(each.substring(0, each.indexOf(' '))), in(10_000))
                    .thenAccept(taken -> order.add(each + " at " + time.nanoTime() / 1_000_000));
        }
        time.advance(Duration.ofSeconds(1));

        assertThat(order)
                .containsExactly(
                        "CRITICAL 1 at 100", "HIGH 1 at 200", "NORMAL 1 at 300", "NORMAL 2 at 400", "LOW 1 at 500");
    }

    @Test
    void newcomer_doesNotOvertakeWaitersOfItsPriority() {
        RateLimit limit = limit(10, 1);
        take(limit, NORMAL);
        CompletableFuture<Boolean> waiting = limit.acquireAsync(NORMAL, in(1_000));
        time.advance(Duration.ofMillis(99));
        assertThat(take(limit, NORMAL)).isFalse();
        time.advance(Duration.ofMillis(1));
        assertThat(waiting).isCompletedWithValue(true);
    }

    @Test
    void cancelledWaiter_costsNoToken() {
        RateLimit limit = limit(10, 1);
        take(limit, NORMAL);
        CompletableFuture<Boolean> given = limit.acquireAsync(NORMAL, in(1_000));
        CompletableFuture<Boolean> next = limit.acquireAsync(NORMAL, in(1_000));

        assertThat(given.cancel(true)).isTrue();
        time.advance(Duration.ofMillis(100));

        assertThat(next).isCompletedWithValue(true);
        assertThat(limit.status().waiting()).isZero();
        assertThat(time.pendingTasks()).isZero();
    }

    @Test
    void interruptedWaiter_leavesAtOnceAndTakesNothing() {
        RateLimit limit = limit(10, 1);
        take(limit, NORMAL);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> limit.acquire(NORMAL, in(1_000))).isInstanceOf(InterruptedException.class);
        assertThat(limit.status().waiting()).isZero();
        time.advance(Duration.ofMillis(100));
        assertThat(take(limit, NORMAL)).isTrue();
    }

    @Test
    void noMoreThanTheMaximumWait() {
        RateLimit limit =
                limit(RatePolicy.builder().perSecond(10).burst(1).maxWaiting(2).build());
        take(limit, NORMAL);
        for (int i = 0; i < 2; i++) {
            assertThat(limit.acquireAsync(NORMAL, in(10_000))).isNotDone();
        }
        assertThat(limit.acquireAsync(NORMAL, in(10_000))).isCompletedWithValue(false);
        assertThat(limit.status().waiting()).isEqualTo(2);
    }

    @Test
    void update_keepsTheTokensAndServesWhoWaits() {
        RateLimit limit = limit(1, 10);
        for (int i = 0; i < 6; i++) {
            take(limit, CRITICAL);
        }
        limit.update(RatePolicy.builder().perSecond(1_000).burst(100).build());
        assertThat(limit.status().available()).isEqualTo(4);
        limit.update(RatePolicy.builder().perSecond(0.01).burst(3).build());
        assertThat(takeAll(limit, CRITICAL)).isEqualTo(3);

        CompletableFuture<Boolean> waiting = limit.acquireAsync(CRITICAL, in(1_000_000));
        limit.update(RatePolicy.builder().perSecond(10).burst(3).build());
        time.advance(Duration.ofMillis(100));
        assertThat(waiting).isCompletedWithValue(true);
    }

    @Test
    void unlimited_refusesNobodyAndCanBeLimitedLater() {
        RateLimit limit = limit(RatePolicy.unlimited());
        for (int i = 0; i < 100_000; i++) {
            assertThat(take(limit, LOW)).isTrue();
        }
        limit.update(RatePolicy.builder().perSecond(1).burst(7).build());
        assertThat(takeAll(limit, CRITICAL)).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void decidesAsANaiveBucketDoes(long seed) {
        Random random = new Random(seed);
        int burst = 1 + random.nextInt(30);
        RateLimit limit = limit(1_000, burst);
        long tokenMicros = burst * 1_000L;
        for (int step = 0; step < 20_000; step++) {
            Priority priority = PRIORITIES[random.nextInt(4)];
            if (random.nextInt(3) > 0) {
                int left = leftBy(priority, burst);
                boolean expected = tokenMicros - 1_000 >= left * 1_000L;
                assertThat(take(limit, priority)).as("step %s", step).isEqualTo(expected);
                tokenMicros -= expected ? 1_000 : 0;
            } else {
                int micros = random.nextInt(random.nextInt(20) == 0 ? 100_000 : 2_000);
                time.advance(Duration.ofNanos(micros * 1_000L));
                tokenMicros = Math.min(burst * 1_000L, tokenMicros + micros);
            }
            assertThat(limit.status().available()).isEqualTo((int) (tokenMicros / 1_000));
        }
    }

    private static int leftBy(Priority priority, int burst) {
        return burst * List.of(0, 10, 25, 50).get(Lanes.index(priority)) / 100;
    }

    @Test
    void timeThatBeginsAtItsGreatestValue_isNoTrouble() {
        long start = Long.MAX_VALUE - 10;
        TokenBucket bucket =
                TokenBucket.full(RatePolicy.builder().perSecond(1).burst(2).build(), start);
        assertThat(bucket.tryTake(CRITICAL, start + 20)).isEqualTo(TokenBucket.Taken.YES);
        assertThat(bucket.tryTake(CRITICAL, start + 20)).isEqualTo(TokenBucket.Taken.YES);
        assertThat(bucket.tryTake(CRITICAL, start + 20)).isEqualTo(TokenBucket.Taken.NO);
        assertThat(bucket.nanosUntilNext(CRITICAL, start + 20)).isEqualTo(1_000_000_000L);
    }

    @Test
    void eightThreads_takeExactlyTheBurst() throws Exception {
        RateLimit limit = limit(0.001, 300_000);
        AtomicLong taken = new AtomicLong();
        Parallel.run(8, thread -> {
            long mine = 0;
            for (int i = 0; i < 250_000; i++) {
                if (limit.tryAcquire(CRITICAL, 0)) {
                    mine++;
                    if (i % 4 == 0) {
                        limit.giveBack();
                        mine--;
                    }
                }
            }
            taken.addAndGet(mine);
        });
        assertThat(taken.get() + takeAll(limit, CRITICAL)).isEqualTo(300_000);
    }

    @Test
    void eightThreads_whileTheRateChanges_getNoTokenTwice() throws Exception {
        RateLimit limit = limit(0.001, 300_000);
        AtomicLong taken = new AtomicLong();
        Parallel.run(8, thread -> {
            long mine = 0;
            for (int i = 0; i < 250_000; i++) {
                if (thread == 0 && i % 100 == 0) {
                    limit.update(RatePolicy.builder()
                            .perSecond(i % 200 == 0 ? 0.002 : 0.001)
                            .burst(300_000)
                            .build());
                }
                if (limit.tryAcquire(CRITICAL, 0)) {
                    mine++;
                }
            }
            taken.addAndGet(mine);
        });
        assertThat(taken.get() + takeAll(limit, CRITICAL)).isEqualTo(300_000);
    }

    @Test
    void eightThreads_waitingInRealTime_areAllServed() throws Exception {
        SystemTime system = SystemTime.shared();
        RateLimit limit = new RateLimit(
                "users", RatePolicy.builder().perSecond(20_000).burst(1).build(), system, system, system);
        AtomicInteger served = new AtomicInteger();
        Parallel.run(8, thread -> {
            for (int i = 0; i < 250; i++) {
                Deadline deadline = Deadline.after(system.nanoTime(), Duration.ofSeconds(50));
                boolean token = i % 2 == 0
                        ? limit.acquire(PRIORITIES[thread % 4], deadline)
                        : limit.acquireAsync(PRIORITIES[thread % 4], deadline).get();
                if (token) {
                    served.incrementAndGet();
                }
            }
        });
        assertThat(served).hasValue(2_000);
        assertThat(limit.status().waiting()).isZero();
    }

    @Test
    void unlimited_refusesNobodyWhoseReadingIsOlderThanAnothers() {
        VirtualTime clock = new VirtualTime();
        RateLimit limit = new RateLimit("users", RatePolicy.unlimited(), clock, clock, clock);

        assertThat(limit.tryAcquire(Priority.NORMAL, 105)).isTrue();
        assertThat(limit.tryAcquire(Priority.LOW, 100)).isTrue();
    }
}
