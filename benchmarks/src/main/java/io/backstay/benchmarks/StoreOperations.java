package io.backstay.benchmarks;

import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.StateWritten;
import io.backstay.store.redis.RedisStateStore;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.IntFunction;

/**
 * What is asked of Redis again and again, by Backstay and by Lettuce alone, each over one connection: values of 100 octets under 1,000
 * keys, with a lease or an expiry of 15 s.
 */
final class StoreOperations implements AutoCloseable {

    private static final int KEYS = 1_000;
    private static final int VALUE_BYTES = 100;
    private static final Duration LEASE = Duration.ofSeconds(15);
    private static final String GET = "return redis.call('GET', KEYS[1])";

    private final RedisStateStore store;
    private final RedisClient client;
    private final StatefulRedisConnection<String, byte[]> connection;
    private final StateTable table;
    private final RedisAsyncCommands<String, byte[]> lettuce;
    private final String getScript;
    private final String[] keys = new String[KEYS];
    private final AtomicLongArray versions = new AtomicLongArray(KEYS);
    private final byte[] value = "v".repeat(VALUE_BYTES).getBytes(StandardCharsets.UTF_8);

    StoreOperations(String uri) {
        store = RedisStateStore.builder().uri(uri).build();
        table = store.table("things");
        client = RedisClient.create(uri);
        connection = client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE));
        lettuce = connection.async();
        getScript = connection.sync().scriptLoad(GET);
        for (int i = 0; i < KEYS; i++) {
            keys[i] = "service/instance-" + i;
            put(i).toCompletableFuture().join();
        }
    }

    /** Something that is begun again and again, each time with the next number. */
    record Operation(String name, IntFunction<CompletionStage<?>> begin) {}

    List<Operation> all() {
        SetArgs expiry = SetArgs.Builder.px(LEASE.toMillis());
        return List.of(
                new Operation("backstay_put", number -> put(number % KEYS)),
                new Operation("backstay_putIfVersion", number -> putIfVersion(number % KEYS)),
                new Operation("backstay_get", number -> table.get(keys[number % KEYS])),
                new Operation("lettuce_set", number -> lettuce.set(keys[number % KEYS], value, expiry)),
                new Operation(
                        "lettuce_evalshaGet",
                        number -> lettuce.evalsha(getScript, ScriptOutputType.VALUE, keys[number % KEYS])));
    }

    private CompletionStage<Void> put(int index) {
        return written(index, StateWrite.put(keys[index], value));
    }

    private CompletionStage<Void> putIfVersion(int index) {
        return written(index, StateWrite.put(keys[index], value).ifVersion(versions.get(index)));
    }

    private CompletionStage<Void> written(int index, StateWrite write) {
        return table.apply(write.withLease(LEASE)).thenAccept(written -> keep(index, written));
    }

    private void keep(int index, StateWritten written) {
        if (!written.isApplied()) {
            throw new IllegalStateException("not written: " + keys[index]);
        }
        versions.set(index, written.versions().get(0));
    }

    @Override
    public void close() {
        connection.close();
        client.shutdown();
        store.close();
    }
}
