package io.backstay.store.redis;

import io.backstay.ConfigurationException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads an {@link Address}. No message shows the text, in which a password may stand.
 */
final class AddressParser {

    private static final Pattern URI = Pattern.compile(
            "(?<tls>rediss?)(?<kind>-sentinel|-cluster)?://(?:(?<who>[^/#]*)@)?(?<nodes>[^/#?@]+)(?:/(?<path>[^#?]*))?(?:#(?<name>[^#]*))?");
    private static final Pattern NODE =
            Pattern.compile("(?:\\[(?<v6>[0-9A-Fa-f:.%]+)]|(?<host>[A-Za-z0-9_.-]+))(?::(?<port>[0-9]{1,5}))?");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");

    private static final int REDIS_PORT = 6_379;
    private static final int SENTINEL_PORT = 26_379;
    private static final int MOST_DATABASES = 16_384;

    private final String setting;

    private AddressParser(String setting) {
        this.setting = setting;
    }

    /** @throws ConfigurationException when the text is none, with the setting's name */
    static Address parse(String setting, String text) {
        return new AddressParser(setting).parse(text.trim());
    }

    private Address parse(String text) {
        Matcher uri = URI.matcher(text);
        if (!uri.matches()) {
            throw refused("it is no address of a Redis");
        }
        String suffix = uri.group("kind");
        Address.Kind kind = suffix == null
                ? Address.Kind.STANDALONE
                : suffix.equals("-sentinel") ? Address.Kind.SENTINEL : Address.Kind.CLUSTER;
        List<Node> nodes = nodes(uri.group("nodes"), kind == Address.Kind.SENTINEL ? SENTINEL_PORT : REDIS_PORT);
        if (kind == Address.Kind.STANDALONE && nodes.size() > 1) {
            throw refused("it names several servers and is neither redis-sentinel:// nor redis-cluster://");
        }
        String name = uri.group("name");
        if (kind == Address.Kind.SENTINEL
                && (name == null || !NAME.matcher(name).matches())) {
            throw refused("the name of the primary must follow, as in redis-sentinel://host:26379#mymaster");
        }
        if (kind != Address.Kind.SENTINEL && name != null) {
            throw refused("a name behind # is for redis-sentinel:// alone");
        }
        String who = uri.group("who");
        int colon = who == null ? -1 : who.indexOf(':');
        // As others read it: what stands alone is the password.
        String user = who == null || colon < 0 ? "" : who.substring(0, colon);
        String password = who == null ? "" : who.substring(colon + 1);
        return new Address(
                kind,
                uri.group("tls").equals("rediss"),
                nodes,
                name,
                database(kind, uri.group("path")),
                decoded(user),
                decoded(password));
    }

    private List<Node> nodes(String text, int port) {
        List<Node> nodes = new ArrayList<>();
        for (String each : text.split(",", -1)) {
            Matcher node = NODE.matcher(each.trim());
            if (!node.matches()) {
                throw refused("a host must be a name or an address, followed by :port or nothing");
            }
            String host = node.group("v6") == null ? node.group("host") : node.group("v6");
            int own = node.group("port") == null ? port : Integer.parseInt(node.group("port"));
            if (own < 1 || own > 65_535) {
                throw refused("a port must be from 1 to 65535");
            }
            nodes.add(Node.of(host, own));
        }
        return List.copyOf(nodes);
    }

    private int database(Address.Kind kind, @Nullable String path) {
        if (path == null || path.isEmpty()) {
            return 0;
        }
        if (!path.matches("[0-9]{1,5}") || Integer.parseInt(path) >= MOST_DATABASES) {
            throw refused("behind the hosts there may be the number of a database alone");
        }
        int database = Integer.parseInt(path);
        if (kind == Address.Kind.CLUSTER && database != 0) {
            throw refused("a cluster has no database but 0");
        }
        return database;
    }

    private @Nullable String decoded(String text) {
        if (text.isEmpty()) {
            return null;
        }
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // Without the cause, which shows a part of it.
            throw refused("its user or password is not encoded as URIs want it, by % and two digits");
        }
    }

    private ConfigurationException refused(String why) {
        return new ConfigurationException(setting + " cannot be used: " + why
                + "; allowed: redis://host:port, redis-sentinel://host:port,host:port#name or"
                + " redis-cluster://host:port,host:port, over TLS with rediss");
    }
}
