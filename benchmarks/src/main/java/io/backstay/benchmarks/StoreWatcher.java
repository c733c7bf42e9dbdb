package io.backstay.benchmarks;

import io.backstay.benchmarks.StoreChanges.Stamp;
import io.backstay.benchmarks.StoreChanges.Told;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.state.TableReplica;
import io.backstay.store.redis.RedisStateStore;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.AtomicHistogram;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The other process of {@link StoreChanges}: keeps a copy of the table and listens to it. */
final class StoreWatcher {

    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final AtomicHistogram delays = new AtomicHistogram(LONGEST_NANOS, 3);
    private final AtomicLong backwards = new AtomicLong();
    private final CompletableFuture<Void> end = new CompletableFuture<>();

    private StoreWatcher() {}

    /** Takes the URI of a Redis and how many seconds it may take at most; prints {@link Told} as JSON. */
    public static void main(String[] args) throws Exception {
        System.out.println(
                JsonMapper.shared().writeValueAsString(new StoreWatcher().watch(args[0], Long.parseLong(args[1]))));
        System.exit(0);
    }

    private Told watch(String uri, long seconds) throws Exception {
        try (RedisStateStore store = RedisStateStore.builder().uri(uri).build()) {
            StateTable table = store.table(StoreChanges.TABLE);
            try (TableReplica<Stamp> replica = TableReplica.of(table, entry -> Stamp.of(entry.value()))
                    .listener(change -> told(change.key(), change.newValue()))
                    .open()) {
                replica.whenRead().get(seconds, TimeUnit.SECONDS);
                table.apply(StateWrite.put(StoreChanges.WATCHING, new byte[0]))
                        .toCompletableFuture()
                        .join();
                end.get(seconds, TimeUnit.SECONDS);
            }
        }
        return new Told(
                delays.getTotalCount(),
                delays.getValueAtPercentile(50) / 1e3,
                delays.getValueAtPercentile(99) / 1e3,
                delays.getMaxValue() / 1e3,
                backwards.get());
    }

    private void told(String key, @Nullable Stamp stamp) {
        if (key.equals(StoreChanges.END)) {
            end.complete(null);
        } else if (stamp != null && stamp.counts()) {
            long delay = StoreChanges.wallNanos() - stamp.nanos();
            if (delay < 0) {
                backwards.incrementAndGet();
            }
            delays.recordValue(Math.min(Math.max(0, delay), LONGEST_NANOS));
        }
    }
}
