package io.backstay.store.redis;

import io.backstay.localredis.ClusterOfThree;
import io.backstay.localredis.Eventually;
import io.backstay.localredis.RedisProcess;
import io.backstay.spi.StateBatch;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.TablePosition;
import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** A cluster whose servers die, and whose slots move. */
class ClusterFaultsTest {

    private ClusterOfThree redis;
    private RedisStateStore store;
    private StateTable table;

    @BeforeEach
    void open() {
        redis = ClusterOfThree.start().withReplicas();
        store = RedisStateStore.builder().uri(redis.uri()).build();
        table = store.table("things");
    }

    @AfterEach
    void close() {
        store.close();
        redis.close();
    }

    private static StateWrite write(String key) {
        return StateWrite.put(key, "x".getBytes(StandardCharsets.UTF_8));
    }

    private void awaitWorking() {
        Eventually.holds(() -> table.apply(write("tried"))
                .handle((position, error) -> error == null)
                .toCompletableFuture()
                .join());
    }

    @Test
    void frozenPrimary_isReplacedByItsReplica() throws Exception {
        Recorder recorder = new Recorder();
        table.watch(recorder);
        recorder.connected();
        Eventually.get(table.apply(write("a")));
        TablePosition before = Eventually.get(table.position());
        RedisProcess primary = redis.primaryOf("{things}");
        RedisProcess replica = redis.replicaOf(primary);
        Eventually.holds(() -> replica.command("INFO", "replication").contains("master_link_status:up"));
        StateTable elsewhere =
                store.table(tableAt(redis.primaries().get((redis.primaries().indexOf(primary) + 1) % 3)));
        Eventually.get(elsewhere.apply(write("b")));

        primary.pause();
        // Tables of other servers go on, once it is agreed that the cluster is whole.
        Eventually.holds(() -> replica.command("ROLE").startsWith("master"));
        awaitWorking();
        recorder.connected();
        assertThat(Eventually.get(table.position()).sameEpoch(before)).isFalse();
        Eventually.holds(() -> elsewhere
                .apply(write("c"))
                .handle((done, error) -> error == null)
                .toCompletableFuture()
                .join());
        // The server that is still away serves nothing any more.
        Eventually.holds(() -> store.status().available());
        primary.resume();
        Eventually.holds(() -> primary.command("ROLE").startsWith("slave"));
        Eventually.get(table.apply(write("d")));
        assertThat(Eventually.get(table.get("d"))).isPresent();
    }

    private String tableAt(RedisProcess node) {
        for (int i = 0; ; i++) {
            if (redis.primaryOf("{t" + i + "}") == node) {
                return "t" + i;
            }
        }
    }

    @Test
    void slotThatHasMoved_isFollowed() throws Exception {
        Recorder recorder = new Recorder();
        table.watch(recorder);
        recorder.connected();
        // All kinds of keys are there: a table that lacks one cannot be used while its slot is on the way.
        Eventually.get(table.apply(write("a")));
        Eventually.get(table.apply(write("leased").withLease(Duration.ofMinutes(5))));
        Eventually.get(table.apply(write("gone")));
        Eventually.get(table.apply(StateWrite.remove("gone")));
        RedisProcess from = redis.primaryOf("{things}");
        RedisProcess to = redis.primaries().get((redis.primaries().indexOf(from) + 1) % 3);
        String slot = String.valueOf(SlotHash.getSlot("{things}"));
        String fromId = from.command("CLUSTER", "MYID");
        String toId = to.command("CLUSTER", "MYID");

        assertThat(to.command("CLUSTER", "SETSLOT", slot, "IMPORTING", fromId)).isEqualTo("OK");
        assertThat(from.command("CLUSTER", "SETSLOT", slot, "MIGRATING", toId)).isEqualTo("OK");
        for (String key :
                from.command("CLUSTER", "GETKEYSINSLOT", slot, "100").lines().toList()) {
            assertThat(from.command("MIGRATE", "127.0.0.1", String.valueOf(to.port()), key, "0", "5000"))
                    .isEqualTo("OK");
        }
        // On its way: all keys are there, the slot is not yet.
        Eventually.get(table.apply(write("on-the-way")));
        to.command("CLUSTER", "SETSLOT", slot, "NODE", toId);
        from.command("CLUSTER", "SETSLOT", slot, "NODE", toId);

        Eventually.get(table.apply(write("b")));
        assertThat(to.command("HGET", "backstay:{things}:values", "a")).isEqualTo("x");
        assertThat(to.command("HGET", "backstay:{things}:values", "b")).isEqualTo("x");
        recorder.connected();
        Eventually.holds(() -> {
            Eventually.get(table.apply(write("told")));
            return recorder.changes.stream().anyMatch(change -> change.key().equals("told"));
        });
    }

    @Test
    void narrowRights_areEnough() throws Exception {
        for (RedisProcess node : redis.primaries()) {
            NarrowRights.grant(node, NarrowRights.STORE, NarrowRights.IN_A_CLUSTER);
            NarrowRights.grant(redis.replicaOf(node), NarrowRights.STORE, NarrowRights.IN_A_CLUSTER);
        }
        try (RedisStateStore narrow = RedisStateStore.builder()
                .uri(redis.uri())
                .credentials(NarrowRights.USER, NarrowRights.PASSWORD)
                .build()) {
            for (int i = 0; i < 10; i++) {
                StateTable each = narrow.table("t" + i);
                Recorder recorder = new Recorder();
                each.watch(recorder);
                recorder.connected();
                Eventually.get(each.apply(StateBatch.of(write("a")).durable()));
                recorder.next(StateChange.Kind.PUT);
            }
        }
    }
}
