package io.backstay.state.memory;

import io.backstay.spi.MetricSource;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateBatch;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.StateWritten;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TableWatcher;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A table in the memory of this process. Operations are done on the caller's thread, one at a time; a timer runs as long as there are
 * leased entries and removes those whose lease has run out. Thread-safe.
 */
final class MemoryTable implements StateTable {

    static final Duration SWEEP_PERIOD = Duration.ofSeconds(1);

    private static final int MOST_AT_ONCE = 1_000;

    private final String name;
    private final ProviderContext context;
    private final Room room;
    private final List<MemoryWatch> watches = new CopyOnWriteArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock.
    private TableState state;
    private final LeaseTimer timer;
    private boolean closed;
    /** What the room has been told that this table holds. */
    private long counted;

    private long changes;
    private long expirations;
    private long conflicts;

    MemoryTable(String name, ProviderContext context, Room room) {
        this.name = name;
        this.context = context;
        this.room = room;
        this.state = new TableState(newEpoch(), micros());
        this.timer = new LeaseTimer(context.time(), context.scheduler(), this::sweep);
    }

    private String newEpoch() {
        return Long.toHexString(micros()) + "-"
                + Long.toHexString(context.random().nextLong());
    }

    /** A revision that no table of this name has come to yet, in this process or in one before it. */
    private long micros() {
        Instant now = context.time().now();
        return Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000L), now.getNano() / 1_000);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public CompletionStage<Optional<StateEntry>> get(String key) {
        return locked(now -> {
            Optional<StateEntry> found = state.get(key, now);
            if (found.isEmpty()) {
                StateWrite.checkKey(key);
            }
            return found;
        });
    }

    @Override
    public CompletionStage<StateWritten> apply(StateBatch batch) {
        CompletionStage<StateWritten> done = locked(now -> {
            checkRoom(batch);
            List<StateChange> made = new ArrayList<>(batch.writes().size());
            StateWritten written = state.apply(batch, now, made);
            settle();
            conflicts += written.isApplied() ? 0 : 1;
            tell(made);
            if (!timer.isPlanned()) {
                sweepLater(SWEEP_PERIOD, now);
            }
            return written;
        });
        watches.forEach(MemoryWatch::deliver);
        return done;
    }

    @Override
    public CompletionStage<Set<String>> renew(Collection<StateLease> leases) {
        List<StateLease> all = List.copyOf(leases);
        if (all.size() > StateStore.MAX_BATCH_CHANGES) {
            throw new IllegalArgumentException(
                    all.size() + " leases cannot be renewed at once; allowed are " + StateStore.MAX_BATCH_CHANGES);
        }
        return locked(now -> {
            Set<String> refused = new HashSet<>();
            for (StateLease lease : all) {
                if (!state.renew(lease, now)) {
                    refused.add(lease.key());
                }
            }
            return refused;
        });
    }

    @Override
    public CompletionStage<StateChanges> changesSince(TablePosition position, int limit) {
        if (limit < 1 || limit > StateStore.MAX_CHANGES_READ) {
            throw new IllegalArgumentException(
                    limit + " changes cannot be read at once; allowed: from 1 to " + StateStore.MAX_CHANGES_READ);
        }
        return locked(now -> state.changesSince(position, limit, now));
    }

    @Override
    public CompletionStage<TablePosition> position() {
        return locked(now -> state.position());
    }

    @Override
    public Watch watch(TableWatcher watcher) {
        MemoryWatch watch = new MemoryWatch(name, watcher, context.scheduler(), watches::remove);
        lock.lock();
        try {
            if (closed) {
                return watch;
            }
            watches.add(watch);
            watch.connect();
        } finally {
            lock.unlock();
        }
        watch.deliver();
        return watch;
    }

    private void checkRoom(StateBatch batch) {
        long more = 0;
        for (StateWrite write : batch.writes()) {
            byte[] value = write.value();
            more += value == null ? 0 : Slot.size(write.key(), value);
        }
        if (more > 0 && !room.has(more)) {
            throw new StateStoreException(
                    Reason.FULL,
                    false,
                    "the store in memory is full; it may hold " + room.most() + " octets of keys and values",
                    null);
        }
    }

    private void settle() {
        room.add(state.size() - counted);
        counted = state.size();
    }

    private <T> CompletionStage<T> locked(LongFunction<T> operation) {
        T result;
        lock.lock();
        try {
            if (closed) {
                return CompletableFuture.failedFuture(
                        new StateStoreException(Reason.CLOSED, false, "the store in memory is closed", null));
            }
            result = operation.apply(timer.now(state));
        } catch (StateStoreException refused) {
            return CompletableFuture.failedFuture(refused);
        } finally {
            lock.unlock();
        }
        return CompletableFuture.completedFuture(result);
    }

    private void tell(List<StateChange> made) {
        changes += made.size();
        if (!made.isEmpty() && !watches.isEmpty()) {
            List<StateChange> told = List.copyOf(made);
            watches.forEach(watch -> watch.changed(state.position(), told));
        }
    }

    private void sweepLater(Duration delay, long now) {
        if (state.hasLeases()) {
            timer.plan(delay, now);
        }
    }

    private void sweep(long number) {
        lock.lock();
        try {
            if (!timer.isTime(number)) {
                return;
            }
            long now = timer.now(state);
            timer.awake();
            List<StateChange> made = new ArrayList<>();
            state.expire(MOST_AT_ONCE, now, made);
            expirations += made.size();
            settle();
            tell(made);
            sweepLater(state.hasExpired(now) ? Duration.ZERO : SWEEP_PERIOD, now);
        } finally {
            lock.unlock();
        }
        watches.forEach(MemoryWatch::deliver);
    }

    /** Lets nothing expire, until it resumes and gives everybody one more lease. */
    void pause(boolean stopped) {
        lock.lock();
        try {
            if (closed || stopped == timer.isStopped()) {
                return;
            }
            if (stopped) {
                timer.stop(state);
            } else {
                sweepLater(SWEEP_PERIOD, timer.start(state));
            }
        } finally {
            lock.unlock();
        }
    }

    /** A copy of what it holds now. */
    TableState copy() {
        lock.lock();
        try {
            return state.inNewEpoch("", 0, timer.now(state));
        } finally {
            lock.unlock();
        }
    }

    /** Goes on in a new epoch with what another table held, or with nothing; a revision is still never seen twice. */
    void startOver(@Nullable TableState held) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            timer.cancel();
            long now = timer.now(state);
            TableState from = held != null ? held : new TableState("", 0);
            state = from.inNewEpoch(
                    newEpoch(), Math.max(micros(), state.position().revision()), now);
            settle();
            sweepLater(SWEEP_PERIOD, now);
            watches.forEach(MemoryWatch::connect);
        } finally {
            lock.unlock();
        }
        watches.forEach(MemoryWatch::deliver);
    }

    void collect(MetricSource.Sink sink) {
        Map<String, String> labels = Map.of("table", name);
        Figures figures = figures();
        sink.counter("state_changes", labels, figures.changes);
        sink.counter("state_expirations", labels, figures.expirations);
        sink.counter("state_conflicts", labels, figures.conflicts);
        sink.gauge("state_entries", labels, figures.entries);
        sink.gauge("state_removals_remembered", labels, figures.removals);
        sink.gauge("state_watchers", labels, watches.size());
    }

    private Figures figures() {
        lock.lock();
        try {
            return new Figures(changes, expirations, conflicts, state.entries(), state.remembered());
        } finally {
            lock.unlock();
        }
    }

    private record Figures(long changes, long expirations, long conflicts, int entries, int removals) {}

    void close() {
        lock.lock();
        try {
            closed = true;
            timer.cancel();
            state = new TableState("", 0);
            settle();
        } finally {
            lock.unlock();
        }
        watches.forEach(MemoryWatch::close);
    }
}
