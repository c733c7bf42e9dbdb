package io.backstay.spi;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One change that a table has seen. Immutable; the octets of the value must not be changed. */
public final class StateChange {

    /** What happened to an entry. */
    public enum Kind {
        /** It was written. */
        PUT,
        /** Somebody removed it. */
        REMOVED,
        /** Its lease has run out. */
        EXPIRED
    }

    private final Kind kind;
    private final String key;
    private final long revision;
    private final byte @Nullable [] value;
    private final @Nullable Duration remainingLease;

    private StateChange(
            Kind kind, String key, long revision, byte @Nullable [] value, @Nullable Duration remainingLease) {
        this.kind = kind;
        this.key = key;
        this.revision = revision;
        this.value = value;
        this.remainingLease = remainingLease;
    }

    /**
     * An entry was written.
     *
     * @param remainingLease what is left of its lease; null when it has none
     */
    public static StateChange put(String key, long revision, byte[] value, @Nullable Duration remainingLease) {
        return new StateChange(Kind.PUT, key, revision, value, remainingLease);
    }

    /** An entry was removed. */
    public static StateChange removed(String key, long revision) {
        return new StateChange(Kind.REMOVED, key, revision, null, null);
    }

    /** An entry's lease has run out. */
    public static StateChange expired(String key, long revision) {
        return new StateChange(Kind.EXPIRED, key, revision, null, null);
    }

    /** What happened. */
    public Kind kind() {
        return kind;
    }

    /** To which entry. */
    public String key() {
        return key;
    }

    /** The table's revision by it; the entry's version from then on. */
    public long revision() {
        return revision;
    }

    /** What was written, not to be changed; null unless it is a put. */
    public byte @Nullable [] value() {
        return value;
    }

    /** What is left of its lease; nothing when it has none. */
    public Optional<Duration> remainingLease() {
        return Optional.ofNullable(remainingLease);
    }

    @Override
    public String toString() {
        return kind + " " + key + " at " + revision;
    }
}
