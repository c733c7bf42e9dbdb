package io.backstay.state;

import io.backstay.spi.StateChange;
import io.backstay.spi.TablePosition;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Hints that come while a table is being read, to be taken up afterwards; too many are forgotten. Not thread-safe. */
final class Hints {

    private static final int MOST_CHANGES = 10_000;

    /** What a watcher was told. */
    record Hint(TablePosition position, List<StateChange> changes) {}

    private final Deque<Hint> kept = new ArrayDeque<>();
    private int changes;

    /** Keeps one; false when there is no room, and all are forgotten. */
    boolean keep(Hint hint) {
        changes += 1 + hint.changes().size();
        if (changes > MOST_CHANGES) {
            clear();
            return false;
        }
        kept.add(hint);
        return true;
    }

    @Nullable
    Hint next() {
        Hint next = kept.poll();
        if (next != null) {
            changes -= 1 + next.changes().size();
        }
        return next;
    }

    void clear() {
        kept.clear();
        changes = 0;
    }
}
