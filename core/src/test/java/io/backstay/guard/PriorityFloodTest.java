package io.backstay.guard;

import io.backstay.ConcurrencyPolicy;
import io.backstay.Deadline;
import io.backstay.Priority;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A service of 20 places and 10 ms a call (2,000 calls a second) with 300 critical, 300 high, 600 normal and 600 low calls a
 * second; then the low ones become twelve times as many, four times what the service can do. Arrivals and times of service are
 * exponential; a caller waits 250 ms.
 */
class PriorityFloodTest {

    private static final int PLACES = 20;
    private static final double SERVICE_NANOS = 10_000_000;
    private static final Duration PATIENCE = Duration.ofMillis(250);
    private static final Duration LENGTH = Duration.ofSeconds(3);
    private static final int[] PER_SECOND = {300, 300, 600, 7_200};

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 20);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void twelvefoldFloodOfLowCalls_leavesCriticalOnesAlone(long seed) {
        Flood flood = new Flood(seed, ConcurrencyPolicy.fixed(PLACES), true);
        flood.run();
        assertThat(flood.success(Priority.CRITICAL)).isGreaterThanOrEqualTo(0.994);
        assertThat(flood.success(Priority.HIGH)).isGreaterThanOrEqualTo(0.99);
        assertThat(flood.success(Priority.NORMAL)).isGreaterThanOrEqualTo(0.95);
        assertThat(flood.success(Priority.LOW)).isLessThan(0.3);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theSameFlood_withoutPriorities_wouldTakeMostOfThem(long seed) {
        Flood flood = new Flood(
                seed, ConcurrencyPolicy.builder().limit(PLACES).withoutShares().build(), false);
        flood.run();
        assertThat(flood.success(Priority.CRITICAL)).isLessThan(0.5);
    }

    private static final class Flood {
        private final VirtualTime time = new VirtualTime();
        private final Random random;
        private final ConcurrencyLimit limit;
        private final boolean usesPriorities;
        private final int[] calls = new int[4];
        private final int[] served = new int[4];

        Flood(long seed, ConcurrencyPolicy policy, boolean usesPriorities) {
            this.random = new Random(seed);
            this.limit = new ConcurrencyLimit("users", policy, time, time, time);
            this.usesPriorities = usesPriorities;
        }

        void run() {
            for (Priority priority : Priority.values()) {
                scheduleNext(priority);
            }
            time.advance(LENGTH);
        }

        double success(Priority priority) {
            return (double) served[Lanes.index(priority)] / calls[Lanes.index(priority)];
        }

        private void scheduleNext(Priority priority) {
            time.schedule(() -> arrive(priority), exponential(1e9 / PER_SECOND[Lanes.index(priority)]));
        }

        private void arrive(Priority priority) {
            scheduleNext(priority);
            // Who comes too late to be served within the run is not counted.
            boolean counts = time.nanoTime() < LENGTH.minus(PATIENCE).toNanos();
            calls[Lanes.index(priority)] += counts ? 1 : 0;
            var unused = limit.acquireAsync(
                            usesPriorities ? priority : Priority.NORMAL, Deadline.after(time.nanoTime(), PATIENCE))
                    .thenAccept(permit -> {
                        if (permit != ConcurrencyLimit.REFUSED) {
                            served[Lanes.index(priority)] += counts ? 1 : 0;
                            time.schedule(() -> limit.onSuccess(permit, time.nanoTime()), exponential(SERVICE_NANOS));
                        }
                    });
        }

        private Duration exponential(double meanNanos) {
            return Duration.ofNanos((long) (-Math.log(1 - random.nextDouble()) * meanNanos));
        }
    }
}
