package io.backstay.internal.endpoint;

import io.backstay.ServiceInstance;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Addresses from environment variables, read once.
 *
 * <p>For {@code user-service} the variables begin with {@code USER_SERVICE} or {@code USER}: {@code …_URL},
 * {@code …_SERVER_URL} and {@code …_SERVICE_URL} hold whole addresses, several of them separated by commas; else
 * {@code …_HOST}, {@code …_PORT} and {@code …_PROTOCOL} hold the parts, each of which falls back to that of the default
 * address. {@code …_PORT} as Kubernetes sets it, {@code tcp://10.0.0.1:8001}, gives host and port at once.
 */
public final class EnvironmentResolver implements EndpointResolver {

    private static final String SERVICE = "_SERVICE";
    private static final List<String> WHOLE = List.of("_URL", "_SERVER_URL", "_SERVICE_URL");

    private final Map<String, String> environment;
    private final Map<String, URI> defaults;

    /** The variables, and the addresses whose parts stand in for what they leave out. */
    public EnvironmentResolver(Map<String, String> environment, Map<String, URI> defaults) {
        this.environment = environment;
        this.defaults = defaults;
    }

    /** The name itself, and it with and without {@code _SERVICE}; the fuller first. */
    public static List<String> prefixes(String service) {
        String name = service.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]+", "_");
        if (name.endsWith(SERVICE) && name.length() > SERVICE.length()) {
            return List.of(name, name.substring(0, name.length() - SERVICE.length()));
        }
        return List.of(name + SERVICE, name);
    }

    @Override
    public Optional<Watch> watch(String service, InstanceListener listener) {
        List<ServiceInstance> instances = instances(service);
        if (instances.isEmpty()) {
            return Optional.empty();
        }
        listener.onInstances(instances);
        return Optional.of(() -> {});
    }

    private List<ServiceInstance> instances(String service) {
        for (String prefix : prefixes(service)) {
            for (String suffix : WHOLE) {
                String text = value(prefix + suffix);
                if (text != null) {
                    return Addresses.all(service, shown(prefix + suffix), text);
                }
            }
        }
        for (String prefix : prefixes(service)) {
            String address = fromParts(prefix, defaults.get(service));
            if (address != null) {
                return List.of(Addresses.one(service, shown(prefix + "_HOST, _PORT and _PROTOCOL"), address));
            }
        }
        return List.of();
    }

    private @Nullable String fromParts(String prefix, @Nullable URI preset) {
        String host = value(prefix + "_HOST");
        String port = value(prefix + "_PORT");
        String protocol = value(prefix + "_PROTOCOL");
        if (port != null && port.contains("://")) {
            URI kubernetes = Addresses.uri(shown(prefix + "_PORT"), port);
            host = host == null ? kubernetes.getHost() : host;
            port = String.valueOf(kubernetes.getPort());
        }
        if (host == null) {
            if (preset == null || (port == null && protocol == null)) {
                return null;
            }
            host = preset.getHost();
        }
        String scheme = protocol != null ? protocol : preset != null ? preset.getScheme() : "http";
        String hostPart = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
        String portPart =
                port != null ? ":" + port : preset != null && preset.getPort() > 0 ? ":" + preset.getPort() : "";
        String path = preset == null || preset.getRawPath() == null ? "" : preset.getRawPath();
        return scheme + "://" + hostPart + portPart + path;
    }

    /** A value that is there and not blank; Compose files set empty ones for "not set". */
    private @Nullable String value(String variable) {
        String text = environment.get(variable);
        return text == null || text.isBlank() ? null : text.trim();
    }

    @Override
    public String toString() {
        return "environment variables";
    }

    private static String shown(String variable) {
        return "the environment's " + variable;
    }
}
