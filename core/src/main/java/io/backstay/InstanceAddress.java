package io.backstay;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Checks a base address given as one; a refusal shows of it what cannot be a secret. */
final class InstanceAddress {

    private InstanceAddress() {}

    static void check(String service, @Nullable URI given) {
        URI uri = Require.nonNull("the address of " + service, given);
        String problem = problem(uri);
        if (problem != null) {
            String shown = uri.getScheme() + "://"
                    + (uri.getHost() == null ? "…" : uri.getHost())
                    + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
            throw new ConfigurationException(
                    "the address of " + service + ", " + shown + ", cannot be used: " + problem);
        }
    }

    private static @Nullable String problem(URI uri) {
        String scheme = uri.getScheme();
        String authority = uri.getRawAuthority();
        if (authority != null && authority.contains("@")) {
            return "it holds a user's name or password, which do not belong there";
        }
        if (scheme == null || !(scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))) {
            return "its scheme must be http or https, as in http://host:8080";
        }
        if (uri.getHost() == null) {
            return "it has no host that can be read, as in http://host:8080";
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            return "it must not have a query or a fragment";
        }
        return uri.getPort() == 0 || uri.getPort() > InstanceFields.MAX_PORT
                ? "its port must be from 1 to " + InstanceFields.MAX_PORT
                : null;
    }
}
