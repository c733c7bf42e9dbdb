package io.backstay.testkit;

import io.backstay.spi.StateChange;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateTable.Watch;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TableWatcher;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A watch through a {@link FaultyStateStore}: one of the store behind as long as the line is there, another one after it was broken.
 * Two of them that overlap are told to the watcher one after the other. Thread-safe.
 */
final class FaultyWatch implements Watch {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.listener");

    private final FaultyStateStore line;
    private final StateTable table;
    private final TableWatcher watcher;
    private final Consumer<FaultyWatch> forget;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private boolean telling;
    private boolean closed;
    private @Nullable Line current;

    FaultyWatch(FaultyStateStore line, StateTable table, TableWatcher watcher, Consumer<FaultyWatch> forget) {
        this.line = line;
        this.table = table;
        this.watcher = watcher;
        this.forget = forget;
    }

    synchronized void connect() {
        if (!closed && current == null && line.isConnected()) {
            Line next = new Line();
            current = next;
            next.watch = table.watch(next);
        }
    }

    synchronized void disconnect() {
        Line last = current;
        current = null;
        waiting.clear();
        if (last != null && last.watch != null) {
            last.watch.close();
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            disconnect();
        }
        forget.accept(this);
    }

    private void tell(Line from, Runnable message) {
        synchronized (this) {
            if (closed || current != from) {
                return;
            }
            waiting.add(message);
            if (telling) {
                return;
            }
            telling = true;
        }
        for (Runnable next = next(); next != null; next = next()) {
            try {
                next.run();
            } catch (RuntimeException | Error e) {
                LOG.error("a watcher of the table {} failed", table.name(), e);
            }
        }
    }

    private synchronized @Nullable Runnable next() {
        Runnable next = waiting.poll();
        telling = next != null;
        return next;
    }

    /** One life of the watch. */
    private final class Line implements TableWatcher {

        @Nullable
        Watch watch;

        @Override
        public void onConnect() {
            tell(this, watcher::onConnect);
        }

        @Override
        public void onChange(TablePosition position, List<StateChange> changes) {
            if (!line.losesMessages()) {
                tell(this, () -> watcher.onChange(position, changes));
            }
        }
    }
}
