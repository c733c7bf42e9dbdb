package io.backstay.http.jdk;

import io.backstay.ProxySettings;
import io.backstay.ServiceInstance;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a proxy is told of who calls through it: with the request itself, not by an {@link java.net.Authenticator}. With one
 * the client would answer for servers too (a 401 becomes an {@code IOException}), and would send each first request twice.
 * The client itself keeps the field from everybody but the proxy: it goes into the CONNECT and not into the tunnel.
 */
final class ProxyPassword {

    static final String FIELD = "Proxy-Authorization";

    /** Schemes, separated by commas, that the client does not use for tunnels; Basic, unless the JVM is told otherwise. */
    static final String WITHHELD_FROM_TUNNELS = "jdk.http.auth.tunneling.disabledSchemes";

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.transport");

    private ProxyPassword() {}

    /** The value of the field for a request to this instance, if it goes through the proxy. A secret. */
    static Optional<String> forRequestTo(ServiceInstance instance, ProxySettings proxy) {
        return proxy.appliesTo(instance.baseUri().getHost()) ? proxy.authorization() : Optional.empty();
    }

    /** Says once, when a transport is built, that the client will withhold the password from tunnels, if it will. */
    static void warnIfWithheld(ProxySettings proxy, @Nullable String withheld) {
        if (proxy.user().isPresent() && (withheld == null || namesBasic(withheld))) {
            LOG.warn(
                    "{}: the JDK's client does not authenticate tunnels for https by Basic; start the JVM with -D{}=\"\"",
                    proxy,
                    WITHHELD_FROM_TUNNELS);
        }
    }

    private static boolean namesBasic(String schemes) {
        return Arrays.stream(schemes.split(","))
                .anyMatch(scheme -> scheme.trim().equalsIgnoreCase("Basic"));
    }
}
