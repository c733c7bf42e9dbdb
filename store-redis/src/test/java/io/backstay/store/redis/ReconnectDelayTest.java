package io.backstay.store.redis;

import io.backstay.spi.RandomSource;
import java.time.Duration;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ReconnectDelayTest {

    private static final RandomSource RANDOM = RandomSource.seeded(3);

    @Test
    void delays_doubleUpToFiveSecondsAndAreSpread() {
        long[] steps = {100, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000};
        for (int failures = 0; failures < steps.length; failures++) {
            Duration least = Duration.ofMillis(failures == 0 ? 1 : steps[failures] / 2);
            Duration most = Duration.ofMillis(steps[failures]);
            long different = 0;
            Duration before = Duration.ZERO;
            for (int i = 0; i < 200; i++) {
                Duration delay = ReconnectDelay.after(failures, RANDOM);
                assertThat(delay).isBetween(least, most);
                different += delay.equals(before) ? 0 : 1;
                before = delay;
            }
            assertThat(different).isGreaterThan(150);
        }
    }

    @Test
    void manyFailures_doNotOverflow() {
        assertThat(ReconnectDelay.after(Integer.MAX_VALUE, RANDOM))
                .isBetween(Duration.ofMillis(2_500), Duration.ofMillis(5_000));
    }
}
