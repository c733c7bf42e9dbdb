package io.backstay.store.redis;

import io.backstay.spi.StateTable;
import io.backstay.spi.TableWatcher;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells one watcher, one thing after the other, on a worker. One that lags by too many messages loses them and is told to read
 * anew, so that it holds up nobody else and costs bounded memory.
 */
final class Watching implements StateTable.Watch {

    private static final Logger log = LoggerFactory.getLogger("io.backstay.listener");

    static final int MOST_MESSAGES = 1_024;
    private static final int AT_ONCE = 64;

    private final String table;
    private final TableWatcher watcher;
    private final Executor workers;
    private final StoreCounts counts;
    private final Consumer<Watching> closing;

    private final ReentrantLock lock = new ReentrantLock();
    private final Queue<ChangeMessage> messages = new ArrayDeque<>();
    /** Nothing is told before it is told that the watch has begun. */
    private boolean begun;

    private boolean connect;
    private boolean running;
    private volatile boolean closed;

    Watching(String table, TableWatcher watcher, Executor workers, StoreCounts counts, Consumer<Watching> closing) {
        this.table = table;
        this.watcher = watcher;
        this.workers = workers;
        this.counts = counts;
        this.closing = closing;
    }

    /** Whatever came before may have been missed. */
    void connected() {
        lock.lock();
        try {
            messages.clear();
            connect = true;
            begun = true;
            if (running || closed) {
                return;
            }
            running = true;
        } finally {
            lock.unlock();
        }
        workers.execute(this::run);
    }

    void changed(ChangeMessage message) {
        lock.lock();
        try {
            if (!begun) {
                return;
            }
            if (messages.size() >= MOST_MESSAGES) {
                counts.missedMessages.add(messages.size() + 1L);
                messages.clear();
                connect = true;
            } else {
                messages.add(message);
            }
            if (running || closed) {
                return;
            }
            running = true;
        } finally {
            lock.unlock();
        }
        workers.execute(this::run);
    }

    private void run() {
        for (int i = 0; i < AT_ONCE; i++) {
            boolean anew;
            ChangeMessage message = null;
            lock.lock();
            try {
                anew = connect;
                connect = false;
                if (!anew) {
                    message = messages.poll();
                }
                if ((!anew && message == null) || closed) {
                    running = false;
                    return;
                }
            } finally {
                lock.unlock();
            }
            tell(message);
        }
        workers.execute(this::run);
    }

    private void tell(@Nullable ChangeMessage message) {
        try {
            if (message == null) {
                watcher.onConnect();
            } else {
                watcher.onChange(message.position(), message.changes());
            }
        } catch (RuntimeException | Error e) {
            log.error("a watcher of the table {} failed", table, e);
        }
    }

    /** Tells nothing more, not even what waits. */
    @Override
    public void close() {
        closed = true;
        closing.accept(this);
    }
}
