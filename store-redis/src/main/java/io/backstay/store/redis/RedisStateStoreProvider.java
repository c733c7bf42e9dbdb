package io.backstay.store.redis;

import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateStoreProvider;

/** Makes state stores on Redis, by the name {@code redis}, from the settings that the module's README lists. */
public final class RedisStateStoreProvider implements StateStoreProvider {

    static final String GROUP = "backstay.store.redis";

    /** For {@link java.util.ServiceLoader}. */
    public RedisStateStoreProvider() {}

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public StateStore create(ProviderContext context) {
        RedisStateStore.Builder builder = RedisStateStore.builder();
        SettingsReader reader = new SettingsReader(context, GROUP, null);
        reader.connection(builder);
        reader.duration("command-timeout").ifPresent(builder::commandTimeout);
        return builder.build(context);
    }
}
