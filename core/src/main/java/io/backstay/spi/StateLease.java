package io.backstay.spi;

import java.time.Duration;

/**
 * A lease to be renewed.
 *
 * @param key of the entry
 * @param version the entry's, as it was written; an entry of another version is somebody else's, and its lease is left alone
 * @param time how long it stays from now on unless renewed again; 10 ms to 366 days
 */
public record StateLease(String key, long version, Duration time) {

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException when one is none
     */
    public StateLease {
        StateWrite.checkKey(key);
        StateWrite.checkLease(time);
    }
}
