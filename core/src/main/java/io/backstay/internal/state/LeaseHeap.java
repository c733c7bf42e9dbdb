package io.backstay.internal.state;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Leased entries, the one whose lease ends first on top. A binary heap in which each entry knows its place, so that a renewal or a
 * removal need not look for it. Not thread-safe.
 */
final class LeaseHeap {

    private static final int SMALLEST = 16;

    private @Nullable Slot[] slots = new @Nullable Slot[SMALLEST];
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    /** The one whose lease ends first. */
    @Nullable
    Slot first() {
        return slots[0];
    }

    void add(Slot slot) {
        if (size == slots.length) {
            slots = Arrays.copyOf(slots, size + size / 2);
        }
        rise(slot, size++);
    }

    void remove(Slot slot) {
        int index = slot.heapIndex;
        Slot last = at(--size);
        slots[size] = null;
        slot.heapIndex = Slot.NOWHERE;
        if (last != slot) {
            settle(last, index);
        }
        if (size < slots.length / 4 && slots.length > SMALLEST) {
            slots = Arrays.copyOf(slots, slots.length / 2);
        }
    }

    /** To be called when the end of its lease has changed. */
    void moved(Slot slot) {
        settle(slot, slot.heapIndex);
    }

    /** Does something with all, which may move the ends of their leases. */
    void update(Consumer<Slot> change) {
        for (int i = 0; i < size; i++) {
            change.accept(at(i));
        }
        for (int i = size / 2 - 1; i >= 0; i--) {
            sink(at(i), i);
        }
    }

    private void settle(Slot slot, int index) {
        if (index > 0 && isBefore(slot, at((index - 1) / 2))) {
            rise(slot, index);
        } else {
            sink(slot, index);
        }
    }

    private void rise(Slot slot, int from) {
        int index = from;
        while (index > 0) {
            int parent = (index - 1) / 2;
            Slot above = at(parent);
            if (!isBefore(slot, above)) {
                break;
            }
            place(above, index);
            index = parent;
        }
        place(slot, index);
    }

    private void sink(Slot slot, int from) {
        int index = from;
        for (int child = 2 * index + 1; child < size; child = 2 * index + 1) {
            if (child + 1 < size && isBefore(at(child + 1), at(child))) {
                child++;
            }
            Slot below = at(child);
            if (!isBefore(below, slot)) {
                break;
            }
            place(below, index);
            index = child;
        }
        place(slot, index);
    }

    private void place(Slot slot, int index) {
        slots[index] = slot;
        slot.heapIndex = index;
    }

    private Slot at(int index) {
        Slot slot = slots[index];
        if (slot == null) {
            throw new IllegalStateException("a heap of " + size + " has nothing at " + index);
        }
        return slot;
    }

    private static boolean isBefore(Slot one, Slot other) {
        return one.atNanos - other.atNanos < 0;
    }
}
