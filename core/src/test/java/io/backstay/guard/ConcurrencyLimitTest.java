package io.backstay.guard;

import io.backstay.ConcurrencyPolicy;
import io.backstay.Deadline;
import io.backstay.Priority;
import io.backstay.spi.SystemTime;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

import static io.backstay.Priority.CRITICAL;
import static io.backstay.Priority.HIGH;
import static io.backstay.Priority.LOW;
import static io.backstay.Priority.NORMAL;
import static io.backstay.guard.ConcurrencyLimit.REFUSED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ConcurrencyLimitTest {

    private static final Priority[] PRIORITIES = Priority.values();

    private final VirtualTime time = new VirtualTime();

    private ConcurrencyLimit limit(ConcurrencyPolicy policy) {
        return new ConcurrencyLimit("users", policy, time, time, time);
    }

    private ConcurrencyLimit plain(int permits) {
        return limit(ConcurrencyPolicy.builder().limit(permits).withoutShares().build());
    }

    private Deadline in(long millis) {
        return Deadline.after(time.nanoTime(), Duration.ofMillis(millis));
    }

    private List<Long> takeAll(ConcurrencyLimit limit, Priority priority) {
        List<Long> permits = new ArrayList<>();
        long permit = limit.tryAcquire(priority, time.nanoTime());
        while (permit != REFUSED) {
            permits.add(permit);
            permit = limit.tryAcquire(priority, time.nanoTime());
        }
        return permits;
    }

    @Test
    void rejection_losesNoPermit() {
        ConcurrencyLimit limit = plain(4);
        for (int round = 0; round < 100; round++) {
            List<Long> permits = takeAll(limit, NORMAL);
            assertThat(permits).as("of 4, five callers a round").hasSize(4);
            permits.forEach(limit::onIgnored);
        }
        assertThat(limit.status().refused()).isEqualTo(100);
        assertThat(limit.inFlight()).isZero();
    }

    @Test
    void promisedShares_areRoundedUpAndStayFree() {
        ConcurrencyLimit limit = limit(ConcurrencyPolicy.fixed(30));
        assertThat(takeAll(limit, LOW)).as("30 less 6, 5 and 3").hasSize(16);
        assertThat(takeAll(limit, NORMAL)).hasSize(3);
        assertThat(takeAll(limit, HIGH)).hasSize(5);
        assertThat(takeAll(limit, CRITICAL)).hasSize(6);
        assertThat(limit.inFlight()).isEqualTo(30);
        assertThat(limit.status().of(HIGH)).isEqualTo(new ConcurrencyStatus.OfPriority(5, 5, 0, 1));
    }

    @Test
    void sharesThatDoNotFit_goToTheMoreImportant_andLeaveOneForAll() {
        for (Priority priority : Priority.values()) {
            for (int size = 1; size <= 12; size++) {
                assertThat(takeAll(limit(ConcurrencyPolicy.fixed(size)), priority))
                        .as("%s of %s", priority, size)
                        .isNotEmpty();
            }
        }
        ConcurrencyLimit two = limit(ConcurrencyPolicy.fixed(2));
        takeAll(two, LOW);
        assertThat(takeAll(two, CRITICAL)).hasSize(1);
    }

    @Test
    void permitGivenBackTwice_isAnErrorAndNotASecondPermit() {
        ConcurrencyLimit limit = plain(2);
        long permit = limit.tryAcquire();
        limit.onIgnored(permit);
        assertThatThrownBy(() -> limit.onIgnored(permit))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("users");
        assertThatThrownBy(() -> limit.onIgnored(REFUSED)).isInstanceOf(IllegalStateException.class);
        assertThat(takeAll(limit, NORMAL)).hasSize(2);
    }

    @Test
    void tryWithResources_givesBackOnceHoweverOftenItIsClosed() throws Exception {
        ConcurrencyLimit limit = plain(1);
        try (ConcurrencyLimit.Permit permit = limit.tryEnter(NORMAL).orElseThrow()) {
            assertThat(limit.tryEnter(NORMAL)).isEmpty();
            permit.succeeded();
            permit.close();
        }
        Optional<ConcurrencyLimit.Permit> next = limit.enter(NORMAL, in(10));
        assertThat(next).isPresent();
        assertThat(limit.enter(NORMAL, in(10))).isEmpty();
        assertThat(limit.inFlight()).isEqualTo(1);
    }

    @Test
    void acquire_getsThePermitThatIsGivenBack() throws Exception {
        ConcurrencyLimit limit = plain(1);
        long first = limit.tryAcquire();
        time.schedule(() -> limit.onIgnored(first), Duration.ofMillis(30));

        long second = limit.acquire(NORMAL, in(100));

        assertThat(second).isNotEqualTo(REFUSED);
        assertThat(time.nanoTime()).isEqualTo(Duration.ofMillis(30).toNanos());
        limit.onIgnored(second);
        assertThat(limit.inFlight()).isZero();
    }

    @Test
    void waiterWhoseDeadlinePasses_leavesWithoutPermitAndWithoutTakingOne() throws Exception {
        ConcurrencyLimit limit = plain(1);
        long first = limit.tryAcquire();
        CompletableFuture<Long> asynchronous = limit.acquireAsync(NORMAL, in(40));

        assertThat(limit.acquire(NORMAL, in(50))).isEqualTo(REFUSED);
        assertThat(asynchronous).isCompletedWithValue(REFUSED);
        assertThat(limit.status().waiting()).isZero();
        assertThat(limit.status().refused()).isEqualTo(2);
        assertThat(time.pendingTasks()).isZero();

        limit.onIgnored(first);
        assertThat(takeAll(limit, NORMAL)).hasSize(1);
    }

    @Test
    void deadlineThatHasPassed_waitsForNothing() throws Exception {
        ConcurrencyLimit limit = plain(1);
        limit.tryAcquire();
        assertThat(limit.acquire(NORMAL, in(0))).isEqualTo(REFUSED);
        assertThat(limit.acquireAsync(NORMAL, in(-5))).isCompletedWithValue(REFUSED);
    }

    @Test
    void cancelledWaiter_isPassedOver() {
        ConcurrencyLimit limit = plain(1);
        long first = limit.tryAcquire();
        CompletableFuture<Long> cancelled = limit.acquireAsync(NORMAL, in(1_000));
        CompletableFuture<Long> next = limit.acquireAsync(NORMAL, in(1_000));

        assertThat(cancelled.cancel(true)).isTrue();
        limit.onIgnored(first);
        time.runDue();

        assertThat(next).isCompleted();
        limit.onIgnored(next.join());
        assertThat(limit.inFlight()).isZero();
    }

    @Test
    void waiterCancelledBetweenOfferAndArrival_leaksNoPermit() {
        ConcurrencyLimit limit = plain(1);
        long first = limit.tryAcquire();
        CompletableFuture<Long> cancelled = limit.acquireAsync(NORMAL, in(1_000));

        limit.onIgnored(first);
        assertThat(limit.inFlight()).as("on its way to the waiter").isEqualTo(1);
        assertThat(cancelled.cancel(true)).isTrue();
        time.runDue();

        assertThat(limit.inFlight()).isZero();
    }

    @Test
    void interruptedWaiter_takesNothing() {
        ConcurrencyLimit limit = plain(1);
        long first = limit.tryAcquire();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> limit.acquire(NORMAL, in(1_000))).isInstanceOf(InterruptedException.class);
        assertThat(limit.status().waiting()).isZero();
        limit.onIgnored(first);
        assertThat(limit.inFlight()).isZero();
    }

    @Test
    void waiterWhoseWaitFails_takesNothing() {
        ConcurrencyLimit limit = plain(1);
        long first = limit.tryAcquire();
        time.schedule(
                () -> {
                    limit.onIgnored(first);
                    throw new IllegalStateException("a bug in another task");
                },
                Duration.ofMillis(1));
        assertThatThrownBy(() -> limit.acquire(NORMAL, in(1_000))).hasMessage("a bug in another task");
        assertThat(limit.inFlight()).isZero();
    }

    @Test
    void waiters_areServedByPriorityThenInOrder() {
        ConcurrencyLimit limit = plain(1);
        long first = limit.tryAcquire();
        List<String> order = new ArrayList<>();
        for (String each : new String[] {"LOW 1", "NORMAL 1", "NORMAL 2", "CRITICAL 1", "HIGH 1"}) {
            var unused = limit.acquireAsync(Priority.valueOf(each.substring(0, each.indexOf(' '))), in(1_000))
                    .thenAccept(permit -> {
                        order.add(each);
                        limit.onIgnored(permit);
                    });
        }
        limit.onIgnored(first);
        time.runDue();
        assertThat(order).containsExactly("CRITICAL 1", "HIGH 1", "NORMAL 1", "NORMAL 2", "LOW 1");
    }

    @Test
    void newcomer_overtakesNobodyOfItsPriorityButTakesWhatIsPromisedToItAlone() {
        ConcurrencyLimit limit = limit(ConcurrencyPolicy.fixed(10));
        List<Long> low = takeAll(limit, LOW);
        List<Long> high = takeAll(limit, HIGH);
        var unused = limit.acquireAsync(HIGH, in(1_000));

        assertThat(limit.tryAcquire(NORMAL, time.nanoTime())).as("promised").isNotEqualTo(REFUSED);
        assertThat(limit.tryAcquire(NORMAL, time.nanoTime())).as("not promised").isEqualTo(REFUSED);
        limit.onIgnored(low.get(0));
        assertThat(limit.tryAcquire(HIGH, time.nanoTime())).isEqualTo(REFUSED);
        limit.onIgnored(high.get(0));
        time.runDue();
        assertThat(limit.status().of(HIGH).inFlight()).isEqualTo(high.size());
    }

    @Test
    void fullLine_shedsTheLeastImportantNewestWaiter() {
        ConcurrencyLimit limit = limit(ConcurrencyPolicy.builder()
                .limit(1)
                .withoutShares()
                .maxWaiting(3)
                .build());
        limit.tryAcquire();
        CompletableFuture<Long> normal = limit.acquireAsync(NORMAL, in(1_000));
        CompletableFuture<Long> olderLow = limit.acquireAsync(LOW, in(1_000));
        CompletableFuture<Long> newerLow = limit.acquireAsync(LOW, in(1_000));

        assertThat(limit.acquireAsync(LOW, in(1_000))).isCompletedWithValue(REFUSED);
        CompletableFuture<Long> critical = limit.acquireAsync(CRITICAL, in(1_000));
        time.runDue();

        assertThat(newerLow).isCompletedWithValue(REFUSED);
        assertThat(List.of(normal, olderLow, critical)).noneMatch(CompletableFuture::isDone);
        assertThat(limit.status().of(LOW).refused()).isEqualTo(2);
    }

    @Test
    void stagesOfAWaiter_neverRunOnTheThreadThatGivesAPermitBack() {
        ConcurrencyLimit limit = plain(1);
        long first = limit.tryAcquire();
        AtomicInteger ran = new AtomicInteger();
        var unused = limit.acquireAsync(NORMAL, in(1_000)).thenAccept(permit -> ran.incrementAndGet());
        limit.onIgnored(first);
        assertThat(ran).hasValue(0);
        time.runDue();
        assertThat(ran).hasValue(1);
    }

    @Test
    void tenThousandWaiters_thatEachGiveBackAtOnce_overflowNoStack() {
        ConcurrencyLimit limit = limit(ConcurrencyPolicy.builder()
                .limit(1)
                .withoutShares()
                .maxWaiting(10_000)
                .build());
        long first = limit.tryAcquire();
        AtomicInteger served = new AtomicInteger();
        for (int i = 0; i < 10_000; i++) {
            var unused = limit.acquireAsync(NORMAL, in(1_000)).thenAccept(permit -> {
                served.incrementAndGet();
                limit.onIgnored(permit);
            });
        }
        limit.onIgnored(first);
        time.runDue();
        assertThat(served).hasValue(10_000);
    }

    @Test
    void smallerLimit_leavesPermitsInFlightValid_andGivesNoneUntilEnoughAreBack() {
        ConcurrencyLimit limit = plain(10);
        List<Long> permits = takeAll(limit, NORMAL);
        limit.update(ConcurrencyPolicy.builder().limit(4).withoutShares().build());

        for (int i = 0; i < 6; i++) {
            assertThat(limit.tryAcquire()).isEqualTo(REFUSED);
            limit.onIgnored(permits.get(i));
        }
        assertThat(limit.tryAcquire()).isEqualTo(REFUSED);
        limit.onIgnored(permits.get(6));
        assertThat(limit.tryAcquire()).isNotEqualTo(REFUSED);
        assertThat(limit.inFlight()).isEqualTo(4);
    }

    @Test
    void greaterLimit_servesWhoWaits() {
        ConcurrencyLimit limit = plain(1);
        limit.tryAcquire();
        CompletableFuture<Long> waiting = limit.acquireAsync(NORMAL, in(1_000));
        limit.update(ConcurrencyPolicy.builder().limit(2).withoutShares().build());
        time.runDue();
        assertThat(waiting.join()).isNotEqualTo(REFUSED);
    }

    @Test
    void unlimited_runsIntoNoOtherCounter() {
        ConcurrencyLimit limit = limit(ConcurrencyPolicy.unlimited());
        assertThat(takeAll(limit, LOW)).hasSize(65_534);
        assertThat(limit.status().of(LOW).inFlight()).isEqualTo(65_534);
        assertThat(limit.tryAcquire(CRITICAL, 0)).isEqualTo(REFUSED);
    }

    @Test
    void eightThreads_neverExceedTheLimitAndReturnEveryPermit() throws Exception {
        ConcurrencyLimit limit = limit(ConcurrencyPolicy.fixed(5));
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicLong taken = new AtomicLong();
        Parallel.run(8, thread -> {
            long mine = 0;
            for (int i = 0; i < 250_000; i++) {
                long permit = limit.tryAcquire(PRIORITIES[i % 4], i);
                if (permit != REFUSED) {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    running.decrementAndGet();
                    limit.onSuccess(permit, i);
                    mine++;
                }
            }
            taken.addAndGet(mine);
        });
        assertThat(most.get()).isBetween(1, 5);
        assertThat(taken.get() + limit.status().refused()).isEqualTo(2_000_000);
        assertThat(limit.inFlight()).isZero();
    }

    @Test
    void eightThreads_waitingWithCancellationsTimeoutsAndChanges_loseNoWakeUp() throws Exception {
        SystemTime system = SystemTime.shared();
        ConcurrencyLimit limit = new ConcurrencyLimit(
                "users", ConcurrencyPolicy.builder().limit(3).maxWaiting(50).build(), system, system, system);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger hung = new AtomicInteger();
        Parallel.run(8, thread -> {
            Random random = new Random(thread);
            for (int i = 0; i < 4_000; i++) {
                Priority priority = PRIORITIES[random.nextInt(4)];
                boolean isShort = random.nextInt(10) == 0;
                Deadline deadline =
                        Deadline.after(system.nanoTime(), isShort ? Duration.ofNanos(20_000) : Duration.ofSeconds(40));
                long permit = wait(limit, priority, deadline, random);
                if (permit == REFUSED) {
                    hung.addAndGet(isShort ? 0 : 1);
                    continue;
                }
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                Thread.onSpinWait();
                running.decrementAndGet();
                limit.onSuccess(permit, system.nanoTime());
                if (thread == 0 && i % 100 == 0) {
                    limit.update(ConcurrencyPolicy.builder()
                            .limit(2 + i / 100 % 2)
                            .maxWaiting(50)
                            .build());
                }
            }
        });
        assertThat(hung).as("refused long before the deadline").hasValue(0);
        assertThat(most.get()).isBetween(1, 3);
        assertThat(limit.status().waiting()).isZero();
        awaitZero(limit, system);
    }

    /** Blocking, asynchronous, or asynchronous with a first one that is cancelled; a cancelled one that came is given back. */
    private static long wait(ConcurrencyLimit limit, Priority priority, Deadline deadline, Random random)
            throws Exception {
        switch (random.nextInt(3)) {
            case 0 -> {
                return limit.acquire(priority, deadline);
            }
            case 1 -> {
                return limit.acquireAsync(priority, deadline).get();
            }
            default -> {
                CompletableFuture<Long> unwanted = limit.acquireAsync(priority, deadline);
                if (!unwanted.cancel(true) && unwanted.join() != REFUSED) {
                    limit.onIgnored(unwanted.join());
                }
                return limit.acquire(priority, deadline);
            }
        }
    }

    /** Offers to cancelled waiters are put back by the scheduler's threads, a moment later. */
    private static void awaitZero(ConcurrencyLimit limit, SystemTime system) throws InterruptedException {
        Deque<Integer> seen = new ArrayDeque<>();
        long until = system.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (limit.inFlight() != 0 && system.nanoTime() - until < 0) {
            seen.add(limit.inFlight());
            system.await(new CompletableFuture<>(), 1_000_000);
        }
        assertThat(limit.inFlight()).as("in flight, seen before: %s", seen).isZero();
    }
}
