package io.backstay.store.redis;

/** The rights that docs/redis-layout.md says are needed, and no more. */
@SuppressWarnings("StringSplitter")
final class NarrowRights {

    static final String USER = "backstay";
    static final String PASSWORD = "not-shown";

    private NarrowRights() {}

    /** Makes the user of a store; the default user keeps its rights, for the test's own looks. */
    static void grant(RedisProcess redis) {
        String[] rights = ("resetchannels &backstay:* ~backstay:* "
                        + "+hello +ping +info +subscribe +unsubscribe +publish +evalsha +eval +wait "
                        + "+time +persist +unlink +exists +hset +hget +hmget +hdel +hlen +hexists "
                        + "+zadd +zrem +zscore +zcard +zcount +zrange +zrangebyscore +zremrangebyrank")
                .split(" ");
        String[] command = new String[rights.length + 6];
        command[0] = "ACL";
        command[1] = "SETUSER";
        command[2] = USER;
        command[3] = "reset";
        command[4] = "on";
        command[5] = ">" + PASSWORD;
        System.arraycopy(rights, 0, command, 6, rights.length);
        String answer = redis.command(command);
        if (!answer.equals("OK")) {
            throw new IllegalStateException(answer);
        }
    }
}
