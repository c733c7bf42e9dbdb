package io.backstay.spi;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a table holds under a key. Immutable; the octets of the value must not be changed. */
public final class StateEntry {

    private final String key;
    private final byte[] value;
    private final long version;
    private final @Nullable Duration remainingLease;

    /**
     * All at once.
     *
     * @param version the revision of the change that made it
     * @param remainingLease what was left of its lease when it was read, by the store's clock; null when it has none
     */
    public StateEntry(String key, byte[] value, long version, @Nullable Duration remainingLease) {
        this.key = key;
        this.value = value;
        this.version = version;
        this.remainingLease = remainingLease;
    }

    /** Its key. */
    public String key() {
        return key;
    }

    /** Its value, not to be changed. */
    public byte[] value() {
        return value;
    }

    /** The revision of the change that made it. Never seen twice in the same table for different values. */
    public long version() {
        return version;
    }

    /** What was left of its lease when it was read; nothing when it stays until it is removed. */
    public Optional<Duration> remainingLease() {
        return Optional.ofNullable(remainingLease);
    }

    @Override
    public String toString() {
        return key + " at version " + version;
    }
}
