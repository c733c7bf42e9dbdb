package io.backstay.http.jdk;

import io.backstay.ConfigurationException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.HttpTransportProvider;
import io.backstay.spi.ProviderContext;
import java.time.Duration;
import java.time.format.DateTimeParseException;
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
        context.setting(CONNECT_TIMEOUT).ifPresent(text -> builder.connectTimeout(duration(text)));
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

    private static Duration duration(String text) {
        String plain = text.trim().toLowerCase(Locale.ROOT);
        try {
            if (plain.endsWith("ms")) {
                return Duration.ofMillis(Long.parseLong(plain.substring(0, plain.length() - 2)));
            }
            return Duration.parse(plain.startsWith("pt") ? plain : "pt" + plain);
        } catch (DateTimeParseException | NumberFormatException e) {
            throw new ConfigurationException(
                    CONNECT_TIMEOUT + " cannot be " + text + "; allowed: a duration as 500ms, 2s or PT2S", e);
        }
    }
}
