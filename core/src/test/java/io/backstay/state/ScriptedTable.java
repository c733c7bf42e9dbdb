package io.backstay.state;

import io.backstay.spi.StateBatch;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.StateWritten;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TableWatcher;
import io.backstay.spi.VirtualTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A table on virtual time that does what a script says: is away, late, loses answers and hints, begins a new life. One thread only. */
final class ScriptedTable implements StateTable {

    /** What happens to an operation. */
    enum Fate {
        DONE,
        NOT_DONE,
        DONE_BUT_ANSWER_LOST,
        NEVER_ANSWERED,
        REFUSED
    }

    /** What happens to hints. */
    enum Hints {
        TOLD,
        LOST,
        HELD,
        WITHOUT_CHANGES
    }

    record Row(StateChange change, @Nullable Duration lease, long expiresAtNanos) {
        boolean isThere(long now) {
            return change.kind() == StateChange.Kind.PUT && (lease == null || now - expiresAtNanos < 0);
        }
    }

    record Copy(long forgottenUpTo, Map<String, Row> rows) {}

    private static final String FULL_READ = " read since ";

    final VirtualTime time;
    final List<String> operations = new ArrayList<>();
    final List<Runnable> heldHints = new ArrayList<>();
    int underWay;
    int mostUnderWay;
    private final List<TableWatcher> watchers = new ArrayList<>();
    private final List<Fate> fates = new ArrayList<>();
    private Map<String, Row> rows = new TreeMap<>();
    private String epoch = "e1";
    private long revision;
    private long forgottenUpTo;
    private int epochs = 1;
    boolean away;
    boolean refusesWrites;
    /** Where answers wait until somebody gives them. */
    @Nullable
    List<Runnable> heldAnswers;

    Hints hints = Hints.TOLD;
    Duration latency = Duration.ZERO;
    int greatestPiece = 1_000;

    ScriptedTable(VirtualTime time) {
        this.time = time;
        sweepEachSecond();
    }

    private void sweepEachSecond() {
        if (!away) {
            sweep();
        }
        time.schedule(this::sweepEachSecond, Duration.ofSeconds(1));
    }

