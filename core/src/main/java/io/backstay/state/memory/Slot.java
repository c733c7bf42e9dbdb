package io.backstay.state.memory;

import io.backstay.spi.StateChange;
import io.backstay.spi.StateEntry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The last change of a key: an entry, or what is remembered of one that has gone. Guarded by its table's lock. */
final class Slot {

    static final int NOWHERE = -1;

    final StateChange.Kind kind;
    final String key;
    final byte @Nullable [] value;
    final long revision;
    /** How long the lease was given for; 0 when there is none. */
    long leaseNanos;
    /** When the lease ends; for one that has gone, when it went. */
    long atNanos;
    /** Where it is in the {@link ChangeLog}. */
    int logIndex = NOWHERE;
    /** Where it is in the {@link LeaseHeap}. */
    int heapIndex = NOWHERE;

    Slot(StateChange.Kind kind, String key, byte @Nullable [] value, long revision, long leaseNanos, long atNanos) {
        this.kind = kind;
        this.key = key;
        this.value = value;
        this.revision = revision;
        this.leaseNanos = leaseNanos;
        this.atNanos = atNanos;
    }

    /** What it takes of a store's room. */
    long size() {
        return size(key, value);
    }

    static long size(String key, byte @Nullable [] value) {
        return key.length() + (value == null ? 0L : value.length);
    }

    boolean isEntry() {
        return value != null;
    }

    boolean isLeased() {
        return isEntry() && leaseNanos > 0;
    }

    boolean hasExpired(long now) {
        return isLeased() && now - atNanos >= 0;
    }

    /** As it is read at this moment. Only of an entry. */
    StateEntry entry(long now) {
        return new StateEntry(key, octets(), revision, remaining(now));
    }

    /** As it is told at this moment. */
    StateChange change(long now) {
        return switch (kind) {
            case PUT -> StateChange.put(key, revision, octets(), remaining(now));
            case REMOVED -> StateChange.removed(key, revision);
            case EXPIRED -> StateChange.expired(key, revision);
        };
    }

    private byte[] octets() {
        byte[] octets = value;
        if (octets == null) {
            throw new IllegalStateException("nothing is left of " + key);
        }
        return octets;
    }

    private @Nullable Duration remaining(long now) {
        return leaseNanos == 0 ? null : Duration.ofNanos(Math.max(0, atNanos - now));
    }
}
