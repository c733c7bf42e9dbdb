package io.backstay.state;

/**
 * Is told how a {@link TableReplica} changes: in order, one call at a time, on a thread of the store's or of whoever calls the replica,
 * so it must not block. What it throws is logged and keeps nobody else from being told.
 */
@FunctionalInterface
public interface ReplicaListener<T> {

    /** A value has come, has become another one, or has gone. Never called for a value that was written anew and is equal. */
    void onChange(ReplicaChange<T> change);

    /**
     * The replica has come to be in step with its table, or no longer is. A listener that comes late is told the former after the values
     * that are there. Does nothing unless it is overridden.
     */
    default void onStatus(ReplicaStatus status) {}
}
