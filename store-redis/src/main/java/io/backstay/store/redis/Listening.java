package io.backstay.store.redis;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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
    private volatile @Nullable Link link;
    private volatile boolean warned;

    Listening(Router router, StoreCounts counts) {
        this.router = router;
        this.counts = counts;
    }

    /** Begins to hear of a table; it is told once that is so. */
    void add(RedisTable table) {
        channels.put(ByteBuffer.wrap(table.channel()), table);
        Link present = link;
        if (present != null && present.isUp()) {
            subscribe(present, table.channel());
        } else {
            // Begins to connect; being up is told by the line.
            router.link(table.slot(), Role.MESSAGES);
        }
    }

    void remove(RedisTable table) {
        channels.remove(ByteBuffer.wrap(table.channel()));
        Link present = link;
        if (present != null && present.isUp()) {
            present.unsubscribe(table.channel());
        }
    }

    void up(Link to) {
        link = to;
        to.onMessage(this::message, this::subscribed);
        byte[][] all = channels.keySet().stream().map(ByteBuffer::array).toArray(byte[][]::new);
        if (all.length > 0) {
            subscribe(to, all);
        }
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
            table.listening();
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
            table.listening();
        }
    }

    private @Nullable RedisTable table(byte[] channel) {
        return channels.get(ByteBuffer.wrap(channel));
    }
}
