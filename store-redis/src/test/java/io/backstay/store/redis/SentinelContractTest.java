package io.backstay.store.redis;

import io.backstay.localredis.RedisProcess;
import io.backstay.localredis.SentinelSet;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;
import io.backstay.testkit.StateStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract on a primary with replicas behind Sentinels. */
class SentinelContractTest extends StateStoreContract {

    private static SentinelSet redis;

    @BeforeAll
    static void begin() {
        redis = SentinelSet.start();
    }

    @AfterAll
    static void end() {
        redis.close();
    }

    @Override
    protected StateStore create(ProviderContext context) {
        return RedisStateStore.builder().uri(redis.uri()).build(context);
    }

    /** All three, so that there is none to fail over to. */
    @Override
    protected void stopStore() {
        redis.servers().forEach(RedisProcess::kill);
    }

    @Override
    protected void startStore() {
        redis.servers().forEach(RedisProcess::launch);
    }

    @Override
    protected void loseEverything() {
        redis.primary().command("FLUSHALL");
    }

    @Override
    protected void damage(String tableName, String key) {
        redis.primary().command("HDEL", "backstay:{" + tableName + "}:values", key);
    }

    @Override
    protected void damageTable(String tableName) {
        redis.primary().command("SET", "backstay:{" + tableName + "}:values", "none of ours");
    }
}
