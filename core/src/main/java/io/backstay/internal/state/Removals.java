package io.backstay.internal.state;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of entries that have gone, so that readers can be told: for {@link #KEPT}, and of no more than {@link #MOST}
 * removals, or as many as there are entries. Not thread-safe.
 */
final class Removals {

    static final Duration KEPT = Duration.ofMinutes(10);
    static final int MOST = 10_000;

    private static final long KEPT_NANOS = KEPT.toNanos();

    /** In the order of revisions; those whose key has been written again since are still among them. */
    private final Deque<Slot> order = new ArrayDeque<>();

    void add(Slot slot) {
        order.add(slot);
    }

    /**
     * Forgets what is too old or too many.
     *
     * @param isLast whether one is still the last change of its key
     * @param forget what to do with one that is
     */
    void trim(int entries, long now, Predicate<Slot> isLast, Consumer<Slot> forget) {
        int most = Math.max(MOST, entries);
        for (Slot first = order.peek(); isOver(first, most, now); first = order.peek()) {
            order.remove();
            if (isLast.test(first)) {
                forget.accept(first);
            }
        }
    }

    private boolean isOver(@Nullable Slot first, int most, long now) {
        return first != null && (order.size() > most || now - first.atNanos > KEPT_NANOS);
    }
}
