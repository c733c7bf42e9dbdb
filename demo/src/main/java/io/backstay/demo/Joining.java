package io.backstay.demo;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The settings by which a program of the demo takes part in discovery.
 *
 * @param uri where Redis is
 * @param timing how long everything takes
 */
record Joining(String uri, Timing timing) {

    /** By their names. */
    Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("backstay.store", "redis");
        settings.put("backstay.store.redis.uri", uri);
        settings.put("backstay.registry.lease", timing.lease().toMillis() + "ms");
        settings.put(
                "backstay.registry.health-check.interval",
                timing.checkInterval().toMillis() + "ms");
        return settings;
    }

    /** The same as environment variables, as a service is told them. */
    Map<String, String> variables() {
        Map<String, String> variables = new LinkedHashMap<>();
        settings()
                .forEach((name, value) ->
                        variables.put(name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z]", "_"), value));
        return variables;
    }
}
