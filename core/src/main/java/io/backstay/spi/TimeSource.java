package io.backstay.spi;

import java.time.Instant;

/** Where time is read. Thread-safe. */
public interface TimeSource {

    /** A monotonic reading in nanoseconds, of meaning only against another of the same source. */
    long nanoTime();

    /** The wall clock, for dates that people or other processes read. */
    Instant now();

    /** The clocks of the machine. */
    static TimeSource system() {
        return SystemTime.shared();
    }
}
