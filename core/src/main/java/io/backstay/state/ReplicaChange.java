package io.backstay.state;

import org.jspecify.annotations.Nullable;

/**
 * What has become of one value of a {@link TableReplica}. There is an old value, a new one, or both.
 *
 * @param oldValue null when the key is new here
 * @param newValue null when the key has gone
 */
public record ReplicaChange<T>(
        String key, @Nullable T oldValue, @Nullable T newValue, Cause cause) {

    /** Why a value has changed. */
    public enum Cause {
        /** Somebody has written it. */
        PUT,
        /** Somebody has removed it. */
        REMOVED,
        /** Its lease has run out. */
        EXPIRED,
        /** It was in an earlier life of the table, or damaged for good, and was not put back within a lease. */
        LOST
    }

    /** Says nothing of the values, which may be secret. */
    @Override
    public String toString() {
        return cause + " " + key;
    }
}
