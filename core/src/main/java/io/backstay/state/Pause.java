package io.backstay.state;

import java.time.Duration;

/** How long to leave a store alone after it has failed: from 100 ms, doubling to 5 s, each time the last half by chance. Not thread-safe. */
final class Pause {

    private static final long FIRST_NANOS = Duration.ofMillis(200).toNanos();
    private static final long GREATEST_NANOS = Duration.ofSeconds(5).toNanos();

    private long nextNanos = FIRST_NANOS;

    long next(StateClocks clocks) {
        long most = nextNanos;
        nextNanos = Math.min(2 * most, GREATEST_NANOS);
        return clocks.between(most / 2, most);
    }

    void reset() {
        nextNanos = FIRST_NANOS;
    }
}
