package io.backstay.internal.state;

import io.backstay.spi.MetricSource;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateStoreStatus;
import io.backstay.spi.StateTable;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A store in the memory of this process: the one that is used where no other is named, and what stands in for a server in tests.
 * Every operation is done when it returns; watchers are told on threads of the scheduler. Thread-safe.
 */
public final class MemoryStateStore implements StateStore {

    private final Map<String, MemoryTable> tables = new ConcurrentHashMap<>();
    private final ProviderContext context;
    private volatile Instant since;
    private volatile boolean paused;
    private volatile boolean closed;

    /** One that holds nothing. */
    public MemoryStateStore(ProviderContext context) {
        this.context = context;
        this.since = context.time().now();
    }

    @Override
    public StateTable table(String name) {
        MemoryTable known = tables.get(name);
        return known != null ? known : open(name);
    }

    private MemoryTable open(String name) {
        MemoryTable table =
                tables.computeIfAbsent(StateStore.checkTableName(name), checked -> new MemoryTable(checked, context));
        if (closed) {
            table.close();
        } else if (paused) {
            table.pause(true);
        }
        return table;
    }

    @Override
    public StateStoreStatus status() {
        return new StateStoreStatus(!closed, since, closed ? "closed" : "in the memory of this process");
    }

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public MetricSource metrics() {
        return sink -> tables.values().forEach(table -> table.collect(sink));
    }

    @Override
    public void close() {
        if (!closed) {
            since = context.time().now();
            closed = true;
        }
        tables.values().forEach(MemoryTable::close);
    }

    /** What it holds at this moment, as a replica has it that lags from then on. */
    public Image image() {
        Map<String, TableState> held = new HashMap<>();
        tables.forEach((name, table) -> held.put(name, table.copy()));
        return new Image(held);
    }

    /**
     * Loses what came after an image, or everything, and goes on in a new epoch, as a server does that was started again or has taken
     * over from another. Entries keep their versions and have all of their leases before them; watches begin anew.
     */
    public void startOver(@Nullable Image image) {
        if (image != null) {
            image.tables.keySet().forEach(this::table);
        }
        tables.forEach((name, table) -> table.startOver(image == null ? null : image.tables.get(name)));
    }

    /** Has its clock stand still, as that of a server does that is frozen; when it goes on, everybody has one more lease. */
    public void pause() {
        paused = true;
        tables.values().forEach(table -> table.pause(true));
    }

    /** Goes on after a pause. */
    public void resume() {
        paused = false;
        tables.values().forEach(table -> table.pause(false));
    }

    /** What a store held at some moment. Immutable. */
    public static final class Image {

        private final Map<String, TableState> tables;

        private Image(Map<String, TableState> tables) {
            this.tables = tables;
        }
    }
}
