package io.backstay.state;

import io.backstay.spi.SerialExecutor;
import io.backstay.spi.StateBatch;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.StateWritten;
import io.backstay.spi.TablePosition;
import io.backstay.state.OwnEntry.Wish;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes, renews, removes and looks, and says what is next for each entry when the answer comes. On the keeper's {@link SerialExecutor} alone.
 */
final class OwnOperations {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.state");

    private static final double EARLIEST_RENEWAL = 0.8;
    private static final Duration SIFTING_LEASE = Duration.ofSeconds(1);

    private final StateTable table;
    private final StateClocks clocks;
    private final Questions questions;
    private final Predicate<? super StateEntry> isEntry;
    private final OwnLists lists;
    private final OwnOutage outage;
    private final Consumer<TablePosition> whenSeen;
    private final Runnable whenDone;
    private boolean busy;
    private int looking;

    OwnOperations(
            StateTable table,
            StateClocks clocks,
            Questions questions,
            Predicate<? super StateEntry> isEntry,
            OwnLists lists,
            OwnOutage outage,
            Consumer<TablePosition> whenSeen,
            Runnable whenDone) {
        this.table = table;
        this.clocks = clocks;
        this.questions = questions;
        this.isEntry = isEntry;
        this.lists = lists;
        this.outage = outage;
        this.whenSeen = whenSeen;
        this.whenDone = whenDone;
    }

    /** Whether a write, renewal or removal is on its way. */
    boolean isBusy() {
        return busy;
    }

    /** How many looks are on their way. */
    int looking() {
        return looking;
    }

    private void begin(List<OwnEntry> batch) {
        busy = true;
        batch.forEach(lists::depart);
    }

    private void failed(StateStoreException failure, boolean ofAWrite) {
        outage.onFailure(failure, ofAWrite);
        whenDone.run();
    }

    void write(List<OwnEntry> batch) {
        begin(batch);
        List<StateWrite> changes = batch.stream().map(OwnEntry::write).toList();
        long sent = clocks.nanoTime();
        questions.ask(
                () -> table.apply(StateBatch.of(changes)),
                written -> onWritten(batch, written, sent),
                failure -> onNotWritten(batch, failure, sent));
    }

    private void onWritten(List<OwnEntry> batch, StateWritten written, long sentNanos) {
        busy = false;
        outage.onSuccess(/* ofAWrite= */ true);
        whenSeen.accept(written.position());
        double when = renewalTime();
        for (int i = 0; i < batch.size(); i++) {
            OwnEntry entry = batch.get(i);
            boolean kept = lists.arrive(entry);
            if (written.isApplied()) {
                entry.hold(written.versions().get(i), sentNanos, clocks.time().now());
                goOn(entry, kept, sentNanos, when);
            } else {
                entry.notWritten();
                lookOrWrite(entry, kept);
            }
        }
        whenDone.run();
    }

    private void onNotWritten(List<OwnEntry> batch, StateStoreException failure, long sentNanos) {
        busy = false;
        for (OwnEntry entry : batch) {
            boolean kept = lists.arrive(entry);
            if (failure.mayHaveBeenDone()) {
                entry.loseAnswer(sentNanos);
                lookOrWrite(entry, kept);
            } else {
                entry.notWritten();
                writeAgain(entry, kept);
            }
        }
        failed(failure, /* ofAWrite= */ true);
    }

    /** One that is in the table. */
    private void goOn(OwnEntry entry, boolean kept, long sinceNanos, double when) {
        if (kept && entry.isWritten()) {
            lists.toAgenda(entry, sinceNanos + (long) (when * entry.leaseNanos()));
        } else {
            writeAgain(entry, kept);
        }
    }

    private void lookOrWrite(OwnEntry entry, boolean kept) {
        if (kept && entry.expected != OwnEntry.ANY) {
            lists.toLook(entry);
        } else {
            writeAgain(entry, kept);
        }
    }

    private void writeAgain(OwnEntry entry, boolean kept) {
        if (kept) {
            lists.toWrite(entry);
        } else {
            lists.goOnRemoving(entry);
        }
    }

    /** Which part of a lease to let pass before its renewal; the same for all that are renewed together, so that they stay so. */
    private double renewalTime() {
        return (EARLIEST_RENEWAL + (1 - EARLIEST_RENEWAL) * clocks.random().nextDouble()) / 3;
    }

    void renew(List<OwnEntry> batch) {
        begin(batch);
        List<StateLease> leases = batch.stream()
                .map(entry -> new StateLease(entry.key(), entry.expected, entry.nextLease()))
                .toList();
        long sent = clocks.nanoTime();
        questions.ask(() -> table.renew(leases), gone -> onRenewed(batch, gone, sent), failure -> {
            busy = false;
            batch.forEach(entry -> waitOrRemove(entry, sent));
            failed(failure, /* ofAWrite= */ false);
        });
    }

