package io.backstay.registry.dns;

import io.backstay.ConfigurationException;
import io.backstay.Setting;
import io.backstay.spi.ProviderContext;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Every setting of DNS, in one place. In the settings their names begin with {@code backstay.dns.}. */
public final class DnsSettings {

    private static final int MOST_PORT = 65_535;
    private static final int PORT_OF_DNS = 53;

    /** Under which name services are found. */
    public static final Setting<String> NAME = Setting.of(
            "name",
            String.class,
            "",
            "Under which name every service is found, {service} standing for the service's; DNS is asked only where this is set.");

    /** What is looked up. */
    public static final Setting<DnsLookup> LOOKUP = Setting.of(
            "lookup", DnsLookup.class, DnsLookup.HOSTS, "Whether addresses (A, AAAA) or SRV records are looked up.");

    /** The port of addresses. */
    public static final Setting<Integer> PORT = Setting.ranged(
            "port",
            Integer.class,
            80,
            1,
            MOST_PORT,
            "Where what is found by its address listens; SRV tells it itself.");

    /** Whether what is found is called by https. */
    public static final Setting<Boolean> SECURE =
            Setting.of("secure", Boolean.class, false, "Whether what is found is called by https.");

    /** The servers to ask. */
    public static final Setting<String> SERVERS = Setting.of(
            "servers",
            String.class,
            "",
            "The servers to ask, as 10.0.0.10 or 10.0.0.10:53, separated by commas; those of the machine where this is not set.");

    static final String PREFIX = "backstay.dns.";

    private DnsSettings() {}

    /** All of them. */
    public static List<Setting<?>> all() {
        return List.of(NAME, LOOKUP, PORT, SECURE, SERVERS);
    }

    private static <T> Optional<T> find(ProviderContext context, Setting<T> setting) {
        String name = PREFIX + setting.name();
        return context.setting(name).map(text -> setting.parse(name, text));
    }

    private static <T> T get(ProviderContext context, Setting<T> setting) {
        return find(context, setting).orElse(setting.defaultValue());
    }

    /** The resolver that the settings describe; nothing where they describe none. */
    static Optional<DnsResolver> resolver(ProviderContext context) {
        String name = get(context, NAME);
        if (name.isEmpty()) {
            return Optional.empty();
        }
        DnsName names = get(context, LOOKUP) == DnsLookup.SRV
                ? DnsName.services(name)
                : DnsName.hosts(name, get(context, PORT));
        DnsResolver.Builder builder =
                DnsResolver.builder().context(context).names(get(context, SECURE) ? names.secure() : names);
        servers(get(context, SERVERS)).forEach(builder::server);
        return Optional.of(builder.build());
    }

    private static List<InetSocketAddress> servers(String text) {
        List<InetSocketAddress> servers = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            String server = part.trim();
            if (!server.isEmpty()) {
                servers.add(server(server));
            }
        }
        return servers;
    }

    /** An address of IPv6 with a port is in brackets. */
    private static InetSocketAddress server(String text) {
        boolean hasPort = text.startsWith("[")
                ? text.contains("]:")
                : text.indexOf(':') == text.lastIndexOf(':') && text.contains(":");
        int colon = text.lastIndexOf(':');
        String host = hasPort ? text.substring(0, colon) : text;
        try {
            int port = hasPort ? Integer.parseInt(text.substring(colon + 1)) : PORT_OF_DNS;
            return new InetSocketAddress(host, port);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(
                    PREFIX + SERVERS.name() + " cannot hold " + text
                            + "; allowed: an address as 10.0.0.10 or 10.0.0.10:53",
                    e);
        }
    }
}
