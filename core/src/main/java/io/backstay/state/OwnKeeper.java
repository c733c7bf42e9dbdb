package io.backstay.state;

import io.backstay.spi.SerialExecutor;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TableWatcher;
import io.backstay.state.OwnEntry.Place;
import io.backstay.state.OwnEntry.Wish;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps own entries in their table. All happens on the {@link SerialExecutor}; one removal, renewal or write is on its way at a time, each for
 * as many entries as wait for it, and up to eight looks at single entries.
 *
 * <p>An entry goes round: written, renewed when it is due, and when a renewal says that it has gone, written again some time later. A
 * write that depends on what is there and is refused, or whose answer is lost, is followed by a look, which tells what is to be done.
 */
final class OwnKeeper implements TableWatcher {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.state");

    private static final int MOST_LOOKS = 8;
    private static final long LONGEST_CHECK_DELAY_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long LONGEST_CLOSING_NANOS = Duration.ofSeconds(5).toNanos();

    private final StateTable table;
    private final StateClocks clocks;
    private final SerialExecutor serial;
    private final OneTimer timer;
    private final OneTimer closingTimer;
    private final OwnLists lists;
    private final OwnOutage outage;
    private final OwnOperations operations;
    private final CompletableFuture<Void> whenClosed = new CompletableFuture<>();
    private volatile boolean closing;
    private volatile String epoch = "";
    private boolean closed;
    private StateTable.@Nullable Watch watch;

    OwnKeeper(StateTable table, StateClocks clocks, Predicate<? super StateEntry> isEntry) {
        this.table = table;
        this.clocks = clocks;
        this.serial = new SerialExecutor(failure -> LOG.error("[{}] a step failed", table.name(), failure));
        this.timer = new OneTimer(clocks, serial);
        this.closingTimer = new OneTimer(clocks, serial);
        this.lists = new OwnLists(table.name());
        Questions questions = new Questions(clocks, serial);
        this.outage = new OwnOutage(
                table, clocks, serial, questions, this::onBack, () -> lists.endWhatHasGone(clocks.nanoTime()));
        this.operations =
                new OwnOperations(table, clocks, questions, isEntry, lists, outage, this::noteEpoch, this::work);
    }

    void open() {
        serial.execute(() -> {
            try {
                watch = table.watch(this);
            } catch (RuntimeException e) {
                LOG.error("[{}] cannot be watched; own entries are looked after by renewals alone", name(), e);
            }
        });
    }

    String name() {
        return table.name();
    }

    long nanoTime() {
        return clocks.nanoTime();
    }

    Collection<OwnEntry> all() {
        return lists.kept();
    }

    void put(OwnEntry entry) {
        if (closing) {
            throw new IllegalStateException("the own entries of " + name() + " are closed");
        }
        doAndWork(() -> {
            if (closed) {
                lists.end(entry);
            } else {
                lists.add(entry);
            }
        });
    }

    void update(OwnEntry entry, byte[] value) {
        doAndWork(() -> {
            if (entry.wish == Wish.KEEP) {
                entry.value(value);
                if (waitsForRenewal(entry)) {
                    lists.toWrite(entry);
                }
            }
        });
    }

    void remove(OwnEntry entry) {
        doAndWork(() -> lists.startRemoving(entry));
    }

    void leave(OwnEntry entry) {
        doAndWork(() -> lists.end(entry));
    }

    void leaveAll() {
        closing = true;
        serial.execute(this::shut);
    }

    CompletableFuture<Void> close() {
        closing = true;
        doAndWork(() -> {
            if (!closed) {
                List.copyOf(lists.kept()).forEach(lists::startRemoving);
                closingTimer.set(this::shut, LONGEST_CLOSING_NANOS);
            }
        });
        return whenClosed.copy();
    }

