package io.backstay.internal.state;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last change of each key, in the order of revisions. A change that another one of the same key has replaced leaves a hole; holes
 * are closed when there is no room at the end, so that adding costs the same however long it is. Not thread-safe.
 */
final class ChangeLog {

    private static final int SMALLEST = 16;

    private long[] revisions = new long[SMALLEST];
    private @Nullable Slot[] slots = new @Nullable Slot[SMALLEST];
    /** Holes included. */
    private int size;

    private int held;

    /** Its revision must be greater than all before. */
    void add(Slot slot) {
        if (size == slots.length) {
            closeHoles();
        }
        slot.logIndex = size;
        revisions[size] = slot.revision;
        slots[size] = slot;
        size++;
        held++;
    }

    void remove(Slot slot) {
        slots[slot.logIndex] = null;
        slot.logIndex = Slot.NOWHERE;
        held--;
    }

    /** Up to so many with a greater revision, in order. */
    List<Slot> after(long revision, int limit) {
        List<Slot> found = new ArrayList<>(Math.min(limit, held));
        for (int i = firstAfter(revision); i < size && found.size() < limit; i++) {
            Slot slot = slots[i];
            if (slot != null) {
                found.add(slot);
            }
        }
        return found;
    }

    private int firstAfter(long revision) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (revisions[middle] <= revision) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Leaves half as much room again as there is to hold. */
    private void closeHoles() {
        int room = Math.max(SMALLEST, held + held / 2);
        long[] closeRevisions = new long[room];
        @Nullable Slot[] close = new @Nullable Slot[room];
        int next = 0;
        for (int i = 0; i < size; i++) {
            Slot slot = slots[i];
            if (slot != null) {
                slot.logIndex = next;
                closeRevisions[next] = revisions[i];
                close[next++] = slot;
            }
        }
        revisions = closeRevisions;
        slots = close;
        size = next;
    }
}