    static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] octets) {
        return new String(octets, StandardCharsets.UTF_8);
    }

    // What the script says.

    /** The next operations meet these fates. */
    void next(Fate... coming) {
        fates.addAll(List.of(coming));
    }

    /** It is away, or back: then everybody has one more lease, and watches begin anew. */
    void away(boolean now) {
        boolean back = away && !now;
        away = now;
        if (back) {
            rows.replaceAll((key, row) -> renewed(row));
            reconnect();
        }
    }

    private Row renewed(Row row) {
        Duration lease = row.lease();
        return lease == null ? row : new Row(row.change(), lease, time.nanoTime() + lease.toNanos());
    }

    /** Its lease has run out. */
    void expire(String key) {
        rows.computeIfPresent(key, (name, row) -> new Row(row.change(), Duration.ofMillis(10), time.nanoTime()));
        sweep();
    }

    void reconnect() {
        List.copyOf(watchers).forEach(TableWatcher::onConnect);
    }

    /** Somebody else writes. */
    long put(String key, String value, @Nullable Duration lease) {
        StateWrite write = StateWrite.put(key, octets(value));
        return write(lease == null ? write : write.withLease(lease));
    }

    long put(String key, String value) {
        return put(key, value, null);
    }

    void remove(String key) {
        write(StateWrite.remove(key));
    }

    /** Gives a lease more time, as its owner would. */
    void renew(String key) {
        rows.computeIfPresent(key, (name, row) -> renewed(row));
    }

    /** A new life with nothing in it; revisions go on, since none is seen twice. */
    void empty() {
        rows = new TreeMap<>();
        forgottenUpTo = 0;
        epoch = "e" + ++epochs;
    }

    Copy copy() {
        return new Copy(forgottenUpTo, new TreeMap<>(rows));
    }

    /** Another server takes over with an older state; whoever had a lease there has it anew. */
    void failOverTo(Copy older) {
        rows = new TreeMap<>(older.rows());
        rows.replaceAll((key, row) -> renewed(row));
        forgottenUpTo = older.forgottenUpTo();
        epoch = "e" + ++epochs;
    }

    /** Forgets which keys were removed. */
    void forgetRemovals() {
        forgottenUpTo = revision;
        rows.values().removeIf(row -> row.change().kind() != StateChange.Kind.PUT);
    }

    @Nullable
    String value(String key) {
        Row row = rows.get(key);
        return row == null || !row.isThere(time.nanoTime())
                ? null
                : text(row.change().value());
    }

    long version(String key) {
        Row row = rows.get(key);
        return row == null || !row.isThere(time.nanoTime()) ? 0 : row.change().revision();
    }

    Map<String, String> values() {
        Map<String, String> all = new TreeMap<>();
        rows.keySet().forEach(key -> {
            String value = value(key);
            if (value != null) {
                all.put(key, value);
            }
        });
        return all;
    }

    TablePosition here() {
        return new TablePosition(epoch, revision);
    }

    long count(String operation) {
        return operations.stream()
                .filter(done -> done.equals(operation) || done.startsWith(operation + " "))
                .count();
    }

    // The table itself.

    private long write(StateWrite write) {
        if (write.value() == null) {
            Row before = rows.get(write.key());
            if (before == null || !before.isThere(time.nanoTime())) {
                return 0;
            }
            StateChange change = StateChange.removed(write.key(), ++revision);
            rows.put(write.key(), new Row(change, null, 0));
            tell(change);
            return revision;
        }
        Duration lease = write.lease().orElse(null);
        StateChange change = StateChange.put(write.key(), ++revision, write.value(), lease);
        rows.put(write.key(), new Row(change, lease, lease == null ? 0 : time.nanoTime() + lease.toNanos()));
        tell(change);
        return revision;
    }

    private void sweep() {
        for (Row row : List.copyOf(rows.values())) {
            if (row.change().kind() == StateChange.Kind.PUT && !row.isThere(time.nanoTime())) {
                StateChange change = StateChange.expired(row.change().key(), ++revision);
                rows.put(change.key(), new Row(change, null, 0));
                tell(change);
            }
        }
    }

    private void tell(StateChange change) {
        if (away || hints == Hints.LOST) {
            return;
        }
        TablePosition position = here();
        List<StateChange> changes = hints == Hints.WITHOUT_CHANGES ? List.of() : List.of(change);
        for (TableWatcher watcher : List.copyOf(watchers)) {
            if (hints == Hints.HELD) {
                heldHints.add(() -> watcher.onChange(position, changes));
            } else {
                watcher.onChange(position, changes);
            }
        }
    }

    private <R> CompletionStage<R> operation(String what, Supplier<R> work) {
        operations.add(what);
        Fate fate = fates.isEmpty() ? Fate.DONE : fates.remove(0);
        if (refusesWrites && what.startsWith("apply")) {
            fate = Fate.REFUSED;
        }
        CompletableFuture<R> answer = new CompletableFuture<>();
        mostUnderWay = Math.max(mostUnderWay, ++underWay);
        if (heldAnswers != null) {
            R result = work.get();
            heldAnswers.add(() -> {
                underWay--;
                answer.complete(result);
            });
        } else if (latency.isZero()) {
            meet(fate, work, answer);
        } else {
            Fate coming = fate;
            time.schedule(() -> meet(coming, work, answer), latency);
        }
        return answer;
    }

    private <R> void meet(Fate fate, Supplier<R> work, CompletableFuture<R> answer) {
        underWay--;
        if (away) {
            answer.completeExceptionally(new StateStoreException(Reason.UNAVAILABLE, false, "away", null));
            return;
        }
        switch (fate) {
            case DONE -> answer.complete(work.get());
            case NOT_DONE ->
                answer.completeExceptionally(new StateStoreException(Reason.TIMED_OUT, true, "late", null));
            case DONE_BUT_ANSWER_LOST -> {
                var unused = work.get();
                answer.completeExceptionally(new StateStoreException(Reason.TIMED_OUT, true, "late", null));
            }
            case NEVER_ANSWERED -> {
                var unused = work.get();
            }
            case REFUSED ->
                answer.completeExceptionally(new StateStoreException(Reason.REFUSED, false, "no right", null));
        }
    }

    @Override
    public String name() {
        return "things";
    }

    @Override
    public CompletionStage<Optional<StateEntry>> get(String key) {
        return operation("get", () -> {
            Row row = rows.get(key);
            return row == null || !row.isThere(time.nanoTime())
                    ? Optional.empty()
                    : Optional.of(new StateEntry(
                            key, row.change().value(), row.change().revision(), remaining(row)));
        });
    }

    private @Nullable Duration remaining(Row row) {
        return row.lease() == null ? null : Duration.ofNanos(row.expiresAtNanos() - time.nanoTime());
    }

    @Override
    public CompletionStage<StateWritten> apply(StateBatch batch) {
        return operation("apply " + batch.writes().size(), () -> {
            for (StateWrite write : batch.writes()) {
                if (write.expectedVersion().isPresent()
                        && write.expectedVersion().getAsLong() != version(write.key())) {
                    return StateWritten.refused(here(), write.key());
                }
            }
            List<Long> versions = new ArrayList<>();
            batch.writes().forEach(write -> versions.add(write(write)));
            return StateWritten.applied(here(), versions);
        });
    }

    @Override
    public CompletionStage<Set<String>> renew(Collection<StateLease> leases) {
        return operation("renew " + leases.size(), () -> {
            Set<String> not = new HashSet<>();
            for (StateLease lease : leases) {
                if (version(lease.key()) != lease.version()) {
                    not.add(lease.key());
                } else {
                    Row row = rows.get(lease.key());
                    rows.put(
                            lease.key(),
                            new Row(
                                    row.change(),
                                    lease.time(),
                                    time.nanoTime() + lease.time().toNanos()));
                }
            }
            return not;
        });
    }

    @Override
    public CompletionStage<StateChanges> changesSince(TablePosition position, int limit) {
        return operation("read", () -> {
            sweep();
            long fullSince = fullReadSince(position);
            boolean goesOn = fullSince >= forgottenUpTo && position.revision() <= revision;
            boolean reset = !goesOn
                    && (!position.epoch().equals(epoch)
                            || position.revision() > revision
                            || position.revision() < forgottenUpTo);
            long from = reset ? 0 : position.revision();
            List<Row> later = rows.values().stream()
                    .filter(row -> row.change().revision() > from)
                    .filter(row -> !reset || row.change().kind() == StateChange.Kind.PUT)
                    .sorted(Comparator.comparingLong(row -> row.change().revision()))
                    .toList();
            int size = Math.min(later.size(), Math.min(limit, greatestPiece));
            List<StateChange> changes =
                    later.subList(0, size).stream().map(this::asRead).toList();
            if (size == later.size()) {
                return new StateChanges(reset, changes, here(), true);
            }
            String mark = reset ? FULL_READ + revision : goesOn ? FULL_READ + fullSince : "";
            long reached = changes.get(size - 1).revision();
            return new StateChanges(reset, changes, new TablePosition(epoch + mark, reached), false);
        });
    }

    /** Where the table was when the read began that has come to this position in the middle; -1 when it is another position. */
    private long fullReadSince(TablePosition position) {
        String mark = epoch + FULL_READ;
        return position.epoch().startsWith(mark)
                ? Long.parseLong(position.epoch().substring(mark.length()))
                : -1;
    }

    private StateChange asRead(Row row) {
        StateChange change = row.change();
        return change.value() == null
                ? change
                : StateChange.put(change.key(), change.revision(), change.value(), remaining(row));
    }

    @Override
    public CompletionStage<TablePosition> position() {
        return operation("position", this::here);
    }

    @Override
    public Watch watch(TableWatcher watcher) {
        operations.add("watch");
        watchers.add(watcher);
        if (!away) {
            watcher.onConnect();
        }
        return () -> watchers.remove(watcher);
    }

    int watchers() {
        return watchers.size();
    }
}
