package io.backstay.store.redis;

import io.backstay.localredis.RedisProcess;
import io.backstay.spi.CacheStore;
import io.backstay.spi.ProviderContext;
import io.backstay.testkit.CacheStoreContract;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract on one Redis, found by its settings. */
class RedisCacheStoreContractTest extends CacheStoreContract {

    private static RedisProcess redis;

    @BeforeAll
    static void begin() {
        redis = RedisProcess.server();
    }

    @AfterAll
    static void end() {
        redis.close();
    }

    /** With more time than a cache should have: the machine that runs tests may be busy. */
    @Override
    protected CacheStore create(ProviderContext context) {
        return new RedisCacheStoreProvider()
                .create(Contexts.with(
                        context,
                        "backstay.cache.redis.uri",
                        redis.uri(),
                        "backstay.cache.redis.timeout",
                        commandTimeout().toMillis() + "ms"));
    }

    @Override
    protected Duration commandTimeout() {
        return Duration.ofSeconds(1);
    }

    @Override
    protected void stopStore() {
        redis.kill();
    }

    @Override
    protected void startStore() {
        redis.launch();
    }
}
