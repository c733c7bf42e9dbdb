package io.backstay.internal.state;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateTable;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TableWatcher;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells one watcher, in order and by one thread at a time. Messages are left under the table's lock, which fixes their order, and
 * handed over without it. A watcher that is far behind is told to read anew in place of all that waits. Thread-safe.
 */
final class MemoryWatch implements StateTable.Watch {

    static final int MOST_WAITING = 1_024;

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.listener");

    /** Nothing but that the watch has begun. */
    private static final Message CONNECT = new Message(TablePosition.NONE, List.of());

    private final String table;
    private final TableWatcher watcher;
    private final DelayScheduler scheduler;
    private final Consumer<MemoryWatch> forget;
    private final Queue<Message> waiting = new ArrayDeque<>();
    private boolean running;
    private boolean closed;

    private record Message(TablePosition position, List<StateChange> changes) {}

    MemoryWatch(String table, TableWatcher watcher, DelayScheduler scheduler, Consumer<MemoryWatch> forget) {
        this.table = table;
        this.watcher = watcher;
        this.scheduler = scheduler;
        this.forget = forget;
    }

    /** Drops what waits and tells that the watch begins anew. */
    void connect() {
        synchronized (waiting) {
            waiting.clear();
            leave(CONNECT);
        }
    }

    void changed(TablePosition position, List<StateChange> changes) {
        synchronized (waiting) {
            if (waiting.size() >= MOST_WAITING) {
                connect();
            } else {
                leave(new Message(position, changes));
            }
        }
    }

    private void leave(Message message) {
        if (!closed) {
            waiting.add(message);
        }
    }

    /** Has what waits handed over, unless that is under way. Not to be called under a lock. */
    void deliver() {
        synchronized (waiting) {
            if (running || waiting.isEmpty()) {
                return;
            }
            running = true;
        }
        scheduler.schedule(this::run, Duration.ZERO);
    }

    private void run() {
        for (Message next = next(); next != null; next = next()) {
            tell(next);
        }
    }

    private @Nullable Message next() {
        synchronized (waiting) {
            Message next = waiting.poll();
            running = next != null;
            return next;
        }
    }

    @SuppressWarnings("ReferenceEquality")
    private void tell(Message message) {
        try {
            if (message == CONNECT) {
                watcher.onConnect();
            } else {
                watcher.onChange(message.position, message.changes);
            }
        } catch (RuntimeException | Error e) {
            LOG.error("a watcher of the table {} failed", table, e);
        }
    }

    @Override
    public void close() {
        synchronized (waiting) {
            closed = true;
            waiting.clear();
        }
        forget.accept(this);
    }
}
