package io.backstay;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The moment by which a call must have ended, all attempts and waits included, as a reading of the monotonic clock of
 * this process. Between processes it travels as the milliseconds that remain. Immutable.
 *
 * @param nanos a reading of {@code TimeSource.nanoTime()}
 */
public record Deadline(long nanos) {

    /** So long after a reading of the clock. */
    public static Deadline after(long nowNanos, Duration duration) {
        return new Deadline(nowNanos + duration.toNanos());
    }

    /** What remains at a reading of the clock; zero or negative when it has passed. */
    public long remainingNanos(long nowNanos) {
        return nanos - nowNanos;
    }

    /** Whether nothing remains. */
    public boolean hasPassed(long nowNanos) {
        return remainingNanos(nowNanos) <= 0;
    }

    /** The earlier of the two. */
    public Deadline earlierOf(@Nullable Deadline other) {
        return other != null && other.nanos - nanos < 0 ? other : this;
    }
}
