package io.backstay.store.redis;

import io.backstay.localredis.ClusterOfThree;
import io.backstay.localredis.RedisProcess;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;
import io.backstay.testkit.StateStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract on a cluster of three. */
class ClusterContractTest extends StateStoreContract {

    private static ClusterOfThree redis;

    @BeforeAll
    static void begin() {
        redis = ClusterOfThree.start();
    }

    @AfterAll
    static void end() {
        redis.close();
    }

    @Override
    protected StateStore create(ProviderContext context) {
        return RedisStateStore.builder().uri(redis.uri()).build(context);
    }

    @Override
    protected void stopStore() {
        redis.primaries().forEach(RedisProcess::kill);
    }

    @Override
    protected void startStore() {
        redis.primaries().forEach(RedisProcess::launch);
        redis.awaitWhole();
    }

    @Override
    protected void loseEverything() {
        redis.primaries().forEach(node -> node.command("FLUSHALL"));
    }

    @Override
    protected void damage(String tableName, String key) {
        String values = "backstay:{" + tableName + "}:values";
        redis.primaryOf(values).command("HDEL", values, key);
    }

    @Override
    protected void damageTable(String tableName) {
        String values = "backstay:{" + tableName + "}:values";
        redis.primaryOf(values).command("SET", values, "none of ours");
    }
}
