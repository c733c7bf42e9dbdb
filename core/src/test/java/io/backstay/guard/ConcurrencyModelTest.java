package io.backstay.guard;

import io.backstay.ConcurrencyPolicy;
import io.backstay.Deadline;
import io.backstay.Priority;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static io.backstay.guard.ConcurrencyLimit.REFUSED;
import static org.assertj.core.api.Assertions.assertThat;

/** The limit and its line against a model of plain lists, over random histories. */
class ConcurrencyModelTest {

    private static final Priority[] PRIORITIES = Priority.values();

    private static final int MAX_WAITING = 6;

    private final VirtualTime time = new VirtualTime();
    private final List<Guest> waiting = new ArrayList<>();
    private final List<Long> out = new ArrayList<>();
    private final int[] running = new int[4];
    private int size = 10;

    private final ConcurrencyLimit limit = new ConcurrencyLimit("users", policy(), time, time, time);

    private ConcurrencyPolicy policy() {
        return ConcurrencyPolicy.builder().limit(size).maxWaiting(MAX_WAITING).build();
    }

    private record Guest(Priority priority, long deadlineNanos, CompletableFuture<Long> future) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void behavesAsPlainListsDo(long seed) throws Exception {
        Random random = new Random(seed);
        for (int step = 0; step < 5_000; step++) {
            act(random);
            time.runDue();
            serve();
            assertThat(limit.inFlight()).as("step %s", step).isEqualTo(running());
            assertThat(limit.status().waiting()).as("step %s", step).isEqualTo(waiting.size());
            for (Guest guest : waiting) {
                assertThat(guest.future).as("step %s", step).isNotDone();
            }
            for (Priority priority : Priority.values()) {
                assertThat(limit.status().of(priority).inFlight()).isEqualTo(running[Lanes.index(priority)]);
            }
        }
        assertThat(limit.status().refused()).isPositive();
    }

    private void act(Random random) {
        Priority priority = PRIORITIES[random.nextInt(4)];
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> tryAcquire(priority);
            case 3, 4, 5 -> join(priority, 1 + random.nextInt(200));
            case 6, 7, 8, 9 -> giveBack(random);
            case 10 -> {
                if (!waiting.isEmpty() && random.nextBoolean()) {
                    assertThat(waiting.remove(random.nextInt(waiting.size()))
                                    .future
                                    .cancel(true))
                            .isTrue();
                }
                time.advance(Duration.ofMillis(random.nextInt(40)));
                waiting.stream()
                        .filter(each -> each.deadlineNanos <= time.nanoTime())
                        .forEach(each -> assertThat(each.future).isCompletedWithValue(REFUSED));
                waiting.removeIf(each -> each.deadlineNanos <= time.nanoTime());
            }
            default -> {
                if (random.nextInt(10) == 0) {
                    size = 1 + random.nextInt(20);
                    limit.update(policy());
                }
            }
        }
    }

    private void tryAcquire(Priority priority) {
        boolean expected = mayPass(priority);
        long permit = limit.tryAcquire(priority, time.nanoTime());
        assertThat(permit != REFUSED).isEqualTo(expected);
        if (expected) {
            admit(priority, permit);
        }
    }

    private void join(Priority priority, long millis) {
        boolean passes = mayPass(priority);
        Deadline deadline = Deadline.after(time.nanoTime(), Duration.ofMillis(millis));
        CompletableFuture<Long> future = limit.acquireAsync(priority, deadline);
        if (passes) {
            admit(priority, future.join());
            return;
        }
        if (waiting.size() >= MAX_WAITING) {
            Guest shed = lastOfLeastImportant();
            if (shed.priority.compareTo(priority) <= 0) {
                assertThat(future).isCompletedWithValue(REFUSED);
                return;
            }
            time.runDue();
            assertThat(shed.future).isCompletedWithValue(REFUSED);
            waiting.remove(shed);
        }
        waiting.add(new Guest(priority, deadline.nanos(), future));
    }

    private Guest lastOfLeastImportant() {
        Guest found = waiting.get(0);
        for (Guest each : waiting) {
            found = each.priority.compareTo(found.priority) >= 0 ? each : found;
        }
        return found;
    }

    private void giveBack(Random random) {
        if (!out.isEmpty()) {
            long permit = out.remove(random.nextInt(out.size()));
            running[(int) permit & 3]--;
            limit.onSuccess(permit, time.nanoTime());
        }
    }

    private void serve() {
        for (Priority priority : Priority.values()) {
            for (Guest guest : List.copyOf(waiting)) {
                if (guest.priority == priority && fits(priority)) {
                    waiting.remove(guest);
                    assertThat(guest.future).isCompleted();
                    assertThat(guest.future.join()).isNotEqualTo(REFUSED);
                    admit(priority, guest.future.join());
                }
            }
        }
    }

    private void admit(Priority priority, long permit) {
        running[Lanes.index(priority)]++;
        out.add(permit);
    }

    private boolean mayPass(Priority priority) {
        boolean othersFirst = waiting.stream().anyMatch(each -> each.priority.compareTo(priority) <= 0);
        boolean sameFirst = waiting.stream().anyMatch(each -> each.priority == priority);
        boolean isPromised = running[Lanes.index(priority)] < promised()[Lanes.index(priority)];
        return fits(priority) && (!othersFirst || (isPromised && !sameFirst));
    }

    /** With one more, everybody's promise can still be kept. */
    private boolean fits(Priority priority) {
        int[] promised = promised();
        int needed = 0;
        for (int i = 0; i < 4; i++) {
            int with = running[i] + (i == Lanes.index(priority) ? 1 : 0);
            needed += with + Math.max(0, promised[i] - with);
        }
        return needed <= size;
    }

    private int[] promised() {
        int[] percent = {20, 15, 10, 5};
        int[] promised = new int[4];
        int left = size - 1;
        for (int i = 0; i < 4; i++) {
            promised[i] = Math.min(left, (size * percent[i] + 99) / 100);
            left -= promised[i];
        }
        return promised;
    }

    private int running() {
        return running[0] + running[1] + running[2] + running[3];
    }
}
