package io.backstay.it.apache;

import io.backstay.spi.HttpTransport;
import io.backstay.spi.HttpTransportProvider;
import io.backstay.spi.ProviderContext;

/** Makes transports over Apache HttpClient, by the name {@code apache}. */
public final class ApacheTransportProvider implements HttpTransportProvider {

    @Override
    public String name() {
        return "apache";
    }

    @Override
    public HttpTransport create(ProviderContext context) {
        return new ApacheTransport(context);
    }
}
