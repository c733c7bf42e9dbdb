package io.backstay.spi;

import io.backstay.ConfigurationException;
import io.backstay.ProxySettings;
import io.backstay.Setting;
import io.backstay.Settings;
import io.backstay.TlsSettings;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@link TlsSettings} and {@link ProxySettings} from the settings' texts. Messages show none of those texts. */
final class NetworkSettings {

    private static final String SYSTEM = "system";
    private static final String PEM = "-----BEGIN ";
    private static final Pattern BARE_BASE_64 = Pattern.compile("\\s*M[A-Za-z0-9+/=\\s]{50,}");

    private final ProviderContext context;

    NetworkSettings(ProviderContext context) {
        this.context = context;
    }

    Optional<TlsSettings> tls() {
        String trust = text(Settings.TLS_TRUST);
        String certificate = text(Settings.TLS_CERTIFICATE);
        String key = text(Settings.TLS_KEY);
        String password = text(Settings.TLS_KEY_PASSWORD);
        if (trust == null && certificate == null && key == null && password == null) {
            return Optional.empty();
        }
        requireBoth(Settings.TLS_CERTIFICATE, certificate, Settings.TLS_KEY, key);
        TlsSettings.Builder builder = TlsSettings.builder();
        if (trust != null) {
            trust(builder, trust);
        }
        if (certificate != null && key != null) {
            identity(builder, certificate, key);
        }
        if (password != null) {
            builder.keyPassword(password);
        }
        return Optional.of(builder.build());
    }

    private static void trust(TlsSettings.Builder builder, String text) {
        if (text.contains(PEM)) {
            builder.trust(text);
            return;
        }
        List<String> items = items(text);
        if (items.isEmpty()) {
            throw new ConfigurationException(Settings.TLS_TRUST.name() + " names no file");
        }
        for (String item : items) {
            if (item.equals(SYSTEM)) {
                builder.andSystemTrust();
            } else {
                builder.trust(file(Settings.TLS_TRUST, item));
            }
        }
    }

    private static void identity(TlsSettings.Builder builder, String certificate, String key) {
        if (certificate.contains(PEM) != key.contains(PEM)) {
            throw new ConfigurationException(Settings.TLS_CERTIFICATE.name() + " and " + Settings.TLS_KEY.name()
                    + " must both be files or both be PEM");
        }
        if (certificate.contains(PEM)) {
            builder.identity(certificate, key);
        } else {
            builder.identity(file(Settings.TLS_CERTIFICATE, certificate), file(Settings.TLS_KEY, key));
        }
    }

    Optional<ProxySettings> proxy() {
        String address = text(Settings.PROXY_ADDRESS);
        String user = text(Settings.PROXY_USER);
        String password = text(Settings.PROXY_PASSWORD);
        String direct = text(Settings.PROXY_DIRECT);
        requireBoth(Settings.PROXY_USER, user, Settings.PROXY_PASSWORD, password);
        if (address == null) {
            if (user != null) {
                throw missing(Settings.PROXY_USER, Settings.PROXY_ADDRESS);
            }
            return Optional.empty();
        }
        ProxySettings.Builder builder = ProxySettings.builder(uri(address));
        if (user != null && password != null) {
            builder.credentials(user, password);
        }
        if (direct != null) {
            builder.direct(items(direct));
        }
        return Optional.of(builder.build());
    }

    private @Nullable String text(Setting<String> setting) {
        return context.setting(setting.name()).filter(text -> !text.isBlank()).orElse(null);
    }

    private static List<String> items(String text) {
        List<String> items = new ArrayList<>();
        for (String item : text.split(",", -1)) {
            if (!item.isBlank()) {
                items.add(item.trim());
            }
        }
        return items;
    }

    private static void requireBoth(
            Setting<String> first, @Nullable String one, Setting<String> second, @Nullable String other) {
        if (one != null && other == null) {
            throw missing(first, second);
        }
        if (one == null && other != null) {
            throw missing(second, first);
        }
    }

    private static ConfigurationException missing(Setting<String> given, Setting<String> lacking) {
        return new ConfigurationException(given.name() + " is set without " + lacking.name());
    }

    /** Somebody may have set the key itself without its first line; the name of a missing file is shown, a key is not. */
    private static Path file(Setting<String> setting, String text) {
        if (BARE_BASE_64.matcher(text).matches()) {
            throw new ConfigurationException(
                    setting.name() + " looks like PEM without its first line; wanted: a file, or PEM as a whole");
        }
        try {
            return Path.of(text.trim());
        } catch (InvalidPathException e) {
            throw new ConfigurationException(setting.name() + " cannot be the name of a file, nor is it PEM");
        }
    }

    /** Without its cause, which shows the text; a password may stand in it. */
    private static URI uri(String text) {
        try {
            return URI.create(text.trim());
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(
                    Settings.PROXY_ADDRESS.name() + " is no address; allowed: http://host:port");
        }
    }
}
