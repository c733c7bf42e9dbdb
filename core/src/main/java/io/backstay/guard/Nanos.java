package io.backstay.guard;

import java.time.Duration;

/** Durations from outside, as nanoseconds that can be added to a reading of a clock. */
final class Nanos {

    private static final Duration MOST = Duration.ofDays(365);

    private Nanos() {}

    /** From none to a year: less is none, more is a year. */
    static long of(Duration duration) {
        return duration.isNegative() ? 0 : duration.compareTo(MOST) > 0 ? MOST.toNanos() : duration.toNanos();
    }
}
