package io.backstay.store.redis;

import io.backstay.localredis.RedisProcess;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;
import io.backstay.testkit.StateStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract as a user that has the documented rights and no more, over TLS where the binary has it. */
class NarrowRightsContractTest extends StateStoreContract {

    private static final boolean TLS = TlsServer.isPossible();

    private static TlsServer tls;
    private static RedisProcess redis;

    @BeforeAll
    static void begin() {
        if (TLS) {
            tls = TlsServer.start("server", "--tls-auth-clients", "no");
            redis = tls.redis();
        } else {
            redis = RedisProcess.server();
        }
        NarrowRights.grant(redis);
    }

    @AfterAll
    static void end() {
        redis.close();
    }

    @Override
    protected StateStore create(ProviderContext context) {
        String group = "backstay.store.redis.";
        return new RedisStateStoreProvider()
                .create(Contexts.with(
                        context,
                        group + "uri",
                        TLS ? tls.uri() : redis.uri(),
                        group + "user",
                        NarrowRights.USER,
                        group + "password",
                        NarrowRights.PASSWORD,
                        group + "tls.trust",
                        TlsServer.pem("ca")));
    }

    @Override
    protected void stopStore() {
        redis.kill();
    }

    @Override
    protected void startStore() {
        redis.launch();
        NarrowRights.grant(redis);
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
