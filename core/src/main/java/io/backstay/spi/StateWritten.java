package io.backstay.spi;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What came of a batch. Immutable. */
public final class StateWritten {

    private final boolean applied;
    private final TablePosition position;
    private final List<Long> versions;
    private final @Nullable String conflict;

    private StateWritten(boolean applied, TablePosition position, List<Long> versions, @Nullable String conflict) {
        this.applied = applied;
        this.position = position;
        this.versions = List.copyOf(versions);
        this.conflict = conflict;
    }

    /**
     * All of it was done.
     *
     * @param position where the table has come to by it
     * @param versions of each change, in the batch's order: what the entry is at now, {@link StateWrite#ABSENT} where nothing was
     *     there to be removed
     */
    public static StateWritten applied(TablePosition position, List<Long> versions) {
        return new StateWritten(true, position, versions, null);
    }

    /**
     * None of it was done.
     *
     * @param position where the table is
     * @param conflict the key whose version is another one; null when the table is at another position
     */
    public static StateWritten refused(TablePosition position, @Nullable String conflict) {
        return new StateWritten(false, position, List.of(), conflict);
    }

    /** Whether all was done; otherwise nothing was. */
    public boolean isApplied() {
        return applied;
    }

    /** Where the table is after it. */
    public TablePosition position() {
        return position;
    }

    /** The versions of the changes, in the batch's order; empty when it was not applied. */
    public List<Long> versions() {
        return versions;
    }

    /** The key that was at another version than expected; nothing when it was applied, or the table was at another position. */
    public Optional<String> conflict() {
        return Optional.ofNullable(conflict);
    }

    @Override
    public String toString() {
        return (applied ? "applied at " : "refused at ") + position + (conflict == null ? "" : " for " + conflict);
    }
}
