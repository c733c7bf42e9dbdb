package io.backstay.spi;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Changes of one table that are made all at once or not at all. Immutable. */
public final class StateBatch {

    private final List<StateWrite> writes;
    private final @Nullable TablePosition expected;
    private final boolean durable;

    private StateBatch(List<StateWrite> writes, @Nullable TablePosition expected, boolean durable) {
        this.writes = writes;
        this.expected = expected;
        this.durable = durable;
    }

    /**
     * These changes, in this order.
     *
     * @throws IllegalArgumentException when there are none, more than {@link StateStore#MAX_BATCH_CHANGES}, more octets than {@link
     *     StateStore#MAX_BATCH_BYTES}, or two of the same key
     */
    public static StateBatch of(List<StateWrite> writes) {
        List<StateWrite> all = List.copyOf(writes);
        if (all.isEmpty() || all.size() > StateStore.MAX_BATCH_CHANGES) {
            throw new IllegalArgumentException("a batch cannot have " + all.size() + " changes; allowed: from 1 to "
                    + StateStore.MAX_BATCH_CHANGES);
        }
        Set<String> keys = new HashSet<>();
        long bytes = 0;
        for (StateWrite write : all) {
            bytes += write.bytes();
            if (!keys.add(write.key())) {
                throw new IllegalArgumentException("a batch changes " + write.key() + " twice");
            }
        }
        if (bytes > StateStore.MAX_BATCH_BYTES) {
            throw new IllegalArgumentException(
                    "a batch has " + bytes + " octets; allowed are " + StateStore.MAX_BATCH_BYTES);
        }
        return new StateBatch(all, null, false);
    }

    /** A single change. */
    public static StateBatch of(StateWrite write) {
        return new StateBatch(List.of(write), null, false);
    }

    /** The same, only where the table is at this position now: nobody has changed anything since. */
    public StateBatch ifAt(TablePosition position) {
        return new StateBatch(writes, position, durable);
    }

    /**
     * The same, done only once it is held by a replica of the store too, where the store has any: it survives the loss of one server.
     * Takes longer.
     */
    public StateBatch durable() {
        return new StateBatch(writes, expected, true);
    }

    /** The changes, in order. */
    public List<StateWrite> writes() {
        return writes;
    }

    /** Where the table must be; nothing when anywhere will do. */
    public Optional<TablePosition> expected() {
        return Optional.ofNullable(expected);
    }

    /** Whether a replica must hold it too. */
    public boolean isDurable() {
        return durable;
    }

    @Override
    public String toString() {
        return writes.size() + " changes";
    }
}