    private void shut() {
        if (closed) {
            return;
        }
        closed = true;
        lists.endAll();
        outage.end();
        timer.cancel();
        closingTimer.cancel();
        if (watch != null) {
            watch.close();
        }
        whenClosed.complete(null);
    }

    private void doAndWork(Runnable change) {
        serial.execute(() -> {
            change.run();
            work();
        });
    }

    private static boolean waitsForRenewal(OwnEntry entry) {
        return entry.place == Place.AGENDA && entry.expected > StateWrite.ABSENT;
    }

    @Override
    public void onConnect() {
        serial.execute(() -> {
            if (outage.isAway()) {
                outage.ask();
            } else {
                checkSoon();
            }
        });
    }

    @Override
    public void onChange(TablePosition position, List<StateChange> changes) {
        noteEpoch(position);
        for (StateChange change : changes) {
            if (change.kind() == StateChange.Kind.PUT && lists.isKept(change.key())) {
                serial.execute(() -> suspect(change));
            }
        }
    }

    private void noteEpoch(TablePosition position) {
        String before = epoch;
        if (!before.equals(position.epoch())) {
            epoch = position.epoch();
            if (!before.isEmpty()) {
                serial.execute(this::checkSoon);
            }
        }
    }

    /** Renews everything that is held, so that it shows what has gone. */
    private void checkSoon() {
        double when = clocks.random().nextDouble();
        long now = nanoTime();
        for (OwnEntry entry : lists.kept()) {
            if (waitsForRenewal(entry)) {
                long delay = (long) (when * Math.min(LONGEST_CHECK_DELAY_NANOS, entry.leaseNanos() / 10));
                lists.toAgenda(entry, Math.min(entry.dueNanos, now + delay));
            }
        }
        work();
    }

    /** Somebody may have put an entry of their own in the place of one of these. */
    private void suspect(StateChange change) {
        OwnEntry entry = lists.find(change.key());
        if (entry != null && waitsForRenewal(entry) && change.revision() > entry.expected) {
            lists.toLook(entry);
            work();
        }
    }

    /** After all processes have waited for the store, they do not write to it all at once. */
    private void onBack(TablePosition position) {
        noteEpoch(position);
        long lasted = outage.nanos();
        double when = clocks.random().nextDouble();
        for (OwnEntry entry : lists.writes()) {
            lists.toAgenda(entry, nanoTime() + (long) (when * Math.min(lasted, entry.leaseNanos() / 3)));
        }
        work();
    }

    /** Does what is next, unless something is on its way: removals, then renewals, then writes. */
    private void work() {
        if (closing && !lists.isAnythingLeft()) {
            shut();
        }
        if (closed || outage.isAway()) {
            return;
        }
        for (OwnEntry entry = lists.nextLook();
                entry != null && operations.looking() < MOST_LOOKS;
                entry = lists.nextLook()) {
            operations.look(entry);
        }
        if (operations.isBusy()) {
            return;
        }
        List<OwnEntry> removals = lists.nextRemovals();
        if (!removals.isEmpty()) {
            operations.remove(removals);
            return;
        }
        List<OwnEntry> renewals = takeDue();
        List<OwnEntry> writes = lists.nextWrites();
        if (!renewals.isEmpty()) {
            operations.renew(renewals);
        } else if (!writes.isEmpty()) {
            operations.write(writes);
        } else if (lists.agenda().isEmpty()) {
            timer.cancel();
        } else {
            timer.set(this::work, Math.max(0, lists.agenda().nextNanos() - nanoTime()));
        }
    }

    /** Takes what is due: that which is held is to be renewed, the rest written. */
    private List<OwnEntry> takeDue() {
        List<OwnEntry> renewals = new ArrayList<>();
        for (OwnEntry entry : lists.agenda().take(nanoTime(), StateStore.MAX_BATCH_CHANGES)) {
            if (entry.expected > StateWrite.ABSENT) {
                renewals.add(entry);
            } else {
                lists.toWrite(entry);
            }
        }
        return renewals;
    }
}
