package io.backstay.store.redis;

import io.backstay.spi.CacheStore;
import io.backstay.spi.CacheStoreProvider;
import io.backstay.spi.ProviderContext;

/** Makes cache stores on Redis, by the name {@code redis}, from the settings that the module's README lists. */
public final class RedisCacheStoreProvider implements CacheStoreProvider {

    static final String GROUP = "backstay.cache.redis";

    /** For {@link java.util.ServiceLoader}. */
    public RedisCacheStoreProvider() {}

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public CacheStore create(ProviderContext context) {
        RedisCacheStore.Builder builder = RedisCacheStore.builder();
        SettingsReader reader = new SettingsReader(context, GROUP, RedisStateStoreProvider.GROUP);
        reader.connection(builder);
        reader.duration("timeout").ifPresent(builder::timeout);
        reader.number("max-value-bytes").ifPresent(builder::maxValueBytes);
        return builder.build(context);
    }
}
