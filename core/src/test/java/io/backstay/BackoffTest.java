package io.backstay;

import io.backstay.spi.RandomSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class BackoffTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private static List<Long> millis(Backoff backoff, int retries) {
        RandomSource random = RandomSource.seeded(1);
        List<Long> waits = new ArrayList<>();
        Duration previous = Duration.ZERO;
        for (int retry = 1; retry <= retries; retry++) {
            previous = backoff.delay(retry, previous, random);
            waits.add(previous.toMillis());
        }
        return waits;
    }

    @Test
    void withoutJitter_waitsAreExact() {
        assertThat(millis(Backoff.none(), 2)).containsExactly(0L, 0L);
        assertThat(millis(Backoff.fixed(SECOND), 3)).containsExactly(1000L, 1000L, 1000L);
        assertThat(millis(Backoff.linear(SECOND, SECOND.multipliedBy(3)), 4))
                .containsExactly(1000L, 2000L, 3000L, 3000L);
        assertThat(millis(Backoff.exponential(SECOND, 2, SECOND.multipliedBy(8)), 5))
                .containsExactly(1000L, 2000L, 4000L, 8000L, 8000L);
        assertThat(millis(Backoff.of(SECOND, SECOND.multipliedBy(5)), 3)).containsExactly(1000L, 5000L, 5000L);
    }

    @Test
    void exponential_farOut_staysAtItsGreatest() {
        Backoff backoff = Backoff.exponential(SECOND, 100, SECOND.multipliedBy(60));

        assertThat(backoff.delay(100, SECOND, RandomSource.seeded(1))).isEqualTo(SECOND.multipliedBy(60));
    }

    @Test
    void jitters_stayInTheirRangeAndFillIt() {
        Backoff base = Backoff.fixed(SECOND);
        assertRange(base.withFullJitter(), 0, 1000);
        assertRange(base.withEqualJitter(), 500, 1000);
        assertRange(Backoff.decorrelated(Duration.ofMillis(100), SECOND), 100, 1000);
    }

    private static void assertRange(Backoff backoff, long least, long greatest) {
        List<Long> waits = millis(backoff, 2_000);
        long span = greatest - least;
        assertThat(waits).allMatch(wait -> wait >= least && wait <= greatest);
        assertThat(waits).anyMatch(wait -> wait < least + span / 10).anyMatch(wait -> wait > greatest - span / 10);
    }

    @Test
    void standard_isExponentialFrom100MsTo2SWithFullJitter() {
        assertThat(Backoff.standard()).hasToString("exponential PT0.1S × 2.0 to PT2S, full jitter");
    }
}
