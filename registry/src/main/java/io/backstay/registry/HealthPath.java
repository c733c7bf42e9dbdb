package io.backstay.registry;

import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/** Where the health of an instance is asked for. */
final class HealthPath {

    private static final int LONGEST = 1_024;

    private HealthPath() {}

    /** A path and by choice a query, encoded, from the root of the host. */
    static String check(@Nullable String path) {
        if (path == null || !isUsable(path)) {
            throw new ConfigurationException("a health path must be an encoded path that begins with one slash");
        }
        return path;
    }

    private static boolean isUsable(String path) {
        if (path.length() > LONGEST || !path.startsWith("/") || path.startsWith("//")) {
            return false;
        }
        try {
            URI uri = new URI("http://host" + path);
            return uri.getRawFragment() == null && "host".equals(uri.getRawAuthority());
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** The path that an instance tells of itself; null when it tells none, or none that can be used. */
    static @Nullable String told(ServiceInstance instance) {
        String path = instance.metadata().get(Registry.HEALTH_PATH);
        return path != null && isUsable(path) ? path : null;
    }

    /** The instance without its base path, since health is asked for from the root. */
    static ServiceInstance root(ServiceInstance instance) {
        return instance.basePath().isEmpty()
                ? instance
                : instance.toBuilder().basePath("").build();
    }

    static URI url(ServiceInstance instance, HealthCheck check) {
        String told = told(instance);
        return URI.create(root(instance).baseUri() + (told != null ? told : check.path()));
    }
}
