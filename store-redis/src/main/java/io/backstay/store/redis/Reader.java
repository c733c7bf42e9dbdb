package io.backstay.store.redis;

import io.backstay.spi.TablePosition;

/**
 * Where a reader of a table is. One that has not read all yet carries with it where the table was when it began, in the epoch of its
 * position: it needs the removals since then, however old the entries are that it is coming to.
 *
 * @param began from which revision on it knows of removals
 */
record Reader(String epoch, long revision, long began) {

    private static final char MARK = '~';

    /** What a position says; a position that is none of ours is before everything. */
    static Reader at(TablePosition position) {
        String text = position.epoch();
        int mark = text.lastIndexOf(MARK);
        if (mark < 0) {
            return new Reader(text, position.revision(), position.revision());
        }
        String began = text.substring(mark + 1);
        return began.matches("[0-9]{1,18}")
                ? new Reader(text.substring(0, mark), position.revision(), Long.parseLong(began))
                : new Reader("", 0, 0);
    }

    /** For reading on from there and for nothing else. */
    TablePosition partly() {
        return new TablePosition(epoch + MARK + began, revision);
    }
}
