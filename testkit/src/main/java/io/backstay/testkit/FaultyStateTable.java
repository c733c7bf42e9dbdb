package io.backstay.testkit;

import io.backstay.spi.StateBatch;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.StateWritten;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TableWatcher;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** A table as it is seen through a {@link FaultyStateStore}. Wrong arguments are refused before they are sent. */
final class FaultyStateTable implements StateTable {

    private final FaultyStateStore line;
    private final StateTable table;
    private final List<FaultyWatch> watches = new CopyOnWriteArrayList<>();

    FaultyStateTable(FaultyStateStore line, StateTable table) {
        this.line = line;
        this.table = table;
    }

    @Override
    public String name() {
        return table.name();
    }

    @Override
    public CompletionStage<Optional<StateEntry>> get(String key) {
        StateWrite.checkKey(key);
        return line.send(() -> table.get(key));
    }

    @Override
    public CompletionStage<StateWritten> apply(StateBatch batch) {
        return line.send(() -> table.apply(batch));
    }

    @Override
    public CompletionStage<Set<String>> renew(Collection<StateLease> leases) {
        List<StateLease> all = List.copyOf(leases);
        if (all.size() > StateStore.MAX_BATCH_CHANGES) {
            throw new IllegalArgumentException(all.size() + " leases are too many");
        }
        return line.send(() -> table.renew(all));
    }

    @Override
    public CompletionStage<StateChanges> changesSince(TablePosition position, int limit) {
        if (limit < 1 || limit > StateStore.MAX_CHANGES_READ) {
            throw new IllegalArgumentException("the limit cannot be " + limit);
        }
        return line.send(() -> table.changesSince(position, limit));
    }

    @Override
    public CompletionStage<TablePosition> position() {
        return line.send(table::position);
    }

    @Override
    public Watch watch(TableWatcher watcher) {
        FaultyWatch watch = new FaultyWatch(line, table, watcher, watches::remove);
        watches.add(watch);
        watch.connect();
        return watch;
    }

    void connect() {
        watches.forEach(FaultyWatch::connect);
    }

    void disconnect() {
        watches.forEach(FaultyWatch::disconnect);
    }

    void close() {
        watches.forEach(FaultyWatch::close);
    }
}
