package io.backstay.http.okhttp;

import io.backstay.ConfigurationException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.HttpTransportProvider;
import io.backstay.spi.ProviderContext;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;

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
        context.setting(CONNECT_TIMEOUT).ifPresent(text -> builder.connectTimeout(duration(text)));
        return builder.build(context);
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
