package io.backstay.store.redis;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears of changes: subscribes to the channels of all tables that are watched, each where the table is, and again when a connection
 * is lost or a table moves, and hands what comes to the table. Thread-safe.
 */
final class Listening implements MessageSink {

    private static final Logger log = LoggerFactory.getLogger(Listening.class);

    /** A table that is watched, and over which link. */
    private static final class Subscription {

        private final RedisTable table;
        private volatile @Nullable Link link;

        Subscription(RedisTable table) {
            this.table = table;
        }
    }

    private final Router router;
    private final StoreCounts counts;
    private final Map<ByteBuffer, Subscription> subscriptions = new ConcurrentHashMap<>();

    /** So that a channel is subscribed to once over each link, and in order. */
    private final ReentrantLock lock = new ReentrantLock();

    private volatile boolean warned;

    Listening(Router router, StoreCounts counts) {
        this.router = router;
        this.counts = counts;
    }

    /** Begins to hear of a table; it is told once that is so. */
    void add(RedisTable table) {
        Subscription subscription = new Subscription(table);
        lock.lock();
        try {
            subscriptions.put(ByteBuffer.wrap(table.channel()), subscription);
        } finally {
            lock.unlock();
        }
        attach(subscription);
    }

    void remove(RedisTable table) {
        lock.lock();
        try {
            Subscription subscription = subscriptions.remove(ByteBuffer.wrap(table.channel()));
            if (subscription != null) {
                detach(subscription);
            }
        } finally {
            lock.unlock();
        }
    }

    private static void detach(Subscription subscription) {
        Link present = subscription.link;
        subscription.link = null;
        if (present != null && present.isUp()) {
            present.unsubscribe(subscription.table.channel());
        }
    }

    /** Where there is no connection now, this is done again once there is. */
    private void attach(Subscription subscription) {
        Stages.whenDone(router.link(subscription.table.slot(), Role.MESSAGES), (link, error) -> {
            if (error == null) {
                attach(subscription, link);
            }
        });
    }

    private void attach(Subscription subscription, Link to) {
        RedisTable table = subscription.table;
        lock.lock();
        try {
            if (subscriptions.get(ByteBuffer.wrap(table.channel())) != subscription || subscription.link == to) {
                return;
            }
            detach(subscription);
            subscription.link = to;
            to.subscribe(table.channel()).whenComplete((done, error) -> {
                if (error != null && to.isUp()) {
                    unheard(table, to);
                }
            });
        } finally {
            lock.unlock();
        }
    }

    /** The watch begins all the same, with nothing to be heard. */
    private void unheard(RedisTable table, Link to) {
        if (!warned) {
            warned = true;
            log.warn(
                    "{} does not let us hear of changes (a right to the channels is missing): they are seen only when tables are"
                            + " compared",
                    to);
        }
        table.unheard();
    }

    /** Connections have come about, or tables have moved. */
    void attachAll() {
        subscriptions.values().forEach(this::attach);
    }

    /** Connections were lost. */
    void down() {
        for (Subscription each : List.copyOf(subscriptions.values())) {
            Link present = each.link;
            if (present != null && !present.isUp()) {
                each.table.unsubscribed();
            }
        }
    }

    /** What is read over other connections can be had again. */
    void reachable() {
        subscriptions.values().forEach(each -> each.table.reachable());
    }

    void unreachable() {
        subscriptions.values().forEach(each -> each.table.unreachable());
    }

    private @Nullable RedisTable table(Link link, byte[] channel) {
        Subscription subscription = subscriptions.get(ByteBuffer.wrap(channel));
        return subscription != null && subscription.link == link ? subscription.table : null;
    }

    @Override
    public void subscribed(Link link, byte[] channel) {
        RedisTable table = table(link, channel);
        if (table != null) {
            table.subscribed();
        }
    }

    @Override
    public void message(Link link, byte[] channel, byte[] octets) {
        counts.messages.increment();
        RedisTable table = table(link, channel);
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
}
