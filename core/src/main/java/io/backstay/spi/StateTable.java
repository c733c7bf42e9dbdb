package io.backstay.spi;

import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * A table of a {@link StateStore}. Thread-safe; no operation blocks. A stage fails with a {@link StateStoreException} only; a wrong
 * argument is an {@link IllegalArgumentException} at once. Stages end on threads of the store's own, or on the caller's: a dependent
 * step must not block.
 *
 * <p>Time is the store's, never a client's. An entry stays for at least its lease; when the store was away or stood still,
 * everybody has time for one renewal before anything expires. From the end of its lease on an entry is not there for {@link #get} and
 * for conditions; that it has gone is told within about a second, as a change.
 */
public interface StateTable {

    /** Its name. */
    String name();

    /** What is under a key. */
    CompletionStage<Optional<StateEntry>> get(String key);

    /** Makes all changes of a batch, or none when one of its conditions does not hold. */
    CompletionStage<StateWritten> apply(StateBatch batch);

    /** Makes one change, unless its condition does not hold. */
    default CompletionStage<StateWritten> apply(StateWrite write) {
        return apply(StateBatch.of(write));
    }

    /**
     * Lets entries stay for longer. Not a change: the table's revision stays, and nobody is told. An entry without a lease stays as it
     * is, and counts as renewed.
     *
     * @param leases up to {@link StateStore#MAX_BATCH_CHANGES}
     * @return the keys that were not renewed, since the entry is gone or at another version
     */
    CompletionStage<Set<String>> renew(Collection<StateLease> leases);

    /**
     * What has changed since a position; from {@link TablePosition#NONE} on, all that is there. Reading a table from its beginning in
     * pieces, each from the position of the one before, gives the whole of it, whatever is changed meanwhile.
     *
     * @param limit how many changes at most, 1 to {@link StateStore#MAX_CHANGES_READ}; a store may give fewer at a time
     * @throws IllegalArgumentException when the limit is none
     */
    CompletionStage<StateChanges> changesSince(TablePosition position, int limit);

    /** Where the table is now. Cheap: what a reader asks from time to time to see whether it has missed something. */
    CompletionStage<TablePosition> position();

    /**
     * Begins to tell a watcher of changes as they happen. What it is told is a hint that may be lost; {@link TableWatcher} says how to
     * live with that. While the store is away the watch stays, and goes on once it is back.
     */
    Watch watch(TableWatcher watcher);

    /** Until closed, a watcher is told. */
    @FunctionalInterface
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }
}
