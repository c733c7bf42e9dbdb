package io.backstay.state.memory;

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
    private final Room room;
    private volatile Instant since;
    private volatile boolean paused;
    private volatile boolean closed;

    /** One that holds nothing, and may hold whatever is put. */
    public MemoryStateStore(ProviderContext context) {
        this(context, Long.MAX_VALUE);
    }

    /**
     * One that holds nothing yet. What does not fit any more is refused as {@code FULL}; removals and renewals still pass.
     *
     * @param maxBytes how many octets its tables may hold together, values and keys, those remembered of removals among them; what
     *     else it takes to hold them, some 200 for each, comes on top
     * @throws IllegalArgumentException when it is less than 1
     */
    public MemoryStateStore(ProviderContext context, long maxBytes) {
        if (maxBytes < 1) {
            throw new IllegalArgumentException("a store cannot hold " + maxBytes + " octets; allowed: from 1");
        }
        this.room = new Room(maxBytes);
        this.context = context;
        this.since = context.time().now();
    }

    @Override
    public StateTable table(String name) {
        MemoryTable known = tables.get(name);
        return known != null ? known : open(name);
    }

    private MemoryTable open(String name) {
        MemoryTable table = tables.computeIfAbsent(
                StateStore.checkTableName(name), checked -> new MemoryTable(checked, context, room));
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
