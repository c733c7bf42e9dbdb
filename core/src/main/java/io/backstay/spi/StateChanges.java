package io.backstay.spi;

import java.util.List;

/**
 * What has become of a table since a position, as far as it was read. Each entry comes with its last change alone, in the order of
 * revisions, so that applying all in turn leads to what the table holds.
 *
 * @param reset whether the reader must forget all it knows first: what it knows is of another epoch, or older than what the store
 *     remembers of removals. Then the changes begin with an empty table.
 * @param changes in the order of their revisions
 * @param position where a reader is that has applied them. As long as it is not complete, that is of use for reading on from there
 *     and for nothing else: its epoch may be another text than the table's, by which the store knows what this reader has begun with
 * @param complete whether that is where the table was when it was read; otherwise there is more to be read from there
 */
public record StateChanges(boolean reset, List<StateChange> changes, TablePosition position, boolean complete) {

    /** Keeps a copy of the list. */
    public StateChanges {
        changes = List.copyOf(changes);
    }
}
