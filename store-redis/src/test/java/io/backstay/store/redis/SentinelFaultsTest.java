package io.backstay.store.redis;

import io.backstay.localredis.Eventually;
import io.backstay.localredis.RedisProcess;
import io.backstay.localredis.SentinelSet;
import io.backstay.spi.StateBatch;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.TablePosition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A primary with replicas behind Sentinels, failed over. */
class SentinelFaultsTest {

    private SentinelSet redis;
    private RedisStateStore store;
    private StateTable table;

    @BeforeEach
    void open() {
        redis = SentinelSet.start();
        store = RedisStateStore.builder().uri(redis.uri()).build();
        table = store.table("things");
    }

    @AfterEach
    void close() {
        store.close();
        redis.close();
    }

    private static StateWrite write(String key, String value) {
        return StateWrite.put(key, value.getBytes(StandardCharsets.UTF_8));
    }

    private void awaitWorking() {
        Eventually.holds(() -> table.position()
                .handle((position, error) -> error == null)
                .toCompletableFuture()
                .join());
    }

    @Test
    void frozenPrimary_isLeftForTheNewOneAndTakesNoWriteAfterwards() throws Exception {
        Recorder recorder = new Recorder();
        table.watch(recorder);
        recorder.connected();
        long version = Eventually.get(
                        table.apply(StateBatch.of(write("a", "one").withLease(Duration.ofSeconds(4)))
                                .durable()))
                .versions()
                .get(0);
        TablePosition before = Eventually.get(table.position());
        RedisProcess old = redis.primary();

        old.pause();
        RedisProcess now = redis.awaitOtherThan(old);
        awaitWorking();
        recorder.connected();
        assertThat(Eventually.get(table.position()).sameEpoch(before)).isFalse();
        assertThat(Eventually.get(table.renew(List.of(new StateLease("a", version, Duration.ofSeconds(4))))))
                .isEmpty();
        assertThat(Eventually.get(table.apply(write("b", "two"))).versions().get(0))
                .isGreaterThan(before.revision());

        old.resume();
        for (int i = 0; i < 20; i++) {
            Eventually.get(table.apply(write("later" + i, "x")));
            Eventually.pause(Duration.ofMillis(50).toNanos());
        }
        assertThat(now.command("HEXISTS", "backstay:{things}:values", "later19"))
                .isEqualTo("1");
        Eventually.holds(() -> old.command("ROLE").startsWith("slave"));
        Eventually.holds(() ->
                old.command("HEXISTS", "backstay:{things}:values", "later19").equals("1"));
        assertThat(redis.primary()).isSameAs(now);
        assertThat(store.status().detail()).contains(String.valueOf(now.port()));
    }

    @Test
    void killedPrimary_isReplacedAndOneSentinelMayBeGoneToo() {
        Eventually.get(table.apply(write("a", "one")));
        RedisProcess old = redis.primary();
        redis.sentinels().get(2).kill();
        old.kill();

        redis.awaitOtherThan(old);
        awaitWorking();
        Eventually.get(table.apply(write("b", "two")));
    }

    @Test
    void durableBatch_isHeldByAReplicaOrSaysThatItMayNotBe() {
        Eventually.get(table.apply(StateBatch.of(write("a", "one")).durable()));
        RedisProcess primary = redis.primary();
        List<RedisProcess> replicas =
                redis.servers().stream().filter(server -> server != primary).toList();
        assertThat(replicas)
                .anyMatch(replica ->
                        replica.command("HGET", "backstay:{things}:values", "a").equals("one"));

        replicas.forEach(RedisProcess::pause);
        try {
            assertThatThrownBy(() -> Eventually.get(
                            table.apply(StateBatch.of(write("b", "two")).durable())))
                    .isInstanceOfSatisfying(StateStoreException.class, failure -> {
                        assertThat(failure.reason()).isEqualTo(Reason.TIMED_OUT);
                        assertThat(failure.mayHaveBeenDone()).isTrue();
                    });
            // Others are not held up by who waits.
            Eventually.get(table.apply(write("c", "three")));
        } finally {
            replicas.forEach(RedisProcess::resume);
        }
    }

    @Test
    void wrongName_isOneClearRefusal() {
        String uri = redis.uri().replace(SentinelSet.NAME, "nobody");
        try (RedisStateStore wrong = RedisStateStore.builder().uri(uri).build()) {
            Eventually.holds(() -> wrong.status().detail().contains("knows no primary nobody"));
            assertThatThrownBy(() -> Eventually.get(wrong.table("things").position()))
                    .isInstanceOfSatisfying(
                            StateStoreException.class,
                            failure -> assertThat(failure.reason()).isEqualTo(Reason.REFUSED));
        }
    }

    @Test
    void narrowRights_areEnough() {
        redis.servers().forEach(NarrowRights::grant);
        redis.sentinels().forEach(sentinel -> {
            NarrowRights.grant(sentinel, NarrowRights.SENTINEL);
            sentinel.command(
                    "ACL", "SETUSER", "default", "resetpass", "-@all", "+sentinel", "+ping", "+publish", "+hello");
        });
        try (RedisStateStore narrow = RedisStateStore.builder()
                        .uri(redis.uri())
                        .credentials(NarrowRights.USER, NarrowRights.PASSWORD)
                        .sentinelCredentials(NarrowRights.USER, NarrowRights.PASSWORD)
                        .build();
                RedisStateStore wrong = RedisStateStore.builder()
                        .uri(redis.uri())
                        .credentials(NarrowRights.USER, NarrowRights.PASSWORD)
                        .sentinelCredentials(NarrowRights.USER, "sesame")
                        .build()) {
            Eventually.get(
                    narrow.table("things").apply(StateBatch.of(write("a", "x")).durable()));
            Eventually.holds(() -> wrong.status().detail().contains("backstay.store.redis.sentinel-password"));
            assertThat(wrong.status().detail()).doesNotContain("sesame");
        }
    }
}
