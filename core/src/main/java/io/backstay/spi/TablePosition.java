package io.backstay.spi;

/**
 * How far a table has come. Within an epoch the revision grows by one with each change of an entry and never goes back; renewing a
 * lease is no change. The epoch is another one when the table is a new one or may have lost changes: it was emptied, or another
 * server has taken over. Positions of different epochs have no order.
 *
 * @param epoch which life of the table; empty before the first
 * @param revision of the last change
 */
public record TablePosition(String epoch, long revision) {

    /** Before everything: what a reader has that has read nothing. */
    public static final TablePosition NONE = new TablePosition("", 0);

    /**
     * Checks the parts, since they may come from outside.
     *
     * @throws IllegalArgumentException when the revision is negative
     */
    public TablePosition {
        if (revision < 0) {
            throw new IllegalArgumentException("the revision of a table must not be negative: " + revision);
        }
    }

    /** Whether both are of one life of the table, and can be compared. */
    public boolean sameEpoch(TablePosition other) {
        return epoch.equals(other.epoch);
    }
}