    private void onRenewed(List<OwnEntry> batch, Set<String> gone, long sentNanos) {
        busy = false;
        outage.onSuccess(/* ofAWrite= */ false);
        double when = renewalTime();
        double putBack = clocks.random().nextDouble() / 3;
        long now = clocks.nanoTime();
        for (OwnEntry entry : batch) {
            if (gone.contains(entry.key())) {
                entry.gone();
                waitOrRemove(entry, now + (long) (putBack * entry.leaseNanos()));
            } else {
                entry.hold(entry.expected, sentNanos, clocks.time().now());
                goOn(entry, lists.arrive(entry), sentNanos, when);
            }
        }
        whenDone.run();
    }

    private void waitOrRemove(OwnEntry entry, long untilNanos) {
        if (lists.arrive(entry)) {
            lists.toAgenda(entry, untilNanos);
        } else {
            lists.goOnRemoving(entry);
        }
    }

    void look(OwnEntry entry) {
        lists.depart(entry);
        looking++;
        questions.ask(() -> table.get(entry.key()), found -> onFound(entry, found), failure -> {
            looking--;
            if (lists.arrive(entry) || entry.wish == Wish.REMOVE) {
                lists.toLook(entry);
            }
            failed(failure, /* ofAWrite= */ false);
        });
    }

    private void onFound(OwnEntry entry, Optional<StateEntry> found) {
        looking--;
        boolean kept = lists.arrive(entry);
        StateEntry there = found.orElse(null);
        if (there != null) {
            judge(entry, there, kept);
        } else if (kept) {
            entry.gone();
            lists.toWrite(entry);
        } else {
            lists.end(entry);
        }
        whenDone.run();
    }

    /** What is there is this entry as it was left, one of its lost writes, an older state of the table, nobody's, or somebody else's. */
    private void judge(OwnEntry entry, StateEntry there, boolean kept) {
        boolean own = entry.isOwn(there.value());
        if (own) {
            entry.recognise(there);
            entry.hold(there.version(), clocks.nanoTime(), clocks.time().now());
        }
        if (own || there.version() == entry.expected) {
            goOn(entry, kept, clocks.nanoTime(), /* when= */ 0);
        } else if (!kept) {
            lists.end(entry);
        } else if (entry.isNoLaterThanOwn(there.version())) {
            writeOver(entry, there);
        } else if (isNobodys(there)) {
            mend(entry, there);
        } else {
            lists.giveUp(entry);
        }
    }

    private void writeOver(OwnEntry entry, StateEntry there) {
        entry.unhold();
        entry.expected = there.version();
        lists.toWrite(entry);
    }

    private boolean isNobodys(StateEntry there) {
        try {
            return !isEntry.test(there);
        } catch (RuntimeException | StackOverflowError e) {
            return true;
        }
    }

    /** Who damages an entry again and again does not have it written again and again without a pause. */
    private void mend(OwnEntry entry, StateEntry there) {
        long now = clocks.nanoTime();
        long pause = entry.untilMending(now);
        if (pause > 0) {
            entry.gone();
            lists.toAgenda(entry, now + pause);
            return;
        }
        LOG.atWarn()
                .addKeyValue("table", table.name())
                .addKeyValue("key", entry.key())
                .log(
                        "[{}] what is in the place of {} is nobody's entry; it is written anew",
                        table.name(),
                        entry.key());
        entry.mending(now);
        writeOver(entry, there);
    }

    void remove(List<OwnEntry> batch) {
        begin(batch);
        List<StateWrite> changes = batch.stream()
                .map(entry -> StateWrite.remove(entry.key()).ifVersion(entry.expected))
                .toList();
        questions.ask(
                () -> table.apply(StateBatch.of(changes)),
                written -> onRemoved(batch, written),
                failure -> onNotRemoved(batch, failure));
    }

    private void onRemoved(List<OwnEntry> batch, StateWritten written) {
        busy = false;
        outage.onSuccess(/* ofAWrite= */ false);
        batch.forEach(lists::arrive);
        if (written.isApplied() || batch.size() == 1) {
            batch.forEach(lists::end);
            whenDone.run();
        } else {
            sift(batch);
        }
    }

    /** At least one is gone or somebody else's: to find which takes a renewal, since it tells of each. */
    private void sift(List<OwnEntry> batch) {
        begin(batch);
        List<StateLease> leases = batch.stream()
                .map(entry -> new StateLease(entry.key(), entry.expected, SIFTING_LEASE))
                .toList();
        questions.ask(
                () -> table.renew(leases),
                gone -> {
                    busy = false;
                    for (OwnEntry entry : batch) {
                        lists.arrive(entry);
                        if (gone.contains(entry.key())) {
                            lists.end(entry);
                        } else {
                            lists.goOnRemoving(entry);
                        }
                    }
                    whenDone.run();
                },
                failure -> onNotRemoved(batch, failure));
    }

    private void onNotRemoved(List<OwnEntry> batch, StateStoreException failure) {
        busy = false;
        for (OwnEntry entry : batch) {
            lists.arrive(entry);
            lists.goOnRemoving(entry);
        }
        failed(failure, /* ofAWrite= */ false);
    }
}
