package io.backstay.demo;

import io.backstay.localredis.RedisProcess;
import java.io.UncheckedIOException;

/** The Redis in which services register themselves: a real one, which keeps nothing on disk and so is empty whenever it starts. */
final class RegistryServer implements AutoCloseable {

    private final RedisProcess redis;

    private RegistryServer(RedisProcess redis) {
        this.redis = redis;
    }

    /** Blocks until it answers. */
    static RegistryServer start() {
        try {
            return new RegistryServer(RedisProcess.server());
        } catch (IllegalStateException | UncheckedIOException e) {
            throw broken("does not start", e);
        }
    }

    private static DemoException broken(String how, RuntimeException cause) {
        return new DemoException("Redis " + how + ": " + cause.getMessage(), cause);
    }

    int port() {
        return redis.port();
    }

    String uri() {
        return redis.uri();
    }

    /** SIGKILL; returns once it has ended. */
    void kill() {
        try {
            redis.kill();
        } catch (IllegalStateException e) {
            throw broken("does not end", e);
        }
    }

    /** Starts it anew on its port, with nothing in it; blocks until it answers. */
    void startAgain() {
        try {
            redis.launch();
        } catch (IllegalStateException | UncheckedIOException e) {
            throw broken("does not start again", e);
        }
    }

    @Override
    public void close() {
        redis.close();
    }
}
