package io.backstay.spi;

/**
 * Makes a {@link StateStore}. Of those that are found, one is used where {@code backstay.store} names it; otherwise the memory of this
 * process alone.
 */
public interface StateStoreProvider extends Provider {

    /**
     * A store, ready to be used; it connects in the background.
     *
     * @throws io.backstay.ConfigurationException when its settings cannot be used
     */
    StateStore create(ProviderContext context);
}
