package io.backstay.store.redis;

import io.backstay.localredis.ClusterOfThree;
import io.backstay.localredis.Eventually;
import io.backstay.localredis.RedisProcess;
import io.backstay.spi.CacheStore;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.SystemTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What the cache does on a real Redis, and that it never costs more than its timeout. */
class RedisCacheStoreTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private RedisProcess redis;
    private RedisCacheStore cache;

    @BeforeEach
    void open() {
        redis = RedisProcess.server();
        cache = RedisCacheStore.builder().uri(redis.uri()).maxValueBytes(100).build();
        Eventually.holds(() -> cache.status().available());
    }

    @AfterEach
    void close() {
        cache.close();
        redis.close();
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static StateStoreException failure(CompletionStage<?> stage) {
        try {
            Eventually.get(stage);
        } catch (StateStoreException e) {
            return e;
        }
        throw new AssertionError("it did not fail");
    }

    @Test
    void value_isKeptUntilItExpires() {
        Eventually.get(cache.put("a", octets("one"), MINUTE));
        Eventually.get(cache.put("short", octets("x"), Duration.ofMillis(100)));
        Eventually.get(cache.put("empty", new byte[0], MINUTE));

        assertThat(Eventually.get(cache.get("a"))).contains(octets("one"));
        assertThat(Eventually.get(cache.get("empty"))).contains(new byte[0]);
        assertThat(Eventually.get(cache.get("never"))).isEmpty();
        assertThat(Long.parseLong(redis.command("PTTL", "backstay-cache:a"))).isBetween(50_000L, 60_000L);
        Eventually.holds(() -> Eventually.get(cache.get("short")).isEmpty());
    }

    @Test
    void removal_forgetsThoseKeysAlone() {
        for (String key : List.of("a", "b", "c")) {
            Eventually.get(cache.put(key, octets("x"), MINUTE));
        }

        Eventually.get(cache.remove(List.of("a", "b", "never")));
        Eventually.get(cache.remove(List.of()));

        assertThat(Eventually.get(cache.get("a"))).isEmpty();
        assertThat(Eventually.get(cache.get("c"))).isPresent();
    }

    @Test
    void wrongArguments_areRefusedAtOnce() {
        assertThatThrownBy(() -> cache.get("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cache.get("k".repeat(CacheStore.MAX_KEY_BYTES + 1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cache.put("a", new byte[101], MINUTE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cache.put("a", new byte[1], Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        Eventually.get(cache.put("k".repeat(CacheStore.MAX_KEY_BYTES), new byte[100], Duration.ofDays(100_000)));
    }

    @Test
    void frozenRedis_costsNoMoreThanTheTimeout() {
        redis.pause();
        SystemTime time = SystemTime.shared();
        long begun = time.nanoTime();

        assertThat(failure(cache.get("a")).reason()).isEqualTo(Reason.TIMED_OUT);
        assertThat(Duration.ofNanos(time.nanoTime() - begun)).isLessThan(Duration.ofMillis(500));
        Eventually.holds(() -> !cache.status().available());
        begun = time.nanoTime();
        assertThat(failure(cache.get("a")).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(Duration.ofNanos(time.nanoTime() - begun)).isLessThan(Duration.ofMillis(100));
        redis.resume();
        Eventually.holds(() -> cache.status().available());
        Eventually.get(cache.put("a", octets("x"), MINUTE));
    }

    @Test
    void narrowRights_areEnough() {
        NarrowRights.grant(redis, NarrowRights.CACHE);
        try (RedisCacheStore narrow = RedisCacheStore.builder()
                .uri(redis.uri())
                .credentials(NarrowRights.USER, NarrowRights.PASSWORD)
                .timeout(Duration.ofSeconds(5))
                .build()) {
            Eventually.get(narrow.put("a", octets("x"), MINUTE));
            assertThat(Eventually.get(narrow.get("a"))).isPresent();
            Eventually.get(narrow.remove(List.of("a")));
        }
    }

    @Test
    void cluster_hasKeysEverywhere() {
        try (ClusterOfThree cluster = ClusterOfThree.start();
                RedisCacheStore spread = RedisCacheStore.builder()
                        .uri(cluster.uri())
                        .timeout(Duration.ofSeconds(1))
                        .build()) {
            for (int i = 0; i < 50; i++) {
                Eventually.get(spread.put("k" + i, octets("v" + i), MINUTE));
            }
            for (int i = 0; i < 50; i++) {
                assertThat(Eventually.get(spread.get("k" + i))).contains(octets("v" + i));
            }
            assertThat(cluster.primaries())
                    .allMatch(node -> !node.command("DBSIZE").equals("0"));
            Eventually.get(spread.remove(List.of("k1", "k2", "k3")));
            assertThat(Eventually.get(spread.get("k2"))).isEmpty();
        }
    }

    @Test
    void close_endsOperationsAndThreads() {
        Eventually.get(cache.put("a", octets("x"), MINUTE));
        cache.close();
        cache.close();

        assertThat(failure(cache.get("a")).reason()).isEqualTo(Reason.CLOSED);
        Eventually.holds(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("backstay-redis-cache")));
    }
}
