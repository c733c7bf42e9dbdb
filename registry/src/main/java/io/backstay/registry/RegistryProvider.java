package io.backstay.registry;

import io.backstay.Setting;
import io.backstay.spi.BackstayExtension;
import io.backstay.spi.BackstayExtensionProvider;
import io.backstay.spi.ExtensionContext;
import java.util.List;
import java.util.function.UnaryOperator;

/** Adds a {@link Registry} on the state store of a {@code Backstay}; {@code backstay.registry.enabled=false} leaves it out. */
public final class RegistryProvider implements BackstayExtensionProvider {

    private final UnaryOperator<Registry.Builder> settings;

    /** Made by the service loader. */
    public RegistryProvider() {
        this(builder -> builder);
    }

    private RegistryProvider(UnaryOperator<Registry.Builder> settings) {
        this.settings = settings;
    }

    /**
     * One that sets what settings cannot say, as stores of other regions and rules for bodies; for {@code Backstay.Builder.extension}.
     *
     * @param settings what to do with the builder, which has store, transport, time and events already
     */
    public static RegistryProvider with(UnaryOperator<Registry.Builder> settings) {
        return new RegistryProvider(settings);
    }

    @Override
    public String settingsPrefix() {
        return RegistrySettings.PREFIX;
    }

    @Override
    public List<Setting<?>> settings() {
        return RegistrySettings.all();
    }

    @Override
    public String name() {
        return "registry";
    }

    @Override
    public BackstayExtension create(ExtensionContext context) {
        Registry.Builder builder = Registry.builder(context.stateStore())
                .context(context.provider())
                .transport(context.transport())
                .events(context::publish);
        return settings.apply(builder).build();
    }
}
