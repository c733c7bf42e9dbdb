package io.backstay.store.redis;

import io.backstay.ConfigurationException;
import io.backstay.spi.CacheStore;
import io.backstay.spi.MetricSource;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStoreStatus;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A cache of octets on Redis, with connections of its own. Thread-safe.
 *
 * <p>Made to be missed: each operation ends within its timeout, 200 ms by default, and at once while Redis is away. Whoever else
 * writes to the same Redis with the same prefix shares it.
 */
public final class RedisCacheStore implements CacheStore {

    private static final Duration LONGEST_TIME_TO_LIVE = Duration.ofDays(366);
    private static final byte[] MILLISECONDS = TableKeys.octets("PX");

    private final RedisRuntime runtime;
    private final int maxValueBytes;

    private RedisCacheStore(RedisSettings settings, ProviderContext context, int maxValueBytes) {
        this.runtime = new RedisRuntime(settings, context, "backstay-redis-cache");
        this.maxValueBytes = maxValueBytes;
        runtime.start();
    }

    /** A builder; its URI must be set. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public CompletionStage<Optional<byte[]>> get(String key) {
        byte[] name = name(key);
        Call call = runtime.calls()
                .call(Request.command("cache_get", false, SlotHash.getSlot(name), CommandType.GET, name));
        return Stages.map(
                call,
                reply -> reply.isEmpty() || reply.get(0) == null
                        ? Optional.empty()
                        : Optional.of(Replies.octets(reply, 0)));
    }

    @Override
    public CompletionStage<Void> put(String key, byte[] value, Duration timeToLive) {
        byte[] name = name(key);
        if (value.length > maxValueBytes) {
            throw new IllegalArgumentException("a value has " + value.length + " octets; allowed are " + maxValueBytes);
        }
        if (timeToLive.isZero() || timeToLive.isNegative()) {
            throw new IllegalArgumentException(
                    "the time to live cannot be " + timeToLive + "; allowed: more than zero");
        }
        Call call = runtime.calls()
                .call(Request.command(
                        "cache_put",
                        true,
                        SlotHash.getSlot(name),
                        CommandType.SET,
                        name,
                        value,
                        MILLISECONDS,
                        TableKeys.octets(String.valueOf(millis(timeToLive)))));
        return Stages.map(call, reply -> null);
    }

    private static long millis(Duration timeToLive) {
        Duration bounded = timeToLive.compareTo(LONGEST_TIME_TO_LIVE) > 0 ? LONGEST_TIME_TO_LIVE : timeToLive;
        return Math.max(1, bounded.toMillis());
    }

    /** Each key by itself, since in a cluster they are in different places. */
    @Override
    public CompletionStage<Void> remove(Collection<String> keys) {
        List<byte[]> names = keys.stream().map(this::name).toList();
        CompletableFuture<?>[] removals = names.stream()
                .map(name -> runtime.calls()
                        .call(Request.command("cache_remove", true, SlotHash.getSlot(name), CommandType.UNLINK, name)))
                .toArray(CompletableFuture<?>[]::new);
        return Stages.map(CompletableFuture.allOf(removals), nothing -> null);
    }

    private byte[] name(String key) {
        if (key.isEmpty()) {
            throw new IllegalArgumentException("a key must not be empty");
        }
        if (TableKeys.octets(key).length > MAX_KEY_BYTES) {
            throw new IllegalArgumentException("a key is too long; allowed are " + MAX_KEY_BYTES + " octets");
        }
        return TableKeys.octets(runtime.settings().prefix() + ":" + key);
    }

    @Override
    public int maxValueBytes() {
        return maxValueBytes;
    }

    /** Whether it can be reached, as far as is known at this moment. */
    public StateStoreStatus status() {
        return runtime.status();
    }

    /** What it has counted. */
    public MetricSource metrics() {
        return sink -> runtime.counts()
                .collect(
                        sink,
                        Map.of("store", "redis-cache"),
                        status().available(),
                        runtime.calls().underway());
    }

    /** Waits for its own threads to end, its timeout at most. */
    @Override
    public void close() {
        runtime.close();
    }

    @Override
    public String toString() {
        return runtime.settings().toString();
    }

    /** What a cache is made of. Not thread-safe. */
    public static final class Builder extends RedisBuilder<Builder> {

        private static final int LONGEST_VALUE = 64 << 20;

        private int maxValueBytes = 1 << 20;

        private Builder() {
            super(RedisCacheStoreProvider.GROUP, "backstay-cache", Duration.ofMillis(200));
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * How long an operation may take; 200 ms by default.
         *
         * @throws ConfigurationException when it is less than 10 ms or more than a minute
         */
        public Builder timeout(Duration time) {
            return timeout("timeout", time);
        }

        /**
         * How long a value may be, in octets; 1 MiB by default.
         *
         * @throws ConfigurationException when it is less than one or more than 64 MiB
         */
        public Builder maxValueBytes(int most) {
            if (most < 1 || most > LONGEST_VALUE) {
                throw new ConfigurationException(
                        setting("max-value-bytes") + " cannot be " + most + "; allowed: from 1 to " + LONGEST_VALUE);
            }
            this.maxValueBytes = most;
            return this;
        }

        /**
         * The cache, with threads of the machine.
         *
         * @throws ConfigurationException when no URI is set
         */
        public RedisCacheStore build() {
            return build(ProviderContext.system());
        }

        /** The cache, with the threads that it is lent. Settings are not read here: the provider does that. */
        public RedisCacheStore build(ProviderContext context) {
            return new RedisCacheStore(settings(), context, maxValueBytes);
        }
    }
}
