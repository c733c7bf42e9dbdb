package io.backstay.internal.state;

import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateStoreProvider;

/** Makes a store in the memory of this process. */
public final class MemoryStateStoreProvider implements StateStoreProvider {

    /** The name of what is used where nothing else is named. */
    public static final String NAME = "memory";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public StateStore create(ProviderContext context) {
        return new MemoryStateStore(context);
    }
}
