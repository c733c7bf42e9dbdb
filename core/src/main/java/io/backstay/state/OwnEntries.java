package io.backstay.state;

import io.backstay.ConfigurationException;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * This process' own entries of a table: each stays there as long as it is kept here, and goes by its lease when the process dies.
 * Thread-safe. Nothing here waits for the store; whether it is there or away, also from the start on, is the same to the caller.
 *
 * <p>Each entry is renewed when about a third of its lease has passed, together with all others that are due about then, in one
 * operation for up to 1,024 of them. One that has gone, since the store was away for too long, the table began a new life or this
 * process stood still, is put back, after a time by chance of up to a third of its lease, so that many processes do not come at once. One
 * that could not be written waits until the store is back, and then as much longer by chance as the store was away, up to the same
 * third.
 *
 * <p>A key is one owner's. When somebody puts an entry under the same key later, the earlier owner gives it up and is told. A write of
 * its own whose answer was lost, and an older state of the table after a failover, are not taken for somebody else's; nor, where it is
 * said how to tell, is what is nobody's entry, as when another program has damaged it: the owner writes over that, at once the first
 * time, and then no sooner than a tenth of a lease after the last time.
 *
 * <p>One write, renewal or removal is on its way at a time for as many entries as wait for it, and a few reads of single ones.
 */
public final class OwnEntries implements AutoCloseable {

    private final OwnKeeper keeper;

    private OwnEntries(OwnKeeper keeper) {
        this.keeper = keeper;
    }

    /** Of a table, on the clocks of the machine. */
    public static OwnEntries of(StateTable table) {
        return of(table, ProviderContext.system());
    }

    /** Of a table, with time and chance from there. */
    public static OwnEntries of(StateTable table, ProviderContext context) {
        return of(table, context.time(), context.scheduler(), context.random());
    }

    /**
     * The same, in a table where not all that is under a key is somebody's entry.
     *
     * @param isEntry whether something can be somebody's, whom this process then gives way to; what it throws means no; quick
     */
    public static OwnEntries of(StateTable table, ProviderContext context, Predicate<? super StateEntry> isEntry) {
        return of(table, StateClocks.of(required("context", context)), required("predicate", isEntry));
    }

    /** Of a table; where to read time, leave tasks for later and find chance. */
    public static OwnEntries of(StateTable table, TimeSource time, DelayScheduler scheduler, RandomSource random) {
        StateClocks clocks = new StateClocks(
                required("time source", time),
                required("delay scheduler", scheduler),
                required("random source", random));
        return of(table, clocks, anything -> true);
    }

    private static OwnEntries of(StateTable table, StateClocks clocks, Predicate<? super StateEntry> isEntry) {
        OwnKeeper keeper = new OwnKeeper(required("table", table), clocks, isEntry);
        keeper.open();
        return new OwnEntries(keeper);
    }

    /**
     * Puts an entry and keeps it; in place of another's, who then gives it up, also where that is an earlier one from here.
     *
     * @param value not to be changed any more
     * @param lease for how long it stays without this process; 10 ms to 366 days
     * @throws IllegalArgumentException when key, value or lease is none
     * @throws IllegalStateException when this was closed
     */
    public OwnEntry put(String key, byte[] value, Duration lease) {
        StateWrite.put(key, value).withLease(lease);
        return put(key, value, () -> lease, replaced -> {});
    }

    /**
     * The same, with a lease that is asked for anew at each write and renewal.
     *
     * @param lease how long the entry is to stay from this moment on, brought into the range of leases; quick
     * @param onReplaced told when somebody else has put an entry under the same key; must not block
     * @throws IllegalArgumentException when key or value is none
     * @throws IllegalStateException when this was closed
     */
    public OwnEntry put(String key, byte[] value, Supplier<Duration> lease, Consumer<OwnEntry> onReplaced) {
        OwnEntry.checkValue(key, value);
        OwnEntry entry = new OwnEntry(keeper, key, value, required("lease", lease), required("callback", onReplaced));
        keeper.put(entry);
        return entry;
    }

    /** How many there are, and how many of them are in the table. */
    public OwnEntriesStatus status() {
        int entries = 0;
        int held = 0;
        for (OwnEntry entry : keeper.all()) {
            entries++;
            held += entry.isHeld() ? 1 : 0;
        }
        return new OwnEntriesStatus(entries, held);
    }

    /**
     * Removes all entries from the table, unless they are somebody else's by now; gives up after 5 s, and leaves the rest to their
     * leases.
     *
     * @return done when either has happened
     */
    public CompletableFuture<Void> removeAll() {
        return keeper.close();
    }

    /** Keeps none of them any longer, but leaves them in the table until their leases end, for whoever comes next to find. */
    public void leaveAll() {
        keeper.leaveAll();
    }

    /** The same as {@link #removeAll()}, without a word of how it goes. May be called twice. */
    @Override
    public void close() {
        var unused = keeper.close();
    }

    @Override
    public String toString() {
        return "own entries of " + keeper.name() + ", " + status();
    }

    private static <T> T required(String what, @Nullable T value) {
        if (value == null) {
            throw new ConfigurationException("the " + what + " of own entries must not be null");
        }
        return value;
    }
}
