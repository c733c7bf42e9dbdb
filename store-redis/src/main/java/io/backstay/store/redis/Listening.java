package io.backstay.store.redis;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one connection over which messages come: subscribes to the channels of all tables that are watched, again after each
 * reconnect, and hands what comes to the table. Thread-safe.
 */
final class Listening {

    private static final Logger log = LoggerFactory.getLogger(Listening.class);

    private final Router router;
    private final StoreCounts counts;
    private final Map<ByteBuffer, RedisTable> channels = new ConcurrentHashMap<>();

    /** So that a channel is subscribed to once over each link. */
    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable Link link;
    private volatile boolean warned;

    Listening(Router router, StoreCounts counts) {
        this.router = router;
        this.counts = counts;
    }

    /** Begins to hear of a table; it is told once that is so. */
    void add(RedisTable table) {
        lock.lock();
        try {
            channels.put(ByteBuffer.wrap(table.channel()), table);
            Link present = link;
            if (present != null && present.isUp()) {
                subscribe(present, table.channel());
                return;
            }
        } finally {
            lock.unlock();
        }
        // Begins to connect, if that has not begun; being up is told by the line.
        router.link(table.slot(), Role.MESSAGES);
    }

    void remove(RedisTable table) {
        lock.lock();
        try {
            channels.remove(ByteBuffer.wrap(table.channel()));
            Link present = link;
            if (present != null && present.isUp()) {
                present.unsubscribe(table.channel());
            }
        } finally {
            lock.unlock();
        }
    }

    void up(Link to) {
        to.onMessage(this::message, this::subscribed);
        lock.lock();
        try {
            link = to;
            byte[][] all = channels.keySet().stream().map(ByteBuffer::array).toArray(byte[][]::new);
            if (all.length > 0) {
                subscribe(to, all);
            }
        } finally {
            lock.unlock();
        }
    }

    void down() {
        channels.values().forEach(RedisTable::unsubscribed);
    }

    /** What is read over other connections can be had again. */
    void reachable() {
        channels.values().forEach(RedisTable::reachable);
    }

    void unreachable() {
        channels.values().forEach(RedisTable::unreachable);
    }

    private void subscribe(Link to, byte[]... names) {
        to.subscribe(names).whenComplete((done, error) -> {
            if (error != null && to.isUp() && !warned) {
                warned = true;
                log.warn(
                        "{} does not let us hear of changes (a right to the channels is missing): they are seen only when"
                                + " tables are compared",
                        to);
            }
        });
    }

    private void subscribed(byte[] channel) {
        RedisTable table = table(channel);
        if (table != null) {
            table.subscribed();
        }
    }

    private void message(byte[] channel, byte[] octets) {
        counts.messages.increment();
        RedisTable table = table(channel);
        if (table == null) {
            return;
        }
        ChangeMessage message = ChangeMessage.parse(octets).orElse(null);
        if (message != null) {
            table.changed(message);
        } else {
            counts.damagedMessages.increment();
            // Whoever has sent it, something may have changed.
            table.anew();
        }
    }

    private @Nullable RedisTable table(byte[] channel) {
        return channels.get(ByteBuffer.wrap(channel));
    }
}
