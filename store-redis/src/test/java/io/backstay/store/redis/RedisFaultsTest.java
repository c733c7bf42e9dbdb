package io.backstay.store.redis;

import io.backstay.localredis.Eventually;
import io.backstay.localredis.RedisProcess;
import io.backstay.spi.StateBatch;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TableWatcher;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** One Redis that dies, stands still, is full, forgets, or holds what a later or foreign program has left. */
class RedisFaultsTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    private RedisProcess redis;
    private RedisStateStore store;
    private StateTable table;

    @BeforeEach
    void open() {
        open(RedisProcess.server());
    }

    private void open(RedisProcess server) {
        redis = server;
        store = RedisStateStore.builder()
                .uri(redis.uri())
                .commandTimeout(TIMEOUT)
                .build();
        table = store.table("things");
    }

    @AfterEach
    void close() {
        store.close();
        redis.close();
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private long put(String key, String value) {
        return Eventually.get(table.apply(StateWrite.put(key, octets(value))))
                .versions()
                .get(0);
    }

    private long lease(String key, Duration time) {
        return Eventually.get(table.apply(StateWrite.put(key, octets("leased")).withLease(time)))
                .versions()
                .get(0);
    }

    private static StateStoreException failure(CompletionStage<?> stage) {
        try {
            Eventually.get(stage);
        } catch (StateStoreException e) {
            return e;
        }
        throw new AssertionError("it did not fail");
    }

    private void awaitWorking() {
        Eventually.holds(() -> {
            CompletableFuture<?> tried = table.position().toCompletableFuture();
            return tried.handle((position, error) -> error == null).join();
        });
    }

    @Test
    void kill_andStartEmpty_isAnotherEpochThatWatchersHearOf() throws Exception {
        Recorder recorder = new Recorder();
        table.watch(recorder);
        recorder.connected();
        put("a", "one");
        TablePosition before = Eventually.get(table.position());

        redis.kill();
        Eventually.holds(() -> !store.status().available());
        StateStoreException refused = failure(table.apply(StateWrite.put("b", octets("x"))));
        assertThat(refused.reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(refused.mayHaveBeenDone()).isFalse();
        redis.launch();

        recorder.connected();
        TablePosition after = Eventually.get(table.position());
        assertThat(after.sameEpoch(before)).isFalse();
        StateChanges changes = Eventually.get(table.changesSince(before, 100));
        assertThat(changes.reset()).isTrue();
        assertThat(changes.changes()).isEmpty();
        assertThat(put("a", "two")).isGreaterThan(before.revision());
        assertThat(store.status().available()).isTrue();
    }

    @Test
    void kill_andStartWithItsData_isAnotherEpochWithLargerRevisions() {
        close();
        open(RedisProcess.of(
                RedisProcess.freePort(),
                List.of(
                        "--save",
                        "",
                        "--appendonly",
                        "yes",
                        "--appendfsync",
                        "always",
                        "--repl-diskless-sync",
                        "yes")));
        long version = put("a", "one");
        long leased = lease("b", Duration.ofSeconds(3));
        TablePosition before = Eventually.get(table.position());

        redis.kill();
        Eventually.pause(Duration.ofSeconds(4).toNanos());
        redis.launch();
        awaitWorking();

        assertThat(Eventually.get(table.get("a")).orElseThrow().version()).isEqualTo(version);
        assertThat(Eventually.get(table.position()).sameEpoch(before)).isFalse();
        // Its lease has ended while nobody could renew it.
        assertThat(Eventually.get(table.renew(List.of(new StateLease("b", leased, Duration.ofSeconds(3))))))
                .isEmpty();
        assertThat(put("c", "new")).isGreaterThan(before.revision() + 1);
    }

    @Test
    void pause_isNoticedWithinTwoTimeoutsAndExcusesLeases() throws Exception {
        Recorder recorder = new Recorder();
        table.watch(recorder);
        recorder.connected();
        Duration lease = Duration.ofSeconds(3);
        long version = lease("a", lease);
        Eventually.holds(() -> store.status().available());
        SystemTime time = SystemTime.shared();

        redis.pause();
        long paused = time.nanoTime();
        StateStoreException late = failure(table.apply(StateWrite.put("b", octets("x"))));
        assertThat(late.reason()).isEqualTo(Reason.TIMED_OUT);
        assertThat(late.mayHaveBeenDone()).isTrue();
        assertThat(Duration.ofNanos(time.nanoTime() - paused)).isLessThan(TIMEOUT.plusMillis(500));
        Eventually.holds(() -> !store.status().available());
        assertThat(Duration.ofNanos(time.nanoTime() - paused))
                .isLessThan(TIMEOUT.multipliedBy(2).plusMillis(700));
        long asked = time.nanoTime();
        assertThat(failure(table.position()).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(Duration.ofNanos(time.nanoTime() - asked)).isLessThan(Duration.ofMillis(200));
        Eventually.pause(Duration.ofSeconds(3).toNanos());
        redis.resume();

        awaitWorking();
        recorder.connected();
        assertThat(Eventually.get(table.renew(List.of(new StateLease("a", version, lease)))))
                .isEmpty();
        assertThat(recorder.changes).noneMatch(change -> change.kind() == StateChange.Kind.EXPIRED);
    }

    @Test
    void fullMemory_refusesPutsAndLetsRenewalsAndRemovalsPass() {
        long leased = lease("a", Duration.ofSeconds(20));
        lease("b", Duration.ofSeconds(20));
        redis.command("CONFIG", "SET", "maxmemory", "1");

        StateStoreException full = failure(table.apply(StateWrite.put("c", octets("x"))));
        assertThat(full.reason()).isEqualTo(Reason.FULL);
        assertThat(full.mayHaveBeenDone()).isFalse();
        assertThat(failure(table.apply(
                                StateBatch.of(List.of(StateWrite.remove("b"), StateWrite.put("c", octets("x"))))))
                        .reason())
                .isEqualTo(Reason.FULL);
        assertThat(Eventually.get(table.get("b"))).isPresent();
        assertThat(Eventually.get(table.renew(List.of(new StateLease("a", leased, Duration.ofSeconds(90))))))
                .isEmpty();
        assertThat(Eventually.get(table.get("a")).orElseThrow().remainingLease().orElseThrow())
                .isGreaterThan(Duration.ofSeconds(60));
        assertThat(Eventually.get(table.apply(StateWrite.remove("b"))).isApplied())
                .isTrue();
        assertThat(Eventually.get(table.get("b"))).isEmpty();
        assertThat(Eventually.get(table.changesSince(TablePosition.NONE, 10)).changes())
                .hasSize(1);
        assertThat(store.status().available()).isTrue();

        redis.command("CONFIG", "SET", "maxmemory", "0");
        put("c", "x");
    }

    @Test
    void fullMemory_letsLeasesEnd() {
        lease("a", Duration.ofMillis(200));
        redis.command("CONFIG", "SET", "maxmemory", "1");

        Eventually.holds(
                () -> redis.command("ZCARD", "backstay:{things}:versions").equals("0"));
    }

    @Test
    void fullMemory_letsReadersOfANewTableAndOfANewEpochIn() {
        put("a", "x");
        redis.command("CONFIG", "SET", "maxmemory", "1");
        redis.command("HDEL", "backstay:{things}:meta", "replid");

        assertThat(Eventually.get(table.changesSince(TablePosition.NONE, 10)).changes())
                .hasSize(1);
        assertThat(Eventually.get(store.table("untouched").position()).epoch()).isNotEmpty();
    }

    @Test
    void flushedScripts_areSentAgain() {
        put("a", "x");
        redis.command("SCRIPT", "FLUSH");

        List<CompletionStage<?>> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            all.add(table.apply(StateWrite.put("k" + i, octets("x"))));
            all.add(table.get("k" + i));
        }
        all.forEach(Eventually::get);
        assertThat(redis.command("HLEN", "backstay:{things}:values")).isEqualTo("51");
    }

    @Test
    void laterFormat_isRefusedClearlyAndNothingIsTouched() {
        put("a", "x");
        redis.command("HSET", "backstay:{things}:meta", "format", "2");

        for (CompletionStage<?> each : List.of(
                table.get("a"),
                table.apply(StateWrite.put("b", octets("x"))),
                table.changesSince(TablePosition.NONE, 10),
                table.position(),
                table.renew(List.of(new StateLease("a", 1, Duration.ofSeconds(1)))))) {
            StateStoreException refused = failure(each);
            assertThat(refused.reason()).isEqualTo(Reason.REFUSED);
            assertThat(refused.mayHaveBeenDone()).isFalse();
            assertThat(refused).hasMessageContaining("things").hasMessageContaining("format");
        }
        assertThat(redis.command("HLEN", "backstay:{things}:values")).isEqualTo("1");
        assertThat(Eventually.get(store.table("other").position())).isNotNull();
    }

    @Test
    void unknownMetaData_isLeftAlone() {
        put("a", "x");
        redis.command("HSET", "backstay:{things}:meta", "of-a-later-build", "42");

        put("a", "y");
        assertThat(redis.command("HGET", "backstay:{things}:meta", "of-a-later-build"))
                .isEqualTo("42");
    }

    @Test
    void foreignMessages_areCountedAndAnsweredByReading() throws Exception {
        Recorder recorder = new Recorder();
        table.watch(recorder);
        recorder.connected();

        redis.command("PUBLISH", "backstay:{things}:changes", "nonsense");
        recorder.connected();
        redis.command("PUBLISH", "backstay:{things}:changes", "1 epoch 7 1\nP 1 999999999 -\na");
        recorder.connected();
        redis.command("PUBLISH", "backstay:{things}:changes", "2 epoch 7 0\n");
        recorder.connected();

        assertThat(store.counts().damagedMessages.sum()).isEqualTo(3);
        put("a", "x");
        recorder.next(StateChange.Kind.PUT);
    }

    @Test
    void emptiedRedis_isHeardOfWithinASecondOrSo() throws Exception {
        Recorder recorder = new Recorder();
        table.watch(recorder);
        recorder.connected();
        put("a", "x");
        TablePosition before = Eventually.get(table.position());

        redis.command("FLUSHALL");

        Eventually.holds(() -> recorder.positions.stream().anyMatch(position -> !position.sameEpoch(before)));
        assertThat(put("a", "x")).isGreaterThan(before.revision());
    }

    @Test
    void missingRightsToChannels_leaveEverythingButTheMessages() throws Exception {
        NarrowRights.grant(redis, NarrowRights.STORE.replace("&backstay:*", "&elsewhere:*"));
        try (RedisStateStore deaf = RedisStateStore.builder()
                .uri(redis.uri())
                .credentials(NarrowRights.USER, NarrowRights.PASSWORD)
                .build()) {
            Recorder recorder = new Recorder();
            deaf.table("things").watch(recorder);
            recorder.connected();
            assertThat(Eventually.get(deaf.table("things").apply(StateWrite.put("a", octets("x"))))
                            .isApplied())
                    .isTrue();
            assertThat(deaf.counts().unpublished.sum()).isPositive();
            assertThat(Eventually.get(deaf.table("things").changesSince(TablePosition.NONE, 10))
                            .changes())
                    .hasSize(1);
            assertThat(recorder.changes).isEmpty();

            Recorder second = new Recorder();
            deaf.table("things").watch(second);
            second.connected();
        }
    }

    @Test
    void watcherThatLags_losesMessagesAndIsToldToReadAnew() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger connects = new AtomicInteger();
        AtomicInteger changes = new AtomicInteger();
        table.watch(new TableWatcher() {
            @Override
            public void onChange(TablePosition position, List<StateChange> told) {
                changes.incrementAndGet();
                await(go);
            }

            @Override
            public void onConnect() {
                connects.incrementAndGet();
            }
        });
        Recorder swift = new Recorder();
        table.watch(swift);
        swift.connected();
        int many = Watching.MOST_MESSAGES * 2;
        for (int i = 0; i < many; i += 64) {
            List<CompletionStage<?>> all = new ArrayList<>();
            for (int j = i; j < i + 64; j++) {
                all.add(table.apply(StateWrite.put("k" + j, octets("x"))));
            }
            all.forEach(Eventually::get);
        }
        Eventually.holds(() -> swift.changes.size() == many);
        go.countDown();

        Eventually.holds(() -> connects.get() == 2);
        assertThat(changes.get()).isLessThan(many);
        assertThat(store.counts().missedMessages.sum()).isPositive();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void moreOperationsThanTheQueueTakes_areRefusedAtOnce() {
        store.close();
        store = RedisStateStore.builder().uri(redis.uri()).queue(3).build();
        table = store.table("things");
        put("a", "x");
        redis.pause();
        List<CompletionStage<?>> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiting.add(table.get("a"));
        }

        CompletionStage<?> surplus = table.apply(StateWrite.put("b", octets("x")));
        assertThat(surplus.toCompletableFuture()).isDone();
        StateStoreException refused = failure(surplus);
        assertThat(refused.reason()).isEqualTo(Reason.OVERLOADED);
        assertThat(refused.mayHaveBeenDone()).isFalse();
        redis.resume();
        waiting.forEach(Eventually::get);
        put("b", "x");
    }

    @Test
    void primaryThatBecomesAReplica_takesNoMoreWritesAndIsLeft() {
        put("a", "x");
        try (RedisProcess other = RedisProcess.server()) {
            redis.command("REPLICAOF", "127.0.0.1", String.valueOf(other.port()));

            assertThat(failure(table.apply(StateWrite.put("b", octets("x")))).reason())
                    .isEqualTo(Reason.UNAVAILABLE);
            Eventually.holds(() -> !store.status().available());
            Eventually.holds(() -> store.status().detail().contains("replica"));
            redis.command("REPLICAOF", "NO", "ONE");
            awaitWorking();
            put("b", "x");
        }
    }

    @Test
    void valuesThatSomebodyDeleted_areFoundOutAndReadAnew() throws Exception {
        Recorder recorder = new Recorder();
        table.watch(recorder);
        recorder.connected();
        put("a", "x");
        put("b", "x");
        TablePosition before = Eventually.get(table.position());
        redis.command("DEL", "backstay:{things}:values");

        Eventually.holds(() -> !Eventually.get(table.position()).sameEpoch(before));
        StateChanges changes = Eventually.get(table.changesSince(before, 10));
        assertThat(changes.reset()).isTrue();
        assertThat(changes.changes()).allMatch(change -> change.kind() == StateChange.Kind.REMOVED);
        assertThat(Eventually.get(table.apply(StateWrite.put("a", octets("y")).ifAbsent()))
                        .isApplied())
                .isTrue();
    }

    @Test
    void metaDataThatSomebodyDeleted_leavesEntriesAndBeginsAnEpoch() {
        long version = put("a", "x");
        long leased = lease("b", Duration.ofSeconds(5));
        TablePosition before = Eventually.get(table.position());
        redis.command("DEL", "backstay:{things}:meta");

        TablePosition after = Eventually.get(table.position());
        assertThat(after.sameEpoch(before)).isFalse();
        assertThat(after.revision()).isGreaterThan(before.revision());
        assertThat(Eventually.get(table.get("a")).orElseThrow().version()).isEqualTo(version);
        assertThat(Eventually.get(table.get("b")).orElseThrow().version()).isEqualTo(leased);
    }

    @Test
    void storeThatIsAbsentAtStart_isUsedOnceItIsThere() {
        store.close();
        redis.kill();
        store = RedisStateStore.builder().uri(redis.uri()).build();
        table = store.table("things");

        assertThatThrownBy(() -> Eventually.get(table.position())).isInstanceOf(StateStoreException.class);
        assertThat(store.status().available()).isFalse();
        redis.launch();
        awaitWorking();
        assertThat(store.status().available()).isTrue();
    }
}
