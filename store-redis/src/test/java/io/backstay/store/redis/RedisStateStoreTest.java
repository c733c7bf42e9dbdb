package io.backstay.store.redis;

import io.backstay.localredis.Eventually;
import io.backstay.localredis.RedisProcess;
import io.backstay.spi.StateBatch;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.StateWritten;
import io.backstay.spi.TablePosition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a table does on one real Redis. */
class RedisStateStoreTest {

    private static RedisProcess redis;

    private RedisStateStore store;
    private StateTable table;

    @BeforeAll
    static void start() {
        redis = RedisProcess.server();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void open() {
        redis.command("FLUSHALL");
        redis.command("SCRIPT", "FLUSH");
        store = RedisStateStore.builder().uri(redis.uri()).build();
        table = store.table("things");
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] octets) {
        return new String(octets, StandardCharsets.UTF_8);
    }

    private StateWritten put(String key, String value) {
        return Eventually.get(table.apply(StateWrite.put(key, octets(value))));
    }

    @Test
    void put_isReadBackWithItsVersion() {
        StateWritten written = put("a", "one");

        StateEntry entry = Eventually.get(table.get("a")).orElseThrow();
        assertThat(text(entry.value())).isEqualTo("one");
        assertThat(entry.version())
                .isEqualTo(written.versions().get(0))
                .isEqualTo(written.position().revision());
        assertThat(entry.remainingLease()).isEmpty();
        assertThat(Eventually.get(table.get("b"))).isEmpty();
        assertThat(store.status().available()).isTrue();
    }

    @Test
    void conditions_thatDoNotHold_leaveEverythingAsItIs() {
        StateWritten first = put("a", "one");

        StateWritten refused = Eventually.get(table.apply(StateBatch.of(List.of(
                StateWrite.put("b", octets("new")),
                StateWrite.put("a", octets("two")).ifAbsent()))));

        assertThat(refused.isApplied()).isFalse();
        assertThat(refused.conflict()).contains("a");
        assertThat(refused.position()).isEqualTo(first.position());
        assertThat(Eventually.get(table.get("b"))).isEmpty();
        assertThat(Eventually.get(table.apply(StateBatch.of(StateWrite.remove("a"))
                                .ifAt(new TablePosition(first.position().epoch(), 1))))
                        .isApplied())
                .isFalse();
        assertThat(Eventually.get(table.apply(
                                StateBatch.of(StateWrite.remove("a")).ifAt(first.position())))
                        .isApplied())
                .isTrue();
    }

    @Test
    void anyOctets_areKeptAsTheyAre() {
        byte[] all = new byte[256 << 10];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        String key = "ключ-鍵-\uD83D\uDD11 {x}";
        Eventually.get(table.apply(StateWrite.put(key, all)));
        Eventually.get(table.apply(StateWrite.put("empty", new byte[0])));

        assertThat(Eventually.get(table.get(key)).orElseThrow().value()).isEqualTo(all);
        assertThat(Eventually.get(table.get("empty")).orElseThrow().value()).isEmpty();
        StateChanges changes = Eventually.get(table.changesSince(TablePosition.NONE, 10));
        assertThat(changes.changes().get(0).key()).isEqualTo(key);
        assertThat(changes.changes().get(0).value()).isEqualTo(all);
    }

    @Test
    void lease_thatIsRenewed_staysAndOneThatIsNotEnds() throws Exception {
        Recorder recorder = new Recorder();
        table.watch(recorder);
        recorder.connected();
        StateWritten written = Eventually.get(table.apply(StateBatch.of(List.of(
                StateWrite.put("kept", octets("1")).withLease(Duration.ofMillis(600)),
                StateWrite.put("left", octets("2")).withLease(Duration.ofMillis(600))))));
        long version = written.versions().get(0);

        long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
        while (System.nanoTime() < end) {
            assertThat(Eventually.get(table.renew(List.of(new StateLease("kept", version, Duration.ofMillis(600))))))
                    .isEmpty();
            Eventually.pause(Duration.ofMillis(100).toNanos());
        }
        assertThat(Eventually.get(table.get("kept"))).isPresent();
        assertThat(Eventually.get(table.get("left"))).isEmpty();
        assertThat(Eventually.get(table.renew(List.of(
                        new StateLease("left", written.versions().get(1), Duration.ofSeconds(1)),
                        new StateLease("kept", 7, Duration.ofSeconds(1))))))
                .isEqualTo(Set.of("left", "kept"));
        StateChange expired = recorder.next(StateChange.Kind.EXPIRED);
        assertThat(expired.key()).isEqualTo("left");
        assertThat(expired.revision()).isEqualTo(written.position().revision() + 1);
    }

    @Test
    void wholeTable_isReadInPiecesInTheOrderOfRevisions() {
        for (int i = 0; i < 2_000; i += 500) {
            List<StateWrite> writes = new ArrayList<>();
            for (int j = i; j < i + 500; j++) {
                writes.add(StateWrite.put("key" + j, octets("value" + j)));
            }
            Eventually.get(table.apply(StateBatch.of(writes)));
        }
        put("key7", "again");
        Eventually.get(table.apply(StateWrite.remove("key8")));

        List<StateChange> all = new ArrayList<>();
        TablePosition at = TablePosition.NONE;
        boolean complete = false;
        for (int pieces = 0; !complete; pieces++) {
            StateChanges piece = Eventually.get(table.changesSince(at, 300));
            assertThat(piece.reset()).isEqualTo(pieces == 0);
            all.addAll(piece.changes());
            at = piece.position();
            complete = piece.complete();
        }
        assertThat(at).isEqualTo(Eventually.get(table.position()));
        assertThat(all.stream().filter(change -> change.kind() == StateChange.Kind.PUT))
                .hasSize(1_999);
        assertThat(all.stream().map(StateChange::revision).toList()).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void watcher_isToldOfEachChangeInOrder() throws Exception {
        Recorder recorder = new Recorder();
        StateTable.Watch watch = table.watch(recorder);
        recorder.connected();

        StateWritten first = put("a", "one");
        put("b", "two");
        Eventually.get(table.apply(StateWrite.remove("a")));
        StateWritten large = Eventually.get(table.apply(StateWrite.put("c", new byte[5_000])));

        assertThat(text(recorder.next(StateChange.Kind.PUT).value())).isEqualTo("one");
        assertThat(text(recorder.next(StateChange.Kind.PUT).value())).isEqualTo("two");
        StateChange removed = recorder.next(StateChange.Kind.REMOVED);
        assertThat(removed.revision()).isEqualTo(first.position().revision() + 2);
        recorder.hears(large.position());

        watch.close();
        put("d", "unheard");
        assertThat(recorder.changes.poll(300, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void durableBatch_whereThereIsNoReplica_isDoneAtOnce() {
        assertThat(Eventually.get(table.apply(
                                StateBatch.of(StateWrite.put("a", octets("x"))).durable()))
                        .isApplied())
                .isTrue();
    }

    @Test
    void close_endsOperationsAndThreads() {
        put("a", "one");
        store.close();

        assertThatThrownBy(() -> Eventually.get(table.get("a")))
                .isInstanceOfSatisfying(
                        StateStoreException.class,
                        failure -> assertThat(failure.reason()).isEqualTo(StateStoreException.Reason.CLOSED));
        Eventually.holds(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("backstay-redis")));
    }
}
