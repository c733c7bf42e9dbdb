package io.backstay.spi;

/**
 * Makes a {@link BackstayExtension}. All that are found are used, but for those that {@code backstay.NAME.enabled=false} switches
 * off.
 */
public interface BackstayExtensionProvider extends Provider {

    /**
     * An extension, ready to use; what it needs from elsewhere it fetches in the background.
     *
     * @throws io.backstay.ConfigurationException when its settings cannot be used
     */
    BackstayExtension create(ExtensionContext context);
}
