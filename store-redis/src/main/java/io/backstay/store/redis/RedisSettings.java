package io.backstay.store.redis;

import io.backstay.TlsSettings;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a Redis.
 *
 * @param group what the names of the settings begin with, for messages: {@code backstay.store.redis}
 * @param prefix what all keys begin with
 * @param queue how many operations may be on their way
 * @param client the user's own, to derive from; null for none
 */
record RedisSettings(
        String group,
        Address address,
        Credentials credentials,
        Credentials sentinelCredentials,
        @Nullable TlsSettings tls,
        String prefix,
        Duration commandTimeout,
        Duration connectTimeout,
        int queue,
        @Nullable RedisClient client) {

    /** The whole name of a setting. */
    String setting(String name) {
        return group + "." + name;
    }

    long commandTimeoutNanos() {
        return commandTimeout.toNanos();
    }

    /** How often timeouts are looked for. */
    Duration tick() {
        long nanos = commandTimeout.toNanos() / 20;
        return Duration.ofNanos(Math.min(Math.max(nanos, 5_000_000), 50_000_000));
    }

    @Override
    public String toString() {
        return address.toString();
    }
}
