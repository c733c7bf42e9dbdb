package io.backstay.spi;

import java.util.List;

/**
 * Is told that a table has changed, soon after it has. Messages may be lost, never reordered; called by one thread at a time, on
 * one of the store's, so it must not block. What it throws is logged.
 *
 * <p>A reader that is at revision {@code r} of the same epoch applies the changes of a message when they begin with
 * {@code r + 1}, ignores those it has, and otherwise reads {@link StateTable#changesSince} from where it is.
 */
public interface TableWatcher {

    /**
     * The table has come to a position.
     *
     * @param position where it is
     * @param changes the last changes up to there, with consecutive revisions; empty when they are not told along and must be read
     */
    void onChange(TablePosition position, List<StateChange> changes);

    /**
     * The watch begins, or begins anew after it was broken: whatever came before may have been missed. To be answered by reading from
     * where the reader is.
     */
    void onConnect();
}
