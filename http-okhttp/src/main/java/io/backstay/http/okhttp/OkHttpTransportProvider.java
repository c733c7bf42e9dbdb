package io.backstay.http.okhttp;

import io.backstay.ConfigurationException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.HttpTransportProvider;
import io.backstay.spi.ProviderContext;

/** Makes transports over OkHttp, by the name {@code okhttp}, from the settings that the module's README lists,
 * {@code backstay.tls.*} and {@code backstay.proxy.*}. */
public final class OkHttpTransportProvider implements HttpTransportProvider {

    static final String CONNECT_TIMEOUT = "backstay.transport.okhttp.connect-timeout";
    static final String IDLE_CONNECTIONS = "backstay.transport.okhttp.idle-connections";
    static final String KEEP_ALIVE = "backstay.transport.okhttp.keep-alive";

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
        context.setting(IDLE_CONNECTIONS).map(OkHttpTransportProvider::number).ifPresent(builder::idleConnections);
        context.duration(KEEP_ALIVE).ifPresent(builder::keepAlive);
        context.tls().ifPresent(builder::tls);
        context.proxy().ifPresent(builder::proxy);
        return builder.build(context);
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text.trim());
        } catch (NumberFormatException e) {
            throw new ConfigurationException(IDLE_CONNECTIONS + " cannot be " + text + "; allowed: a whole number", e);
        }
    }
}
