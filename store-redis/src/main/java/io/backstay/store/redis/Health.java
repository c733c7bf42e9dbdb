package io.backstay.store.redis;

import io.backstay.spi.StateStoreStatus;
import io.backstay.spi.TimeSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Knows whether a Redis can be reached, and says so once each time that changes. Thread-safe. */
final class Health implements Line.Listener {

    private static final Logger log = LoggerFactory.getLogger(RedisStateStore.class);

    private static final int MOST_SAID = 16;

    private final TimeSource time;
    private final StoreCounts counts;
    private final Router router;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile StateStoreStatus status;

    /** What has been said since it was last well, so that each is said once. */
    private final Set<String> said = new HashSet<>();

    private boolean saidWell;

    Health(TimeSource time, StoreCounts counts, Router router) {
        this.time = time;
        this.counts = counts;
        this.router = router;
        this.status = new StateStoreStatus(false, time.now(), router.place() + ": not reached yet");
    }

    StateStoreStatus status() {
        return status;
    }

    @Override
    public void up(Line line, Link link) {
        counts.connections.increment();
        update();
    }

    @Override
    public void down(Line line, RedisFailure why) {
        counts.failedConnections.increment();
        update();
    }

    void update() {
        lock.lock();
        try {
            List<RedisFailure> troubles = router.troubles();
            boolean available = troubles.isEmpty();
            String detail = router.place() + (available ? "" : ": " + words(troubles));
            StateStoreStatus before = status;
            if (available != before.available()) {
                status = new StateStoreStatus(available, time.now(), detail);
            } else if (!detail.equals(before.detail())) {
                status = new StateStoreStatus(available, before.since(), detail);
            }
            if (!troubles.contains(Line.CONNECTING)) {
                say(available, troubles, detail);
            }
        } finally {
            lock.unlock();
        }
    }

    /** What lasts is worth a line of its own, however long it has been away. */
    private void say(boolean available, List<RedisFailure> troubles, String detail) {
        if (available) {
            if (!saidWell) {
                log.info("{} is there", detail);
            }
            saidWell = true;
            said.clear();
            return;
        }
        saidWell = false;
        String what = troubles.stream()
                .filter(RedisFailure::lasting)
                .findFirst()
                .map(RedisFailure::words)
                .orElse("away");
        if (said.size() < MOST_SAID && said.add(what)) {
            log.warn("{}", detail);
        }
    }

    private static String words(List<RedisFailure> troubles) {
        return String.join(
                "; ",
                troubles.stream().map(RedisFailure::words).distinct().limit(3).toList());
    }

    void close() {
        status = new StateStoreStatus(false, time.now(), "closed");
    }
}
