package io.backstay.store.redis;

import io.backstay.localredis.RedisProcess;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;
import io.backstay.testkit.StateStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract on one Redis, found by its settings. */
class RedisStateStoreContractTest extends StateStoreContract {

    private static RedisProcess redis;

    @BeforeAll
    static void begin() {
        redis = RedisProcess.server();
    }

    @AfterAll
    static void end() {
        redis.close();
    }

    @Override
    protected StateStore create(ProviderContext context) {
        return new RedisStateStoreProvider().create(Contexts.with(context, "backstay.store.redis.uri", redis.uri()));
    }

    @Override
    protected void stopStore() {
        redis.kill();
    }

    @Override
    protected void startStore() {
        redis.launch();
    }

    @Override
    protected void loseEverything() {
        redis.command("FLUSHALL");
    }

    @Override
    protected void damage(String tableName, String key) {
        redis.command("HDEL", "backstay:{" + tableName + "}:values", key);
    }

    @Override
    protected void damageTable(String tableName) {
        redis.command("SET", "backstay:{" + tableName + "}:values", "none of ours");
    }
}
