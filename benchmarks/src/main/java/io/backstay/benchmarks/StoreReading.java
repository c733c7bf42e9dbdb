package io.backstay.benchmarks;

import io.backstay.benchmarks.StoreFigures.Plan;
import io.backstay.spi.StateBatch;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.state.TableReplica;
import io.backstay.store.redis.RedisStateStore;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.core.type.TypeReference;

/**
 * How long reading a whole table of 1 KB values holds a Redis, by Redis' own log of slow commands, and by what another process sees that
 * asks it for a sign of life each millisecond.
 *
 * @param readings how often the whole of it was read
 * @param readMillis how long that took on average
 * @param pieces how many scripts of more than 0.1 ms there were
 * @param longestMillis the longest command of all
 * @param idle signs of life while nothing else is done
 * @param reading signs of life while the table is read
 */
record StoreReading(
        int entries, int readings, double readMillis, int pieces, double longestMillis, Pings idle, Pings reading) {

    static final String PINGING = "pinging";

    private static final int VALUE_BYTES = 1_024;
    private static final int BATCH = 500;
    private static final int BATCHES_AT_ONCE = 4;
    private static final int PATIENCE_SECONDS = 30;

    /** How long signs of life took. */
    record Pings(long number, double p50Millis, double p99Millis, double longestMillis) {}

    static StoreReading measure(String uri, RedisCommands<String, String> redis, Plan plan) throws Exception {
        try (RedisStateStore store = RedisStateStore.builder().uri(uri).build()) {
            StateTable table = store.table("things");
            fill(table, plan.entries());
            read(table, plan.entries());

            CompletableFuture<Pings> alone = pings(uri, plan.readSeconds());
            awaitPinging(redis, alone);
            Pings idle = alone.get(PATIENCE_SECONDS, TimeUnit.SECONDS);

            CompletableFuture<Pings> beside = pings(uri, plan.readSeconds());
            awaitPinging(redis, beside);
            redis.configSet("slowlog-max-len", "1000000");
            redis.configSet("slowlog-log-slower-than", "100");
            redis.slowlogReset();
            int readings = 0;
            long nanos = 0;
            while (redis.exists(PINGING) > 0) {
                nanos += read(table, plan.entries());
                readings++;
            }
            redis.configSet("slowlog-log-slower-than", "-1");
            List<Object> slow = redis.slowlogGet(1_000_000);
            return new StoreReading(
                    plan.entries(),
                    readings,
                    nanos / 1e6 / readings,
                    (int) slow.stream().filter(StoreReading::isScript).count(),
                    slow.stream().mapToLong(StoreReading::micros).max().orElse(0) / 1e3,
                    idle,
                    beside.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        }
    }

    private static void fill(StateTable table, int entries) throws Exception {
        List<CompletableFuture<?>> underway = new ArrayList<>();
        List<StateWrite> writes = new ArrayList<>();
        for (int i = 0; i < entries; i++) {
            writes.add(StateWrite.put("service/instance-" + i, new byte[VALUE_BYTES]));
            if (writes.size() == BATCH || i == entries - 1) {
                underway.add(table.apply(StateBatch.of(writes)).toCompletableFuture());
                writes.clear();
            }
            if (underway.size() == BATCHES_AT_ONCE || i == entries - 1) {
                CompletableFuture.allOf(underway.toArray(CompletableFuture[]::new))
                        .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                underway.clear();
            }
        }
    }

    /** As a process does that comes new. */
    private static long read(StateTable table, int entries) throws Exception {
        long begun = System.nanoTime();
        try (TableReplica<Integer> replica =
                TableReplica.of(table, entry -> entry.value().length).open()) {
            replica.whenRead().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (replica.size() != entries) {
                throw new IllegalStateException("read " + replica.size() + " entries of " + entries);
            }
        }
        return System.nanoTime() - begun;
    }

    private static CompletableFuture<Pings> pings(String uri, int seconds) {
        CompletableFuture<Pings> pings = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                List<String> jvm = List.of("-XX:+UseSerialGC", "-Xmx64m");
                List<String> arguments = List.of(uri, String.valueOf(seconds));
                pings.complete(ForkedJvm.run(jvm, StorePinger.class, arguments, new TypeReference<>() {}));
            } catch (IOException | InterruptedException | RuntimeException e) {
                pings.completeExceptionally(e);
            }
        });
        thread.start();
        return pings;
    }

    private static void awaitPinging(RedisCommands<String, String> redis, CompletableFuture<?> pings) {
        while (redis.exists(PINGING) == 0) {
            if (pings.isDone()) {
                throw new IllegalStateException("the pinging process has ended: " + pings);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    private static long micros(Object entry) {
        return (Long) ((List<?>) entry).get(2);
    }

    private static boolean isScript(Object entry) {
        return ((List<?>) ((List<?>) entry).get(3)).get(0).toString().equalsIgnoreCase("evalsha");
    }
}
