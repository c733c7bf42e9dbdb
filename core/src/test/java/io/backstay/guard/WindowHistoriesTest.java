package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Random histories: the fast window and the naive one agree after every step. A failure names its seed and step. */
class WindowHistoriesTest {

    private static final int HISTORIES = 300;
    private static final int STEPS = 300;

    private record Started(long permit, long bucket) {}

    /** One history, driven by its seed. */
    private static final class History {
        private final Random random;
        private final CircuitBreakerPolicy policy;
        private final Window fast;
        private final NaiveWindow naive;
        private final List<Started> started = new ArrayList<>();
        private long now;

        History(long seed, CircuitBreakerPolicy policy) {
            this.random = new Random(seed);
            this.policy = policy;
            this.now = random.nextBoolean() ? random.nextLong() : Long.MAX_VALUE - random.nextInt(1_000_000);
            this.fast = Window.of(policy, now);
            this.naive = new NaiveWindow(
                    policy.window().toNanos() / 10,
                    fast.starts().bucketNanos(),
                    policy.lastCalls().orElse(0),
                    now);
        }

        void step() {
            switch (random.nextInt(6)) {
                case 0 -> now += (long) (random.nextDouble() * policy.window().toNanos() / 10);
                case 1 -> now += random.nextInt(8) == 0 ? (long) (random.nextDouble() * 1e12) : 0;
                case 2, 3 -> start();
                default -> end();
            }
        }

        private void start() {
            long permit = fast.enter(now) | Permits.tick(now);
            started.add(new Started(permit, naive.start(now)));
        }

        private void end() {
            if (started.isEmpty()) {
                return;
            }
            Started ending = started.remove(random.nextInt(started.size()));
            boolean failed = random.nextBoolean();
            boolean slow = random.nextInt(3) == 0;
            fast.leave(ending.permit, now);
            naive.leave(ending.bucket);
            if (random.nextInt(8) == 0) {
                fast.recordSlowOnly(now);
                naive.recordSlowOnly(now);
            } else {
                fast.record(failed, slow, ending.permit, now);
                naive.record(failed, slow, now);
            }
        }

        void compare(String where) {
            long totals = fast.totals(now);
            long slowTotals = fast.slowTotals(now);
            long slowNanos = policy.slowCallTime().toNanos();
            assertThat(Totals.calls(totals)).as(where).isEqualTo(naive.calls(now));
            assertThat(Totals.failures(totals)).as(where).isEqualTo(naive.failures(now));
            assertThat(Totals.calls(slowTotals)).as(where).isEqualTo(naive.slow(now));
            assertThat(Totals.failures(slowTotals)).as(where).isEqualTo(naive.slowOnly(now));
            assertThat(fast.inFlight()).as(where).isEqualTo(naive.inFlight());
            assertThat(fast.inFlightLongerThan(slowNanos, now))
                    .as(where)
                    .isEqualTo(naive.inFlightLongerThan(slowNanos, now));
        }
    }

    private static void run(CircuitBreakerPolicy policy) {
        for (long seed = 0; seed < HISTORIES; seed++) {
            History history = new History(seed, policy);
            for (int step = 0; step < STEPS; step++) {
                history.step();
                history.compare("seed " + seed + ", step " + step);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {100, 999, 10_000, 60_000, 3_600_000})
    void windowOfTime_agreesWithTheNaiveOne(long millis) {
        run(CircuitBreakerPolicy.builder().window(Duration.ofMillis(millis)).build());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 10, 100})
    void windowOfCalls_agreesWithTheNaiveOne(int calls) {
        run(CircuitBreakerPolicy.builder().lastCalls(calls).build());
    }

    @Test
    void slowTimeBeyondTheRing_agreesWithTheNaiveOne() {
        run(CircuitBreakerPolicy.builder()
                .window(Duration.ofSeconds(1))
                .slowCallTime(Duration.ofMinutes(1))
                .build());
    }

    @Test
    void readingFromBeforeTheWindow_erasesNothing() {
        TimeBuckets buckets = new TimeBuckets(Duration.ofMillis(10).toNanos(), 0);
        long late = Duration.ofMillis(105).toNanos();
        buckets.record(0, true, false, late);
        buckets.record(0, true, false, Duration.ofMillis(5).toNanos());

        assertThat(Totals.failures(buckets.totals(late)))
                .as("the stale one counts as of now")
                .isEqualTo(2);
    }

    @Test
    void bucketThatIsFull_leavesOutWhatComesAfter_andKeepsTheRate() {
        TimeBuckets buckets = new TimeBuckets(Duration.ofHours(1).toNanos(), 0);
        for (int i = 0; i < Cell.MOST_CALLS + 1_000; i++) {
            buckets.record(0, i % 2 == 0, true, 0);
        }
        assertThat(Totals.calls(buckets.totals(0))).isEqualTo(Cell.MOST_CALLS);
        assertThat(Totals.failures(buckets.totals(0))).isEqualTo(Cell.MOST_CALLS / 2);
        assertThat(Totals.calls(buckets.slowTotals(0))).isEqualTo(Cell.MOST_CALLS);
    }

    @Test
    void bucketThatIsFull_takesPermitsBackAllTheSame() {
        BreakerFixture fixture = new BreakerFixture(CircuitBreakerPolicy.rate());
        long onItsWay = fixture.acquire();
        fixture.succeed(Cell.MOST_CALLS + 1_000);
        assertThat(fixture.breaker.status().calls()).isEqualTo(Cell.MOST_CALLS);
        assertThat(fixture.breaker.status().counts().inFlight()).isEqualTo(1);

        fixture.succeed(onItsWay);
        assertThat(fixture.breaker.status().counts().inFlight()).isZero();
    }

    @Test
    void moreCallsOnTheirWayThanAThreadsStripeHolds_areAllCounted() {
        assertCountedInFlight(40_000, 40_000);
    }

    @Test
    void moreCallsOnTheirWayThanABucketHolds_areLetThroughUncounted() {
        assertCountedInFlight(140_000, 4 * 32_768);
    }

    private static void assertCountedInFlight(int calls, int counted) {
        BreakerFixture fixture = new BreakerFixture(CircuitBreakerPolicy.rate());
        long[] permits = new long[calls];
        for (int i = 0; i < permits.length; i++) {
            permits[i] = fixture.acquire();
            assertThat(permits[i]).isNotNegative();
        }
        assertThat(fixture.breaker.status().counts().inFlight()).isEqualTo(counted);
        for (long permit : permits) {
            fixture.succeed(permit);
        }
        assertThat(fixture.breaker.status().counts().inFlight()).isZero();
        assertThat(fixture.breaker.status().calls()).isEqualTo(calls);
    }
}
