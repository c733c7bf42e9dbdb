package io.backstay.benchmarks;

import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.store.redis.RedisStateStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.core.type.TypeReference;

/**
 * How soon another process is told of changes, 1,000 a second, one at a time.
 *
 * @param written how many changes were made
 * @param told how many of them the other process' listener was told
 * @param p50Micros from the call that made the change to the listener
 * @param backwards how many of them were told before they were made, which is a fault of the clock
 */
record StoreChanges(
        long written,
        long told,
        double perSecond,
        double p50Micros,
        double p99Micros,
        double longestMicros,
        long backwards) {

    static final String TABLE = "things";
    static final String WATCHING = "watching";
    static final String END = "end";

    private static final int KEYS = 1_000;
    private static final int VALUE_BYTES = 100;
    private static final int WARM_UP_SECONDS = 1;
    private static final int PATIENCE_SECONDS = 30;
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** What the other process has seen. */
    record Told(long number, double p50Micros, double p99Micros, double longestMicros, long backwards) {}

    /** When a change was made, and whether it counts: a value begins with both. */
    record Stamp(long nanos, boolean counts) {

        static Stamp of(byte[] value) {
            ByteBuffer buffer = ByteBuffer.wrap(value);
            return value.length < VALUE_BYTES
                    ? new Stamp(0, false)
                    : new Stamp(buffer.getLong(), buffer.getLong() != 0);
        }

        byte[] value() {
            return ByteBuffer.allocate(VALUE_BYTES)
                    .putLong(nanos)
                    .putLong(counts ? 1 : 0)
                    .array();
        }
    }

    /** The clock that all processes of a machine share. */
    static long wallNanos() {
        Instant now = Instant.now();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }

    static StoreChanges measure(String uri, int seconds) throws Exception {
        List<String> jvm = List.of("-XX:+UseSerialGC", "-Xms256m", "-Xmx256m", "-Dlog.level=WARN");
        int allSeconds = WARM_UP_SECONDS + seconds + PATIENCE_SECONDS;
        CompletableFuture<Told> child = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                List<String> arguments = List.of(uri, String.valueOf(allSeconds));
                child.complete(ForkedJvm.run(jvm, StoreWatcher.class, arguments, new TypeReference<>() {}));
            } catch (IOException | InterruptedException | RuntimeException e) {
                child.completeExceptionally(e);
            }
        });
        thread.start();
        try (RedisStateStore store = RedisStateStore.builder().uri(uri).build()) {
            StateTable table = store.table(TABLE);
            await(table, child);
            write(table, WARM_UP_SECONDS, false);
            long begun = System.nanoTime();
            long written = write(table, seconds, true);
            double took = (System.nanoTime() - begun) / 1e9;
            table.apply(StateWrite.put(END, new byte[0])).toCompletableFuture().get(1, TimeUnit.SECONDS);
            Told told = child.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return new StoreChanges(
                    written,
                    told.number(),
                    written / took,
                    told.p50Micros(),
                    told.p99Micros(),
                    told.longestMicros(),
                    told.backwards());
        }
    }

    private static void await(StateTable table, CompletableFuture<?> child) throws Exception {
        while (table.get(WATCHING)
                .toCompletableFuture()
                .get(1, TimeUnit.SECONDS)
                .isEmpty()) {
            if (child.isDone()) {
                throw new IllegalStateException("the watching process has ended: " + child);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    private static long write(StateTable table, int seconds, boolean counts) {
        AtomicLong failed = new AtomicLong();
        int number = (int) (TimeUnit.SECONDS.toNanos(seconds) / PERIOD_NANOS);
        Pace.keep(
                PERIOD_NANOS,
                number,
                i -> table.apply(StateWrite.put("service/instance-" + i % KEYS, new Stamp(wallNanos(), counts).value()))
                        .whenComplete((written, error) -> failed.addAndGet(error == null ? 0 : 1)));
        if (failed.get() > 0) {
            throw new IllegalStateException(failed.get() + " changes could not be written");
        }
        return number;
    }
}
