package io.backstay.spi;

/** Makes a {@link CacheStore}. */
public interface CacheStoreProvider extends Provider {

    /**
     * A store, ready to be used; it connects in the background.
     *
     * @throws io.backstay.ConfigurationException when its settings cannot be used
     */
    CacheStore create(ProviderContext context);
}
