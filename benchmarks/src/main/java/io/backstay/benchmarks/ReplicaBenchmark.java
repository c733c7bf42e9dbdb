package io.backstay.benchmarks;

import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateWrite;
import io.backstay.state.TableReplica;
import io.backstay.state.memory.MemoryStateStore;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What it costs to look a value up in the copy of a shared table. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class ReplicaBenchmark {

    /** How many entries the table has. */
    @Param({"100", "10000"})
    public int entries;

    // Made by JMH's call of open(), since the parameters come after the constructor.
    @SuppressWarnings("NullAway.Init")
    private MemoryStateStore store;

    @SuppressWarnings("NullAway.Init")
    private TableReplica<String> replica;

    @SuppressWarnings("NullAway.Init")
    private String[] keys;

    private final Map<String, String> map = new ConcurrentHashMap<>();

    /** Where each thread is. */
    @State(Scope.Thread)
    public static class Next {
        private int index;

        String key(String[] keys) {
            index = index + 1 < keys.length ? index + 1 : 0;
            return keys[index];
        }
    }

    /** Fills the table and waits until the copy has it. */
    @Setup
    public void open() {
        store = new MemoryStateStore(ProviderContext.system());
        keys = new String[entries];
        for (int i = 0; i < entries; i++) {
            keys[i] = "service/instance-" + i;
            map.put(keys[i], keys[i]);
            store.table("things").apply(StateWrite.put(keys[i], keys[i].getBytes(StandardCharsets.UTF_8)));
        }
        replica = TableReplica.of(store.table("things"), entry -> new String(entry.value(), StandardCharsets.UTF_8))
                .open();
        replica.whenRead().join();
    }

    /** Ends both. */
    @TearDown
    public void close() {
        replica.close();
        store.close();
    }

    /** The value of a key, each time of another one. */
    @Benchmark
    public @Nullable String backstay_get(Next next) {
        return replica.get(next.key(keys));
    }

    /** Whether a value is stale, and the value. */
    @Benchmark
    public @Nullable String backstay_getUnlessStale(Next next) {
        String key = next.key(keys);
        return replica.isStale(key) ? null : replica.get(key);
    }

    /** The same of a map, which no copy can be cheaper than. */
    @Benchmark
    public @Nullable String floor_mapGet(Next next) {
        return map.get(next.key(keys));
    }
}
