package io.backstay.localredis;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import redis.embedded.core.ExecutableProvider;

/** The redis-server that is run: {@code BACKSTAY_REDIS_SERVER} (variable, or {@code backstay.redis.server} as system property), or the one that comes with embedded-redis. */
public final class RedisBinary {

    private static final File FILE = find();

    private RedisBinary() {}

    public static String path() {
        return FILE.getAbsolutePath();
    }

    private static File find() {
        String named = System.getProperty("backstay.redis.server", System.getenv("BACKSTAY_REDIS_SERVER"));
        if (named != null && !named.isBlank()) {
            return new File(named);
        }
        try {
            return ExecutableProvider.newJarResourceProvider().get();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
