package io.backstay.store.redis;

import io.backstay.spi.ProviderContext;
import java.util.HashMap;
import java.util.Map;

/** Contexts with settings. */
final class Contexts {

    private Contexts() {}

    /** The same with these settings: names and values in turn. */
    static ProviderContext with(ProviderContext context, String... settings) {
        Map<String, String> all = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        return new ProviderContext(
                context.time(), context.scheduler(), context.waiter(), context.random(), context.workers(), all::get);
    }
}
