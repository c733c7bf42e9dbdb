package io.backstay.testkit;

import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.StateBatch;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.StateWritten;
import io.backstay.spi.TablePosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;

import static org.assertj.core.api.Assertions.assertThat;

/** What all groups of the contract share: a store and a table for each case, values, bounded waits. */
abstract class StateFixture extends StoreFixture {

    /** Longer than any case. */
    static final Duration LONG_LEASE = Duration.ofMinutes(2);

    static final Duration SHORT_LEASE = Duration.ofMillis(500);

    private static final AtomicInteger TABLES = new AtomicInteger();

    StateStore store;
    StateTable table;

    abstract StateStore newStore(ProviderContext context);

    abstract Map<StateRequirement, String> excused();

    @BeforeEach
    void open() {
        store = anotherProcess();
        table = newTable();
    }

    /** One more process' store on the same data. */
    StateStore anotherProcess() {
        return closing(newStore(surroundings()));
    }

    /** A table that nobody has used. */
    StateTable newTable() {
        return store.table("contract-" + TABLES.incrementAndGet() + "-"
                + Long.toHexString(RandomSource.system().nextLong()));
    }

    /** The case's table as another process sees it. */
    StateTable elsewhere() {
        return anotherProcess().table(table.name());
    }

    /** A follower of the case's table, through this view of it. */
    TableFollower following(StateTable view) {
        return closing(new TableFollower(view));
    }

    /** Ends the case as skipped, with the reason, where the store is excused. */
    void skipIfExcused(StateRequirement requirement) {
        String reason = excused().get(requirement);
        Assumptions.assumeTrue(reason == null, () -> requirement + ": " + reason);
    }

    static StateWrite put(String key, String value) {
        return StateWrite.put(key, octets(value));
    }

    static StateWrite leased(String key, Duration lease) {
        return put(key, "leased").withLease(lease);
    }

    /** Writes of keys that are called by a prefix and a number. */
    static List<StateWrite> puts(String prefix, int from, int until) {
        return IntStream.range(from, until)
                .mapToObj(i -> put(prefix + i, "value of " + i))
                .toList();
    }

    /** Until it has all that its table has. */
    void awaitCaughtUp(TableFollower follower) {
        TablePosition position = value(table.position());
        awaitUntil("the follower at " + follower.position() + " comes to " + position, () -> {
            TablePosition reached = follower.position();
            return reached.sameEpoch(position) && reached.revision() >= position.revision();
        });
    }

    StateWritten applied(CompletionStage<StateWritten> stage) {
        StateWritten written = value(stage);
        assertThat(written.isApplied()).as("%s", written).isTrue();
        return written;
    }

    StateWritten refused(CompletionStage<StateWritten> stage) {
        StateWritten written = value(stage);
        assertThat(written.isApplied()).as("%s", written).isFalse();
        assertThat(written.versions()).isEmpty();
        return written;
    }

    /** The version by a write that must be done. */
    long write(StateWrite write) {
        return applied(table.apply(write)).versions().get(0);
    }

    /** Writes many, in as many batches as that takes. */
    void writeAll(List<StateWrite> writes) {
        for (int i = 0; i < writes.size(); i += StateStore.MAX_BATCH_CHANGES) {
            int end = Math.min(writes.size(), i + StateStore.MAX_BATCH_CHANGES);
            applied(table.apply(StateBatch.of(writes.subList(i, end))));
        }
    }

    Optional<StateEntry> get(String key) {
        return value(table.get(key));
    }

    StateEntry entry(String key) {
        return get(key).orElseThrow(() -> new AssertionError("there is nothing under " + key));
    }

    /** Everything from a position on, in as many pieces as it comes in. */
    List<StateChanges> readOn(TablePosition from, int limit) {
        List<StateChanges> pieces = new ArrayList<>();
        StateChanges piece = value(table.changesSince(from, limit));
        pieces.add(piece);
        while (!piece.complete()) {
            assertThat(pieces.size()).as("reading comes to an end").isLessThan(10_000);
            piece = value(table.changesSince(piece.position(), limit));
            pieces.add(piece);
        }
        return pieces;
    }

    /** All at once, of a table that is small. */
    StateChanges read(TablePosition from) {
        StateChanges changes = value(table.changesSince(from, StateStore.MAX_CHANGES_READ));
        assertThat(changes.complete()).isTrue();
        return changes;
    }
}
