package io.backstay.state.memory;

import io.backstay.ConfigurationException;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateStoreProvider;

/**
 * Makes a store in the memory of this process. {@code backstay.store.memory.max-bytes} says how many octets of keys and values it may
 * hold; without it, there is no limit.
 */
public final class MemoryStateStoreProvider implements StateStoreProvider {

    /** The name of what is used where nothing else is named. */
    public static final String NAME = "memory";

    private static final String MAX_BYTES = "backstay.store.memory.max-bytes";

    @Override
    public String name() {
        return NAME;
    }

    private static long bytes(String text) {
        try {
            long bytes = Long.parseLong(text.strip());
            if (bytes > 0) {
                return bytes;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new ConfigurationException(MAX_BYTES + " cannot be " + text + "; allowed: whole numbers from 1");
    }

    @Override
    public StateStore create(ProviderContext context) {
        return context.setting(MAX_BYTES)
                .map(text -> new MemoryStateStore(context, bytes(text)))
                .orElseGet(() -> new MemoryStateStore(context));
    }
}
