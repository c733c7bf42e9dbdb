package io.backstay.http.okhttp;

import io.backstay.spi.HttpTransport;
import io.backstay.spi.HttpTransportProvider;
import io.backstay.spi.ProviderContext;

/** Makes transports over OkHttp, by the name {@code okhttp}, from the settings that the module's README lists. */
public final class OkHttpTransportProvider implements HttpTransportProvider {

    static final String CONNECT_TIMEOUT = "backstay.transport.okhttp.connect-timeout";

    /** For {@link java.util.ServiceLoader}. */
    public OkHttpTransportProvider() {}

    @Override
    public String name() {
        return "okhttp";
    }

    @Override
    public HttpTransport create(ProviderContext context) {
        OkHttpTransport.Builder builder = OkHttpTransport.builder();
        context.duration(CONNECT_TIMEOUT).ifPresent(builder::connectTimeout);
        return builder.build(context);
    }
}
