package io.backstay.http.jdk;

import io.backstay.ConfigurationException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.HttpTransportProvider;
import io.backstay.spi.ProviderContext;
import java.util.Locale;

/** Makes transports over the JDK's own client, by the name {@code jdk}, from the settings that the module's README lists. */
public final class JdkHttpTransportProvider implements HttpTransportProvider {

    static final String HTTP_VERSION = "backstay.transport.jdk.http-version";
    static final String CONNECT_TIMEOUT = "backstay.transport.jdk.connect-timeout";

    /** For {@link java.util.ServiceLoader}. */
    public JdkHttpTransportProvider() {}

    @Override
    public String name() {
        return "jdk";
    }

    @Override
    public HttpTransport create(ProviderContext context) {
        JdkHttpTransport.Builder builder = JdkHttpTransport.builder();
        context.setting(HTTP_VERSION).ifPresent(text -> builder.httpVersion(httpVersion(text)));
        context.duration(CONNECT_TIMEOUT).ifPresent(builder::connectTimeout);
        context.tls().ifPresent(builder::tls);
        context.proxy().ifPresent(builder::proxy);
        return builder.build(context);
    }

    private static HttpVersion httpVersion(String text) {
        return switch (text.trim().toLowerCase(Locale.ROOT)) {
            case "auto" -> HttpVersion.AUTO;
            case "1.1" -> HttpVersion.HTTP_1_1;
            case "2" -> HttpVersion.HTTP_2;
            default ->
                throw new ConfigurationException(HTTP_VERSION + " cannot be " + text + "; allowed: auto, 1.1, 2");
        };
    }
}
