package io.backstay.store.redis;

import io.backstay.spi.RandomSource;
import java.time.Duration;

/** How long to wait before connecting again: 100 ms, doubled with each failure up to 5 s, and jittered so that a fleet does not come at once. */
final class ReconnectDelay {

    private static final long FIRST_MILLIS = 100;
    private static final long LONGEST_MILLIS = 5_000;
    private static final int MOST_DOUBLINGS = 6;

    private ReconnectDelay() {}

    /**
     * From half of the step to the whole of it.
     *
     * @param failures in a row; none when a connection is lost that has lasted, where it is anything up to the first step
     */
    static Duration after(int failures, RandomSource random) {
        long step = Math.min(FIRST_MILLIS << Math.min(Math.max(0, failures - 1), MOST_DOUBLINGS), LONGEST_MILLIS);
        long least = failures == 0 ? 0 : step / 2;
        return Duration.ofMillis(least + (long) (random.nextDouble() * (step - least)) + 1);
    }
}
