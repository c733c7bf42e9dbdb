package io.backstay.store.redis;

import io.backstay.localredis.Eventually;
import io.backstay.localredis.RedisProcess;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.StateWritten;
import io.backstay.spi.TablePosition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Old and new builds share one Redis: what format 1 says is read when it was written by hand, and nothing else is written. */
class SharedLayoutTest {

    private static final String TABLE = "backstay:{things}:";
    private static final String EPOCH = "1700000000000000-0123abcd";
    private static final long FLOOR = 1_700_000_000_000_000L;
    private static final long LEASE_MILLIS = 60_000;

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
        store = RedisStateStore.builder().uri(redis.uri()).build();
        table = store.table("things");
    }

    @AfterEach
    void close() {
        store.close();
    }

    /** As docs/redis-layout.md says: two entries, one with a lease; one key removed before them, one expired between them. */
    private void writeByHand() {
        String now = serverMillis();
        redis.command("HSET", TABLE + "meta", "format", "1", "epoch", EPOCH, "replid", info("master_replid"));
        redis.command("HSET", TABLE + "meta", "revision", revision(4), "floor", revision(0));
        redis.command("HSET", TABLE + "meta", "swept", now, "held", "0", "of-a-later-build", "42");
        redis.command(
                "HSET",
                TABLE + "meta",
                "longest",
                String.valueOf(LEASE_MILLIS),
                "shortest",
                String.valueOf(LEASE_MILLIS));
        redis.command("HSET", TABLE + "values", "stays", "one", "leased", "two");
        redis.command("ZADD", TABLE + "versions", revision(2), "stays", revision(4), "leased");
        redis.command("ZADD", TABLE + "expiry", String.valueOf(Long.parseLong(now) + LEASE_MILLIS), "leased");
        redis.command("HSET", TABLE + "leases", "leased", String.valueOf(LEASE_MILLIS));
        redis.command("ZADD", TABLE + "removed", revision(1), "Rgone", revision(3), "Elapsed");
    }

    private static String revision(long number) {
        return String.valueOf(FLOOR + number);
    }

    private static String serverMillis() {
        List<String> time = redis.command("TIME").lines().toList();
        return String.valueOf(Long.parseLong(time.get(0)) * 1_000 + Long.parseLong(time.get(1)) / 1_000);
    }

    private static String info(String field) {
        return redis.command("INFO", "replication")
                .lines()
                .filter(line -> line.startsWith(field + ":"))
                .map(line -> line.substring(field.length() + 1))
                .findFirst()
                .orElseThrow();
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> words(StateChanges changes) {
        List<String> words = new ArrayList<>();
        changes.changes()
                .forEach(change -> words.add(change.kind() + " " + change.key() + " " + (change.revision() - FLOOR)));
        return words;
    }

    @Test
    void tableWrittenByHand_isReadAsItStands() {
        writeByHand();

        StateEntry stays = Eventually.get(table.get("stays")).orElseThrow();
        assertThat(stays.value()).isEqualTo(octets("one"));
        assertThat(stays.version()).isEqualTo(FLOOR + 2);
        assertThat(stays.remainingLease()).isEmpty();
        StateEntry leased = Eventually.get(table.get("leased")).orElseThrow();
        assertThat(leased.version()).isEqualTo(FLOOR + 4);
        assertThat(leased.remainingLease().orElseThrow())
                .isBetween(Duration.ofSeconds(30), Duration.ofMillis(LEASE_MILLIS));
        assertThat(Eventually.get(table.get("gone"))).isEmpty();
        assertThat(Eventually.get(table.position())).isEqualTo(new TablePosition(EPOCH, FLOOR + 4));
        assertThat(words(Eventually.get(table.changesSince(TablePosition.NONE, 10))))
                .containsExactly("PUT stays 2", "PUT leased 4");
        assertThat(words(Eventually.get(table.changesSince(new TablePosition(EPOCH, FLOOR), 10))))
                .containsExactly("REMOVED gone 1", "PUT stays 2", "EXPIRED lapsed 3", "PUT leased 4");
    }

    @Test
    void tableWrittenByHand_goesOnInTheSameEpoch() {
        writeByHand();

        assertThat(Eventually.get(table.renew(List.of(new StateLease("leased", FLOOR + 4, Duration.ofMinutes(2))))))
                .isEmpty();
        StateWritten written = Eventually.get(
                table.apply(StateWrite.put("stays", octets("three")).ifVersion(FLOOR + 2)));
        assertThat(written.position()).isEqualTo(new TablePosition(EPOCH, FLOOR + 5));
        assertThat(redis.command("HGET", TABLE + "meta", "of-a-later-build")).isEqualTo("42");
    }

    @Test
    void messageWrittenByHand_isToldAsAChange() throws Exception {
        writeByHand();
        Recorder recorder = new Recorder();
        table.watch(recorder);
        recorder.connected();

        redis.command(
                "PUBLISH", TABLE + "changes", "1 " + EPOCH + " " + revision(6) + " 2\nP 1 3 60000\nkoneR 5 0 -\nstays");
        StateChange put = recorder.next(StateChange.Kind.PUT);
        assertThat(put.key()).isEqualTo("k");
        assertThat(put.value()).isEqualTo(octets("one"));
        assertThat(put.revision()).isEqualTo(FLOOR + 5);
        assertThat(put.remainingLease()).contains(Duration.ofMinutes(1));
        assertThat(recorder.next(StateChange.Kind.REMOVED).key()).isEqualTo("stays");
    }

    @Test
    void whatThisBuildWrites_isFormatOneAndNothingElse() {
        long leased = Eventually.get(
                        table.apply(StateWrite.put("leased", octets("one")).withLease(Duration.ofMillis(LEASE_MILLIS))))
                .versions()
                .get(0);
        Eventually.get(table.apply(StateWrite.put("gone", octets("two"))));
        StateWritten removed = Eventually.get(table.apply(StateWrite.remove("gone")));

        assertThat(redis.command("KEYS", "*").lines())
                .containsExactlyInAnyOrder(
                        TABLE + "meta",
                        TABLE + "values",
                        TABLE + "versions",
                        TABLE + "expiry",
                        TABLE + "leases",
                        TABLE + "removed");
        assertThat(redis.command("HGET", TABLE + "meta", "format")).isEqualTo("1");
        assertThat(redis.command("HGET", TABLE + "meta", "epoch"))
                .isEqualTo(removed.position().epoch())
                .endsWith("-" + info("master_replid").substring(0, 8));
        assertThat(redis.command("HGET", TABLE + "meta", "replid")).isEqualTo(info("master_replid"));
        assertThat(redis.command("HGET", TABLE + "meta", "revision")).isEqualTo(String.valueOf(leased + 2));
        assertThat(redis.command("HMGET", TABLE + "meta", "longest", "shortest").lines())
                .containsExactly("60000", "60000");
        assertThat(redis.command("HKEYS", TABLE + "meta").lines())
                .isSubsetOf(
                        "format",
                        "epoch",
                        "replid",
                        "revision",
                        "floor",
                        "swept",
                        "held",
                        "longest",
                        "shortest",
                        "marked",
                        "mark",
                        "old",
                        "strays");
        assertThat(redis.command("HGETALL", TABLE + "values").lines()).containsExactly("leased", "one");
        assertThat(redis.command("ZSCORE", TABLE + "versions", "leased")).isEqualTo(String.valueOf(leased));
        assertThat(redis.command("HGETALL", TABLE + "leases").lines()).containsExactly("leased", "60000");
        assertThat(Long.parseLong(redis.command("ZSCORE", TABLE + "expiry", "leased")))
                .isBetween(Long.parseLong(serverMillis()), Long.parseLong(serverMillis()) + LEASE_MILLIS);
        assertThat(redis.command("ZRANGE", TABLE + "removed", "0", "-1", "WITHSCORES")
                        .lines())
                .containsExactly("Rgone", String.valueOf(leased + 2));
    }
}
