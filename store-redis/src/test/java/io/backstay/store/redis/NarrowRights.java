package io.backstay.store.redis;

import io.backstay.localredis.RedisProcess;
import java.util.ArrayList;
import java.util.List;

/** The rights that docs/redis-layout.md says are needed, and no more; {@code LayoutDocTest} compares them. */
final class NarrowRights {

    static final String USER = "backstay";
    static final String PASSWORD = "not-shown";

    static final String STORE =
            "resetchannels &backstay:* ~backstay:* +hello +ping +info +subscribe +unsubscribe +publish"
                    + " +evalsha +eval +wait +time +persist +unlink +exists +hset +hget +hmget +hdel +hlen +hexists +zadd +zrem"
                    + " +zscore +zcard +zcount +zrange +zrangebyscore +zremrangebyrank";
    static final String IN_A_CLUSTER = "+cluster|slots +asking";
    static final String SENTINEL =
            "resetchannels &+switch-master +hello +ping +subscribe +sentinel|get-master-addr-by-name";
    static final String CACHE = "resetchannels ~backstay-cache:* +hello +ping +info +get +set +unlink";

    private NarrowRights() {}

    /** Makes the user of a store; the default user keeps its rights, for the test's own looks. */
    static void grant(RedisProcess redis) {
        grant(redis, STORE);
    }

    static void grant(RedisProcess redis, String... rights) {
        List<String> command = new ArrayList<>(List.of("ACL", "SETUSER", USER, "reset", "on", ">" + PASSWORD));
        for (String each : rights) {
            command.addAll(List.of(each.split(" ", -1)));
        }
        String answer = redis.command(command.toArray(String[]::new));
        if (!answer.equals("OK")) {
            throw new IllegalStateException(answer);
        }
    }
}
