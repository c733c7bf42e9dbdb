package io.backstay;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy to call through, and the hosts that are called directly. Immutable and thread-safe.
 *
 * <p>The loopback host is always called directly, by whatever name: {@code localhost}, names below it, {@code 127.0.0.0/8}
 * and {@code ::1}; to the proxy these would mean the proxy itself.
 */
public final class ProxySettings {

    private final String host;
    private final int port;
    private final @Nullable String user;
    private final @Nullable String password;
    private final DirectHosts direct;
    private final Selector selector = new Selector();

    private ProxySettings(Builder builder) {
        this.host = builder.host;
        this.port = builder.port;
        this.user = builder.user;
        this.password = builder.password;
        this.direct = new DirectHosts(builder.direct);
    }

    /**
     * A builder for the proxy at this address.
     *
     * @param address {@code http://host:port}
     * @throws ConfigurationException when it is anything else; the proxy itself is spoken to in cleartext, so {@code https} is
     *     not allowed
     */
    public static Builder builder(URI address) {
        return new Builder(Require.nonNull(Settings.PROXY_ADDRESS.name(), address));
    }

    /** The proxy's address, its name not looked up. */
    public InetSocketAddress address() {
        return InetSocketAddress.createUnresolved(host, port);
    }

    /** Who to be at the proxy. */
    public Optional<String> user() {
        return Optional.ofNullable(user);
    }

    /** The user's password: there wherever {@link #user()} is. A secret. */
    public Optional<String> password() {
        return Optional.ofNullable(password);
    }

    /** User and password as the value of {@code Proxy-Authorization}, by the scheme Basic, in UTF-8. A secret. */
    public Optional<String> authorization() {
        return user().map(name -> name + ":" + password)
                .map(both -> "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8)));
    }

    /** Whether a host is called through the proxy. Looks up no name; case and a last dot are of no matter. */
    public boolean appliesTo(String host) {
        return !direct.contain(Require.nonNull("host", host));
    }

    /** The same as the JDK wants it: this proxy alone, or none. */
    public ProxySelector selector() {
        return selector;
    }

    /** The address, and whether there is a user. */
    @Override
    public String toString() {
        return "proxy http://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port
                + (user == null ? "" : " with a user");
    }

    private final class Selector extends ProxySelector {
        @Override
        public List<Proxy> select(URI uri) {
            String target = uri.getHost();
            return List.of(
                    target == null || !appliesTo(target) ? Proxy.NO_PROXY : new Proxy(Proxy.Type.HTTP, address()));
        }

        @Override
        public void connectFailed(URI uri, SocketAddress address, IOException failure) {
            // There is no other proxy to turn to; the exchange fails and says why.
        }
    }

    /** What proxy settings are made of. Not thread-safe. */
    public static final class Builder {

        private static final int GREATEST_PORT = 65_535;

        private final String host;
        private final int port;
        private @Nullable String user;
        private @Nullable String password;
        private List<String> direct = List.of();

        private Builder(URI address) {
            if (address.getRawUserInfo() != null) {
                throw wrongAddress("holds a user; set " + Settings.PROXY_USER.name() + " and "
                        + Settings.PROXY_PASSWORD.name() + " instead");
            }
            boolean hasMore =
                    !(address.getRawPath() == null || address.getRawPath().matches("/?"))
                            || address.getRawQuery() != null
                            || address.getRawFragment() != null;
            String name = address.getHost();
            int number = address.getPort();
            if (!"http".equalsIgnoreCase(address.getScheme())
                    || name == null
                    || number < 1
                    || number > GREATEST_PORT
                    || hasMore) {
                throw wrongAddress("cannot be " + address);
            }
            this.host = name.startsWith("[") ? name.substring(1, name.length() - 1) : name;
            this.port = number;
        }

        private static ConfigurationException wrongAddress(String fault) {
            return new ConfigurationException(
                    Settings.PROXY_ADDRESS.name() + " " + fault + "; allowed: http://host:port");
        }

        /**
         * Who to be at the proxy.
         *
         * @throws ConfigurationException when the user is empty or holds a colon, or either holds a control character
         */
        public Builder credentials(String user, String password) {
            String first = Settings.PROXY_USER.name();
            String second = Settings.PROXY_PASSWORD.name();
            requirePrintable(first, user);
            requirePrintable(second, password);
            if (user.isEmpty() || user.indexOf(':') >= 0) {
                throw new ConfigurationException(first + " must not be empty or hold a colon");
            }
            this.user = user;
            this.password = password;
            return this;
        }

        private static void requirePrintable(String setting, String value) {
            if (Require.nonNull(setting, value).chars().anyMatch(Character::isISOControl)) {
                throw new ConfigurationException(setting + " must not hold control characters");
            }
        }

        /**
         * Hosts to call directly, beside loopback; none by default. A later call replaces an earlier one.
         *
         * @param hosts names or addresses, exact, or {@code *.suffix} for all names below the suffix, itself not included
         * @throws ConfigurationException when one is anything else
         */
        public Builder direct(List<String> hosts) {
            hosts.forEach(DirectHosts::require);
            this.direct = List.copyOf(hosts);
            return this;
        }

        /** The settings. */
        public ProxySettings build() {
            return new ProxySettings(this);
        }
    }
}
