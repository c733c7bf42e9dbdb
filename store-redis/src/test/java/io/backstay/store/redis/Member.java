package io.backstay.store.redis;

import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateTable;
import io.backstay.state.OwnEntries;
import io.backstay.state.TableReplica;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What one process of a fleet has of the shared state: a store, a replica of a table, and entries of its own in it. */
final class Member implements AutoCloseable {

    static final String TABLE = "fleet";
    static final int ENTRIES = 10;
    static final Duration LEASE = Duration.ofSeconds(3);
    static final Duration COMMAND_TIMEOUT = Duration.ofMillis(500);

    private final RedisStateStore store;
    private final StateTable table;
    private final TableReplica<String> replica;
    private final OwnEntries own;
    private final List<String> keys = new ArrayList<>();

    Member(String name, String uri, ProviderContext context) {
        this.store = RedisStateStore.builder()
                .uri(uri)
                .commandTimeout(COMMAND_TIMEOUT)
                .build(context);
        this.table = store.table(TABLE);
        this.replica = TableReplica.of(table, entry -> new String(entry.value(), StandardCharsets.UTF_8))
                .context(context)
                .pollPeriod(Duration.ofSeconds(1))
                .assumedLease(LEASE)
                .open();
        this.own = OwnEntries.of(table, context);
        for (int i = 0; i < ENTRIES; i++) {
            keys.add(name + "-" + i);
            own.put(name + "-" + i, octets("of " + name), LEASE);
        }
    }

    static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    RedisStateStore store() {
        return store;
    }

    StateTable table() {
        return table;
    }

    TableReplica<String> replica() {
        return replica;
    }

    /** The keys of its own entries. */
    List<String> keys() {
        return keys;
    }

    boolean holdsAll() {
        return own.status().held() == ENTRIES;
    }

    @Override
    public void close() {
        own.close();
        replica.close();
        store.close();
    }
}
