package io.backstay.registry.dns;

import io.backstay.Setting;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.EndpointResolverProvider;
import io.backstay.spi.ProviderContext;
import java.util.List;
import java.util.Optional;

/** Makes the {@link DnsResolver} that the settings describe; where they describe none, one that knows nothing. */
public final class DnsResolverProvider implements EndpointResolverProvider {

    /** Made by the service loader. */
    public DnsResolverProvider() {}

    @Override
    public String settingsPrefix() {
        return DnsSettings.PREFIX;
    }

    @Override
    public List<Setting<?>> settings() {
        return DnsSettings.all();
    }

    @Override
    public String name() {
        return "dns";
    }

    @Override
    public EndpointResolver create(ProviderContext context) {
        Optional<DnsResolver> configured = DnsSettings.resolver(context);
        return configured.isPresent() ? configured.get() : (service, listener) -> Optional.empty();
    }
}
