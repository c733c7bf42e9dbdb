package io.backstay.state;

import io.backstay.guard.Parallel;
import io.backstay.internal.state.MemoryStateStore;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Replicas and own entries on real threads. */
class StateThreadsTest {

    private static final int WRITERS = 4;
    private static final int WRITES = 5_000;
    private static final int KEYS = 50;
    private static final int PATIENCE_SECONDS = 30;

    private final ProviderContext context = ProviderContext.system();
    private final MemoryStateStore store = new MemoryStateStore(context);
    private final StateTable table = store.table("things");

    @AfterEach
    void close() {
        store.close();
    }

    private static byte[] octets(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }

    /** Notes what it is told and whether that fits: one call at a time, each change from the value before, numbers that grow. */
    private static final class Follower implements ReplicaListener<Long> {
        final Map<String, Long> values = new HashMap<>();
        final Queue<String> wrong = new ConcurrentLinkedQueue<>();
        final CompletableFuture<Void> sawTheEnd = new CompletableFuture<>();
        private final AtomicInteger inside = new AtomicInteger();

        @Override
        public void onChange(ReplicaChange<Long> change) {
            if (inside.getAndIncrement() != 0) {
                wrong.add("two at a time");
            }
            Long before = values.put(change.key(), change.newValue());
            if (!Objects.equals(before, change.oldValue())) {
                wrong.add(change + " from " + change.oldValue() + ", but was " + before);
            }
            if (before != null && change.newValue() <= before) {
                wrong.add(change + " went back from " + before + " to " + change.newValue());
            }
            if (values.getOrDefault("end", 0L) == WRITERS) {
                sawTheEnd.complete(null);
            }
            inside.decrementAndGet();
        }
    }

    private TableReplica<Long> replica(Follower follower) {
        return TableReplica.of(table, entry -> ByteBuffer.wrap(entry.value()).getLong())
                .context(context)
                .pollPeriod(Duration.ofMillis(50))
                .listener(follower)
                .open();
    }

    @Test
    void replicas_underWriters_followInOrder_andEndEqual() throws Exception {
        List<Follower> followers = new ArrayList<>();
        List<TableReplica<Long>> replicas = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            followers.add(new Follower());
            replicas.add(replica(followers.get(i)));
        }
        AtomicInteger ended = new AtomicInteger();
        Parallel.run(WRITERS + 1, thread -> {
            if (thread == WRITERS) {
                readUntil(ended, replicas.get(0));
                return;
            }
            for (int i = 1; i <= WRITES; i++) {
                table.apply(StateWrite.put(thread + "/" + i % KEYS, octets(i)));
            }
            synchronized (ended) {
                table.apply(StateWrite.put("end", octets(ended.incrementAndGet())));
            }
        });

        for (int i = 0; i < replicas.size(); i++) {
            followers.get(i).sawTheEnd.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(followers.get(i).wrong).isEmpty();
            assertThat(replicas.get(i).size()).isEqualTo(WRITERS * KEYS + 1);
            for (int key = 0; key < WRITERS * KEYS; key++) {
                String name = key / KEYS + "/" + key % KEYS;
                long last = key % KEYS == 0 ? WRITES : WRITES - KEYS + key % KEYS;
                assertThat(replicas.get(i).get(name)).isEqualTo(last);
            }
            replicas.get(i).close();
        }
    }

    private static void readUntil(AtomicInteger ended, TableReplica<Long> replica) {
        long last = 0;
        while (ended.get() < WRITERS) {
            Long now = replica.get("0/7");
            assertThat(now == null ? last : now).isGreaterThanOrEqualTo(last);
            last = now == null ? last : now;
        }
    }

    @Test
    void listenersThatComeAtAnyTime_missNothing() throws Exception {
        Follower first = new Follower();
        TableReplica<Long> replica = replica(first);
        Queue<Follower> late = new ConcurrentLinkedQueue<>();
        AtomicInteger ended = new AtomicInteger();
        Parallel.run(WRITERS + 2, thread -> {
            if (thread >= WRITERS) {
                for (int i = 0; i < 200; i++) {
                    Follower follower = new Follower();
                    late.add(follower);
                    replica.listen(follower);
                }
                return;
            }
            for (int i = 1; i <= WRITES / 5; i++) {
                table.apply(StateWrite.put(thread + "/" + i % KEYS, octets(i)));
            }
            synchronized (ended) {
                table.apply(StateWrite.put("end", octets(ended.incrementAndGet())));
            }
        });

        first.sawTheEnd.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        for (Follower follower : late) {
            follower.sawTheEnd.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(follower.wrong).isEmpty();
            assertThat(follower.values).isEqualTo(first.values);
        }
        replica.close();
    }

    @Test
    void ownEntries_fromManyThreads_endAsTheyWereLeft() throws Exception {
        OwnEntries own = OwnEntries.of(table, context);
        Parallel.run(WRITERS, thread -> {
            for (int i = 0; i < 500; i++) {
                OwnEntry entry = own.put(thread + "/" + i, octets(0), Duration.ofMinutes(10));
                entry.update(octets(i));
                if (i % 2 == 0) {
                    entry.remove().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                }
            }
        });

        assertThat(own.status()).isEqualTo(new OwnEntriesStatus(WRITERS * 250, WRITERS * 250));
        for (int thread = 0; thread < WRITERS; thread++) {
            for (int i = 0; i < 500; i++) {
                var there = table.get(thread + "/" + i).toCompletableFuture().join();
                assertThat(there.isPresent()).isEqualTo(i % 2 == 1);
                if (there.isPresent()) {
                    assertThat(there.get().value()).isEqualTo(octets(i));
                }
            }
        }
        own.removeAll().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(table.get("0/1").toCompletableFuture().join()).isEmpty();
    }
}
