package io.backstay.store.redis;

import io.backstay.ConfigurationException;
import io.backstay.TlsSettings;
import io.backstay.spi.ProviderContext;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the settings of one group. Where to connect to and who to be there may come from a second group, as a whole: a cache that
 * names no Redis uses that of the store.
 */
final class SettingsReader {

    private static final String TLS = "backstay.tls.";

    private final ProviderContext context;
    private final String group;
    private final String connectionGroup;

    SettingsReader(ProviderContext context, String group, @Nullable String otherwise) {
        this.context = context;
        this.group = group;
        this.connectionGroup = otherwise == null || text(group, "uri").isPresent() ? group : otherwise;
    }

    /** Which group says where to connect to. */
    String connectionGroup() {
        return connectionGroup;
    }

    void connection(RedisBuilder<?> builder) {
        text(connectionGroup, "uri").ifPresent(builder::uri);
        pair("user", "password", builder::credentials);
        pair("sentinel-user", "sentinel-password", builder::sentinelCredentials);
        tls().ifPresent(builder::tls);
        text(group, "prefix").ifPresent(builder::prefix);
        duration("connect-timeout").ifPresent(builder::connectTimeout);
        number("queue").ifPresent(builder::queue);
    }

    private interface Pair {
        void accept(@Nullable String user, String password);
    }

    private void pair(String userName, String passwordName, Pair to) {
        String user = text(connectionGroup, userName).orElse(null);
        String password = context.setting(connectionGroup + "." + passwordName)
                .filter(text -> !text.isEmpty())
                .orElse(null);
        if (password != null) {
            to.accept(user, password);
        } else if (user != null) {
            throw new ConfigurationException(
                    connectionGroup + "." + userName + " is set without " + connectionGroup + "." + passwordName);
        }
    }

    /** The group's own settings, or those of all connections. */
    private Optional<TlsSettings> tls() {
        String own = connectionGroup + ".tls.";
        ProviderContext ownTls = new ProviderContext(
                context.time(),
                context.scheduler(),
                context.waiter(),
                context.random(),
                context.workers(),
                name -> name.startsWith(TLS)
                        ? context.setting(own + name.substring(TLS.length())).orElse(null)
                        : null);
        try {
            Optional<TlsSettings> settings = ownTls.tls();
            if (settings.isPresent()) {
                return settings;
            }
        } catch (ConfigurationException e) {
            throw new ConfigurationException(String.valueOf(e.getMessage()).replace(TLS, own), e);
        }
        return context.tls();
    }

    Optional<Duration> duration(String name) {
        return context.duration(group + "." + name);
    }

    Optional<Integer> number(String name) {
        return text(group, name).map(text -> {
            try {
                return Integer.valueOf(text);
            } catch (NumberFormatException e) {
                throw new ConfigurationException(
                        group + "." + name + " cannot be " + text + "; allowed: a whole number", e);
            }
        });
    }

    private Optional<String> text(String from, String name) {
        return context.setting(from + "." + name).map(String::trim).filter(text -> !text.isEmpty());
    }
}
