package io.backstay.spi;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One change that is asked of a table. Immutable; the octets of the value must not be changed. */
public final class StateWrite {

    /** The version of what is not there. */
    public static final long ABSENT = 0;

    private static final Duration SHORTEST_LEASE = Duration.ofMillis(10);
    private static final Duration LONGEST_LEASE = Duration.ofDays(366);
    private static final long ANY_VERSION = -1;

    private final String key;
    private final byte @Nullable [] value;
    private final long expectedVersion;
    private final @Nullable Duration lease;
    private final int bytes;

    private StateWrite(String key, byte @Nullable [] value, long expectedVersion, @Nullable Duration lease, int bytes) {
        this.key = key;
        this.value = value;
        this.expectedVersion = expectedVersion;
        this.lease = lease;
        this.bytes = bytes;
    }

    /**
     * A value under a key, whatever is there now, until it is removed.
     *
     * @throws IllegalArgumentException when the key is empty, holds control characters or half a character, or when key or value is
     *     too long
     */
    public static StateWrite put(String key, byte[] value) {
        int keyBytes = checkKey(key);
        if (value.length > StateStore.MAX_VALUE_BYTES) {
            throw new IllegalArgumentException("the value of " + key + " has " + value.length + " octets; allowed are "
                    + StateStore.MAX_VALUE_BYTES);
        }
        return new StateWrite(key, value, ANY_VERSION, null, keyBytes + value.length);
    }

    /**
     * Nothing under a key, whatever is there now.
     *
     * @throws IllegalArgumentException when the key is none
     */
    public static StateWrite remove(String key) {
        return new StateWrite(key, null, ANY_VERSION, null, checkKey(key));
    }

    /**
     * Checks a key.
     *
     * @return its length in octets
     * @throws IllegalArgumentException when it is empty or too long, or holds control characters or half a character
     */
    public static int checkKey(String key) {
        return isPlain(key) ? key.length() : checkAnyKey(key);
    }

    /** Most keys are, and need no encoder. */
    private static boolean isPlain(String key) {
        if (key.isEmpty() || key.length() > StateStore.MAX_KEY_BYTES) {
            return false;
        }
        for (int i = 0; i < key.length(); i++) {
            char next = key.charAt(i);
            if (next < ' ' || next > '~') {
                return false;
            }
        }
        return true;
    }

    private static int checkAnyKey(String key) {
        if (key.isEmpty() || key.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a key must not be empty or hold control characters");
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(key)) {
            throw new IllegalArgumentException("a key must not hold half of a character");
        }
        int bytes = key.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > StateStore.MAX_KEY_BYTES) {
            throw new IllegalArgumentException(
                    "a key has " + bytes + " octets; allowed are " + StateStore.MAX_KEY_BYTES);
        }
        return bytes;
    }

    /**
     * The same, only where the entry is at this version now; {@link #ABSENT} for one that is not there.
     *
     * @throws IllegalArgumentException when it is negative
     */
    public StateWrite ifVersion(long version) {
        if (version < 0) {
            throw new IllegalArgumentException("a version must not be negative: " + version);
        }
        return new StateWrite(key, value, version, lease, bytes);
    }

    /** The same, only where nothing is there now. */
    public StateWrite ifAbsent() {
        return ifVersion(ABSENT);
    }

    /**
     * The same, gone by itself unless it is renewed within this time, by the store's clock.
     *
     * @param time 10 ms to 366 days
     * @throws IllegalArgumentException when the time is none of these, or this is a removal
     */
    public StateWrite withLease(Duration time) {
        if (value == null) {
            throw new IllegalArgumentException("a removal has no lease");
        }
        return new StateWrite(key, value, expectedVersion, checkLease(time), bytes);
    }

    static Duration checkLease(Duration time) {
        if (time.compareTo(SHORTEST_LEASE) < 0 || time.compareTo(LONGEST_LEASE) > 0) {
            throw new IllegalArgumentException("a lease cannot be " + time + "; allowed: from 10 ms to 366 days");
        }
        return time;
    }

    /** The key. */
    public String key() {
        return key;
    }

    /** The value, not to be changed; null for a removal. */
    public byte @Nullable [] value() {
        return value;
    }

    /** The version that must be there; nothing when any will do. */
    public OptionalLong expectedVersion() {
        return expectedVersion == ANY_VERSION ? OptionalLong.empty() : OptionalLong.of(expectedVersion);
    }

    /** How long it stays unless renewed; nothing when it stays until it is removed. */
    public Optional<Duration> lease() {
        return Optional.ofNullable(lease);
    }

    /** The length of key and value together. */
    int bytes() {
        return bytes;
    }

    @Override
    public String toString() {
        return (value == null ? "remove " : "put ") + key;
    }
}
