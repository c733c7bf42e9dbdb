package io.backstay.state;

import io.backstay.spi.SerialExecutor;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.StateTable;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TableWatcher;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a replica's content in step with its table:
 *
 * <ul>
 *   <li>it follows hints as long as each begins where the one before ended;
 *   <li>it reads what has changed, in pieces, when one does not, when the watch begins anew, or when a comparison shows a difference;
 *   <li>it pauses after a failure and reads again.
 * </ul>
 *
 * At most one read and one comparison are on their way. All but {@link #status} and the entrances happens on the {@link SerialExecutor}.
 */
final class ReplicaSync<T> implements TableWatcher {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.state");

    private static final int PIECE = 1_000;
    private static final int MOST_WAITING_HINTS = 1_000;
    private static final double POLL_JITTER = 0.2;
    /** How often within the shortest lease contact is made sure of, so that nothing is lost because the store was away. */
    private static final int CHECKS_PER_LEASE = 4;

    private static final long SHORTEST_CHECK_NANOS = Duration.ofMillis(10).toNanos();

    private enum Doing {
        FOLLOWING,
        READING,
        PAUSING
    }

    /**
     * What others may see, all of one moment.
     *
     * @param position where the table was when it was last read whole, or followed from there
     */
    private record Standing(TablePosition position, boolean inStep, boolean everRead, long knownNanos) {}

    private final StateTable table;
    private final ReplicaContent<T> content;
    private final ReplicaListeners<T> listeners;
    private final StateClocks clocks;
    private final SerialExecutor serial;
    private final Questions questions;
    private final long pollNanos;
    private final CompletableFuture<Void> read = new CompletableFuture<>();
    private final AtomicInteger waitingHints = new AtomicInteger();
    private final AtomicBoolean missedHints = new AtomicBoolean();
    private final Hints meanwhile = new Hints();
    private final Pause pause = new Pause();
    private final OneTimer timer;

    private volatile Standing standing;
    private volatile boolean closed;

    private Doing doing = Doing.PAUSING;
    /** From where to read on; in the middle of a read it is good for nothing else. */
    private TablePosition cursor = TablePosition.NONE;

    private boolean readAgain;
    private @Nullable TablePosition comparing;
    private boolean newLife;
    private boolean toldAway;
    /** Since when whoever has something in the table could put it back. */
    private long occasionSinceNanos;

    private StateTable.@Nullable Watch watch;

    ReplicaSync(
            StateTable table,
            ReplicaContent<T> content,
            ReplicaListeners<T> listeners,
            StateClocks clocks,
            SerialExecutor serial,
            Duration pollPeriod) {
        this.table = table;
        this.content = content;
        this.listeners = listeners;
        this.clocks = clocks;
        this.serial = serial;
        this.questions = new Questions(clocks, serial);
        this.timer = new OneTimer(clocks, serial);
        this.pollNanos = pollPeriod.toNanos();
        this.standing = new Standing(TablePosition.NONE, false, false, clocks.nanoTime());
    }

    void open() {
        serial.execute(() -> {
            try {
                watch = table.watch(this);
            } catch (RuntimeException e) {
                LOG.error("[{}] cannot be watched; changes are seen by comparing alone", table.name(), e);
            }
            read();
        });
    }

    void close() {
        closed = true;
        serial.execute(() -> {
            timer.cancel();
            meanwhile.clear();
            if (watch != null) {
                watch.close();
            }
            read.completeExceptionally(new StateStoreException(
                    Reason.CLOSED, /* mayHaveBeenDone= */ false, "the replica was closed", null));
        });
    }

    CompletableFuture<Void> whenRead() {
        return read.copy();
    }

    ReplicaStatus status() {
        Standing now = standing;
        Duration age = Duration.ofNanos(Math.max(0, clocks.nanoTime() - now.knownNanos()));
        return new ReplicaStatus(
                now.position(),
                now.inStep(),
                age,
                content.entries().size(),
                content.stale(),
                content.damaged(),
                now.everRead());
    }

    @Override
    public void onChange(TablePosition position, List<StateChange> changes) {
        if (waitingHints.incrementAndGet() <= MOST_WAITING_HINTS) {
            Hints.Hint hint = new Hints.Hint(position, changes);
            serial.execute(() -> {
                waitingHints.decrementAndGet();
                onHint(hint);
            });
        } else {
            waitingHints.decrementAndGet();
            if (!missedHints.getAndSet(true)) {
                serial.execute(() -> {
                    missedHints.set(false);
                    readSoon();
                });
            }
        }
    }

    @Override
    public void onConnect() {
        serial.execute(() -> {
            if (doing == Doing.PAUSING) {
                read();
            } else {
                readSoon();
            }
        });
    }

    private void onHint(Hints.Hint hint) {
        if (doing == Doing.FOLLOWING) {
            follow(hint);
        } else if (doing == Doing.READING && !meanwhile.keep(hint)) {
            readAgain = true;
        }
    }

    private void follow(Hints.Hint hint) {
        TablePosition here = standing.position();
        if (closed || (hint.position().sameEpoch(here) && hint.position().revision() <= here.revision())) {
            return;
        }
        int overwritten = content.overwrittenForGood();
        long revision = here.revision();
        if (hint.position().sameEpoch(here)) {
            for (StateChange change : hint.changes()) {
                if (change.revision() == revision + 1) {
                    content.apply(change, /* read= */ false);
                    revision++;
                }
            }
        }
        cursor = new TablePosition(here.epoch(), revision);
        boolean all = cursor.equals(hint.position());
        standing = new Standing(
                cursor, standing.inStep(), standing.everRead(), all ? clocks.nanoTime() : standing.knownNanos());
        if (!all) {
            read();
        } else if (content.overwrittenForGood() > overwritten) {
            compare();
        }
    }

    /** Reads, unless that is being done, then once more after it. */
    private void readSoon() {
        if (doing == Doing.READING) {
            readAgain = true;
        } else if (doing == Doing.FOLLOWING) {
            read();
        }
    }

    private void read() {
        if (closed) {
            return;
        }
        timer.cancel();
        doing = Doing.READING;
        readAgain = false;
        readOn();
    }

    private void readOn() {
        TablePosition from = cursor;
        questions.ask(() -> table.changesSince(from, PIECE), piece -> onPiece(from, piece), this::onFailure);
    }

    private void onPiece(TablePosition from, StateChanges piece) {
        if (closed) {
            return;
        }
        if (piece.reset()) {
            beginLife();
        }
        piece.changes().forEach(change -> content.apply(change, /* read= */ true));
        cursor = piece.position();
        if (piece.complete()) {
            doing = Doing.FOLLOWING;
            pause.reset();
            inStep(cursor);
            takeUpHints();
        } else if (piece.position().equals(from)) {
            onFailure(new StateStoreException(Reason.DAMAGED, false, "reading does not get on", null));
        } else {
            readOn();
        }
    }

    private void takeUpHints() {
        for (Hints.Hint hint = meanwhile.next();
                hint != null && doing == Doing.FOLLOWING;
                hint = doing == Doing.FOLLOWING ? meanwhile.next() : null) {
            follow(hint);
        }
        if (readAgain) {
            readSoon();
        }
    }

    private void beginLife() {
        newLife = true;
        content.beginLife();
        if (content.hasOutlived()) {
            LOG.info("[{}] the table is a new one; what is known of the old stays for a lease", table.name());
            leaveStep();
        }
    }

    private void onFailure(StateStoreException failure) {
        if (closed) {
            return;
        }
        doing = Doing.PAUSING;
        meanwhile.clear();
        leaveStep();
        if (!toldAway) {
            toldAway = true;
            LOG.atWarn()
                    .addKeyValue("table", table.name())
                    .addKeyValue("reason", failure.reason())
                    .log("[{}] out of step with its store ({})", table.name(), failure.reason());
        }
        timer.set(this::read, pause.next(clocks));
    }

    private void leaveStep() {
        Standing now = standing;
        if (now.inStep()) {
            standing = new Standing(now.position(), false, now.everRead(), now.knownNanos());
            listeners.onStatus(status());
        }
    }

    /** The store has just said that the table is where the content is. */
    private void inStep(TablePosition position) {
        Standing before = standing;
        long now = clocks.nanoTime();
        standing = new Standing(position, true, true, now);
        if (!before.inStep() || newLife) {
            newLife = false;
            occasionSinceNanos = now;
        }
        long untilLoss = content.lose(occasionSinceNanos);
        long shortestLease = content.lose(now);
        if (!before.inStep()) {
            tellAgain();
            listeners.onStatus(status());
        }
        read.complete(null);
        long poll = clocks.between((long) (pollNanos * (1 - POLL_JITTER)), (long) (pollNanos * (1 + POLL_JITTER)));
        long check = Math.max(SHORTEST_CHECK_NANOS, shortestLease / CHECKS_PER_LEASE);
        timer.set(this::compare, Math.min(poll, Math.min(untilLoss, check)));
    }

    private void tellAgain() {
        if (toldAway) {
            toldAway = false;
            LOG.info("[{}] in step with its store", table.name());
        }
    }

    private void compare() {
        if (closed || comparing != null) {
            return;
        }
        comparing = standing.position();
        questions.ask(table::position, this::onCompared, failure -> {
            comparing = null;
            if (doing == Doing.FOLLOWING) {
                onFailure(failure);
            }
        });
    }

    private void onCompared(TablePosition there) {
        TablePosition asked = comparing;
        comparing = null;
        if (closed || doing != Doing.FOLLOWING) {
            return;
        }
        TablePosition here = standing.position();
        boolean moved = !here.equals(asked);
        if (here.equals(there) || (moved && here.sameEpoch(there) && here.revision() > there.revision())) {
            inStep(here);
        } else {
            read();
        }
    }
}
