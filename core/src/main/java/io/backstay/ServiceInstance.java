package io.backstay;

import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One running copy of a service and where it listens. Immutable; two are equal when they are of one service and at one
 * base address.
 */
public final class ServiceInstance {

    private final String service;
    private final URI baseUri;
    private final String address;

    private ServiceInstance(String service, URI baseUri) {
        this.service = service;
        this.baseUri = baseUri;
        this.address = baseUri.getRawAuthority();
    }

    /**
     * An instance at a base address.
     *
     * @param baseUri {@code http} or {@code https}, a host, and by choice a port and a path; a slash at its end is dropped
     * @throws ConfigurationException when it is anything else
     */
    public static ServiceInstance of(String service, URI baseUri) {
        Require.name("service", service);
        Require.nonNull("the address of " + service, baseUri);
        String scheme = baseUri.getScheme();
        String authority = baseUri.getRawAuthority();
        if (authority != null && authority.contains("@")) {
            throw invalid(service, baseUri, "it holds a user's name or password, which do not belong there");
        }
        if (scheme == null || !(scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))) {
            throw invalid(service, baseUri, "its scheme must be http or https, as in http://host:8080");
        }
        if (baseUri.getHost() == null) {
            throw invalid(service, baseUri, "it has no host that can be read, as in http://host:8080");
        }
        if (baseUri.getRawQuery() != null || baseUri.getRawFragment() != null) {
            throw invalid(service, baseUri, "it must not have a query or a fragment");
        }
        if (baseUri.getPort() == 0 || baseUri.getPort() > 65_535) {
            throw invalid(service, baseUri, "its port must be from 1 to 65535");
        }
        String path = baseUri.getRawPath() == null ? "" : baseUri.getRawPath().replaceAll("/+$", "");
        return new ServiceInstance(
                service, URI.create(scheme.toLowerCase(Locale.ROOT) + "://" + baseUri.getRawAuthority() + path));
    }

    /** Shows of the address what cannot be a secret. */
    private static ConfigurationException invalid(String service, URI baseUri, String problem) {
        String shown = baseUri.getScheme() + "://"
                + (baseUri.getHost() == null ? "…" : baseUri.getHost())
                + (baseUri.getPort() < 0 ? "" : ":" + baseUri.getPort());
        return new ConfigurationException("the address of " + service + ", " + shown + ", cannot be used: " + problem);
    }

    /** The name of the service. */
    public String service() {
        return service;
    }

    /** Scheme, host, port and base path, without a slash at the end. */
    public URI baseUri() {
        return baseUri;
    }

    /** Host and, where told, port: what logs and failures call this instance. */
    public String address() {
        return address;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ServiceInstance that && service.equals(that.service) && baseUri.equals(that.baseUri);
    }

    @Override
    public int hashCode() {
        return 31 * service.hashCode() + baseUri.hashCode();
    }

    @Override
    public String toString() {
        return service + " at " + baseUri;
    }
}
