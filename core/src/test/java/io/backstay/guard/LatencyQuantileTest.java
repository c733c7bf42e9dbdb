package io.backstay.guard;

import io.backstay.ConfigurationException;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LatencyQuantileTest {

    private static final Duration WINDOW = Duration.ofSeconds(10);

    private final VirtualTime time = new VirtualTime();
    private final LatencyQuantile p95 = new LatencyQuantile(95, WINDOW, time);

    private void record(Duration latency, int times) {
        for (int i = 0; i < times; i++) {
            p95.record(latency.toNanos(), time.nanoTime());
        }
    }

    @Test
    void tooFewLatencies_sayNothing() {
        record(Duration.ofMillis(5), 19);
        assertThat(p95.value()).isEmpty();

        record(Duration.ofMillis(5), 1);
        time.advance(Duration.ofSeconds(1));
        assertThat(p95.value())
                .hasValueSatisfying(
                        value -> assertThat(value).isBetween(Duration.ofMillis(5), Duration.ofNanos(5_320_000)));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void isNeverBelowTheSortedListAndLittleAbove(long seed) {
        Random random = new Random(seed);
        double percentile = 50 + random.nextInt(50);
        LatencyQuantile quantile = new LatencyQuantile(percentile, WINDOW, time);
        long[] latencies = new long[20 + random.nextInt(5_000)];
        for (int i = 0; i < latencies.length; i++) {
            latencies[i] = (long) (Math.exp(random.nextGaussian() * 3) * 10_000_000);
            quantile.record(latencies[i], time.nanoTime());
        }
        Arrays.sort(latencies);
        long exact = latencies[(int) Math.ceil(percentile / 100 * latencies.length) - 1];

        assertThat(quantile.nanos(time.nanoTime())).isBetween(exact, (long) (exact * 1.0625) + 2_048);
    }

    @Test
    void steps_coverTheScaleWithoutGapOrOverlap() {
        for (int step = 0; step < LatencySteps.COUNT - 1; step++) {
            long edge = LatencySteps.upperNanos(step);
            assertThat(LatencySteps.indexOf(edge - 1)).isEqualTo(step);
            assertThat(LatencySteps.indexOf(edge)).isEqualTo(step + 1);
        }
        assertThat(LatencySteps.indexOf(-1)).isZero();
        assertThat(LatencySteps.indexOf(Long.MAX_VALUE)).isEqualTo(LatencySteps.COUNT - 1);
    }

    @Test
    void window_forgetsWhatIsOlderThanItself() {
        record(Duration.ofSeconds(2), 100);
        time.advance(Duration.ofSeconds(5));
        record(Duration.ofMillis(1), 100);
        assertThat(p95.value().orElseThrow()).isGreaterThan(Duration.ofSeconds(1));

        time.advance(Duration.ofSeconds(5));
        assertThat(p95.count()).isEqualTo(100);
        assertThat(p95.value().orElseThrow()).isLessThan(Duration.ofMillis(2));
    }

    @Test
    void afterALongSilence_nothingOldIsLeft() {
        record(Duration.ofSeconds(2), 100);
        time.advance(Duration.ofSeconds(5));
        record(Duration.ofSeconds(2), 100);

        time.advance(Duration.ofHours(3));

        assertThat(p95.count()).isZero();
        assertThat(p95.value()).isEmpty();
    }

    @Test
    void valueIsWorkedOutAnew_onlyOnceInAWhile() {
        record(Duration.ofMillis(1), 100);
        long first = p95.nanos(time.nanoTime());
        record(Duration.ofSeconds(1), 1_000);
        assertThat(p95.nanos(time.nanoTime())).isEqualTo(first);

        time.advance(WINDOW.dividedBy(64));
        assertThat(p95.nanos(time.nanoTime())).isGreaterThan(first);
    }

    @Test
    void eightThreads_countEveryLatencyOnce() throws Exception {
        Parallel.run(8, thread -> {
            for (int i = 0; i < 250_000; i++) {
                p95.record(i * 100L, 0);
            }
        });
        assertThat(p95.count()).isEqualTo(2_000_000);
    }

    /** How much a turn loses depends on when its thread is held up, since time here is what the others record meanwhile. */
    @Test
    void eightThreads_acrossManyTurns_countNothingTwiceAndGoOnCounting() throws Exception {
        AtomicLong clock = new AtomicLong();
        Parallel.run(8, thread -> {
            for (int i = 0; i < 100_000; i++) {
                p95.record(1_000_000, clock.addAndGet(100_000));
            }
        });
        time.advance(Duration.ofNanos(clock.get()));
        assertThat(p95.count()).as("10,000 a second in a window of 10 s").isLessThanOrEqualTo(100_000L);

        time.advance(WINDOW.multipliedBy(2));
        record(Duration.ofMillis(1), 100);

        assertThat(p95.count()).isEqualTo(100);
    }

    @Test
    void misuse_isRefusedWhenMade() {
        for (double percentile : new double[] {0, 100, -1, Double.NaN}) {
            assertThatThrownBy(() -> new LatencyQuantile(percentile, WINDOW, time))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("above 0 to below 100");
        }
        assertThatThrownBy(() -> new LatencyQuantile(95, Duration.ZERO, time))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("from 1 ms to 1 day");
    }
}
