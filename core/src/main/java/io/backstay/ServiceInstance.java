package io.backstay;

import java.net.URI;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One running copy of a service: where it listens, what it is, how it stands. Immutable.
 *
 * <p>Two are equal when they are the same running copy: of one service, with the same id, at one base address. What may change while it
 * runs does not count: weight, status, version, tags, capabilities, metadata; {@link #hasSameStateAs} compares that too. So what is learned
 * of an instance outlives a change of its weight, and whoever comes back at an old address under a new id begins anew.
 */
public final class ServiceInstance {

    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;
    private static final int UNTOLD = 0;

    private final String service;
    private final @Nullable String id;
    private final String host;
    private final int port;
    private final boolean secure;
    private final String basePath;
    private final @Nullable String type;
    private final double weight;
    private final @Nullable String zone;
    private final @Nullable String region;
    private final @Nullable String version;
    private final Set<String> tags;
    private final Set<String> capabilities;
    private final Map<String, String> metadata;
    private final InstanceStatus status;
    /** Made when first asked for, since a registry knows thousands that it never calls. */
    private volatile @Nullable URI baseUri;

    private ServiceInstance(Builder builder) {
        this.service = builder.service;
        this.host = builder.host;
        this.port = builder.port;
        this.secure = builder.secure;
        this.basePath = builder.basePath;
        this.type = builder.type;
        this.weight = builder.weight;
        this.zone = builder.zone;
        this.region = builder.region;
        this.version = builder.version;
        this.tags = builder.tags;
        this.capabilities = builder.capabilities;
        this.metadata = builder.metadata;
        this.status = builder.status;
        this.id = builder.id != null && builder.id.equals(base()) ? null : builder.id;
    }

    /**
     * An instance at a base address.
     *
     * @param baseUri {@code http} or {@code https}, a host, and by choice a port and a path; a slash at its end is dropped
     * @throws ConfigurationException when it is anything else
     */
    public static ServiceInstance of(String service, URI baseUri) {
        return builder(service).address(baseUri).build();
    }

    /** Starts from nothing but the service's name; an address must follow. */
    public static Builder builder(String service) {
        return new Builder(InstanceFields.text("service", service, InstanceFields.MAX_NAME));
    }

    /** Starts from this instance. */
    public Builder toBuilder() {
        Builder builder = new Builder(service);
        builder.id = id;
        builder.host = host;
        builder.port = port;
        builder.secure = secure;
        builder.basePath = basePath;
        builder.type = type;
        builder.weight = weight;
        builder.zone = zone;
        builder.region = region;
        builder.version = version;
        builder.tags = tags;
        builder.capabilities = capabilities;
        builder.metadata = metadata;
        builder.status = status;
        return builder;
    }

    /** The same instance, as it stands now. */
    public ServiceInstance withStatus(InstanceStatus now) {
        return now == status ? this : toBuilder().status(now).build();
    }

    /** The name of the service. */
    public String service() {
        return service;
    }

    /**
     * What tells this copy from one that ran before it at the same address; by default the base address itself. To name that is the same as
     * to name none.
     */
    public String id() {
        return id != null ? id : base();
    }

    /** What kind of service it is, as its registration says. */
    public Optional<String> type() {
        return Optional.ofNullable(type);
    }

    /** The host: a name, or an address of IP, that of IPv6 in brackets. */
    public String host() {
        return host;
    }

    /** The port; where none was told, that of the scheme. */
    public int port() {
        return port != UNTOLD ? port : secure ? HTTPS_PORT : HTTP_PORT;
    }

    /** Whether it is called by https. */
    public boolean secure() {
        return secure;
    }

    /** What all its paths begin with, encoded, without a slash at its end; empty where there is nothing. */
    public String basePath() {
        return basePath;
    }

    /** How many calls it gets beside others; default 1. With 0 it gets none while any other is left. */
    public double weight() {
        return weight;
    }

    /** The zone it runs in. */
    public Optional<String> zone() {
        return Optional.ofNullable(zone);
    }

    /** The region it runs in. */
    public Optional<String> region() {
        return Optional.ofNullable(region);
    }

    /** The version of what runs there. */
    public Optional<String> version() {
        return Optional.ofNullable(version);
    }

    /** Words by which it is found, as its registration says. */
    public Set<String> tags() {
        return tags;
    }

    /** What it can do, as its registration says. */
    public Set<String> capabilities() {
        return capabilities;
    }

    /** Whatever else its registration says. Never shown by {@link #toString}. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** How it stands; default {@link InstanceStatus#UP}. */
    public InstanceStatus status() {
        return status;
    }

    /** Scheme, host, port and base path, without a slash at the end. */
    public URI baseUri() {
        URI known = baseUri;
        if (known == null) {
            known = URI.create(base());
            baseUri = known;
        }
        return known;
    }

    private String base() {
        return (secure ? "https://" : "http://") + address() + basePath;
    }

    /** Host and, where told, port: what logs and failures call this instance. */
    public String address() {
        return port == UNTOLD ? host : host + ":" + port;
    }

    /** Whether nothing at all differs. */
    public boolean hasSameStateAs(ServiceInstance other) {
        return equals(other)
                && Double.compare(weight, other.weight) == 0
                && status == other.status
                && Objects.equals(type, other.type)
                && Objects.equals(zone, other.zone)
                && Objects.equals(region, other.region)
                && Objects.equals(version, other.version)
                && tags.equals(other.tags)
                && capabilities.equals(other.capabilities)
                && metadata.equals(other.metadata);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof ServiceInstance that
                        && port() == that.port()
                        && secure == that.secure
                        && host.equals(that.host)
                        && service.equals(that.service)
                        && Objects.equals(id, that.id)
                        && basePath.equals(that.basePath));
    }

    @Override
    public int hashCode() {
        return 31 * (31 * service.hashCode() + Objects.hashCode(id)) + 31 * host.hashCode() + port();
    }

    @Override
    public String toString() {
        return service + " at " + base() + (id == null ? "" : " (" + id + ")")
                + (status == InstanceStatus.UP ? "" : ", " + status);
    }

    /** Builds a {@link ServiceInstance}. Not thread-safe. What cannot be is refused at once, with the field's name. */
    public static final class Builder {

        private final String service;
        private @Nullable String id;
        private String host = "";
        private int port = UNTOLD;
        private boolean secure;
        private String basePath = "";
        private @Nullable String type;
        private double weight = 1;
        private @Nullable String zone;
        private @Nullable String region;
        private @Nullable String version;
        private Set<String> tags = Set.of();
        private Set<String> capabilities = Set.of();
        private Map<String, String> metadata = Map.of();
        private InstanceStatus status = InstanceStatus.UP;

        private Builder(String service) {
            this.service = service;
        }

        /** Scheme, host, port and base path at once, as {@link ServiceInstance#of} takes them. */
        public Builder address(URI baseUri) {
            InstanceAddress.check(service, baseUri);
            this.secure = baseUri.getScheme().equalsIgnoreCase("https");
            this.host = InstanceFields.host(baseUri.getHost());
            this.port = baseUri.getPort() < 0 ? UNTOLD : baseUri.getPort();
            this.basePath = InstanceFields.basePath(baseUri.getRawPath());
            return this;
        }

        /** What tells this copy from others; up to 255 characters. */
        public Builder id(String id) {
            this.id = InstanceFields.text("id", id, InstanceFields.MAX_NAME);
            return this;
        }

        /** A name or an address of IP; up to 255 characters. */
        public Builder host(String host) {
            this.host = InstanceFields.host(host);
            return this;
        }

        /** From 1 to 65,535; default that of the scheme. */
        public Builder port(int port) {
            this.port = InstanceFields.port(port);
            return this;
        }

        /** Whether it is called by https; default false. */
        public Builder secure(boolean on) {
            this.secure = on;
            return this;
        }

        /** What all paths begin with; up to 1,024 characters, default empty. */
        public Builder basePath(String path) {
            this.basePath = InstanceFields.basePath(path);
            return this;
        }

        /** What kind of service it is; up to 128 characters. */
        public Builder type(String type) {
            this.type = InstanceFields.text("type", type, InstanceFields.MAX_LABEL);
            return this;
        }

        /** How many calls it gets beside others; 0 to 1,000,000, default 1. */
        public Builder weight(double weight) {
            this.weight = InstanceFields.weight(weight);
            return this;
        }

        /** The zone it runs in; up to 128 characters. */
        public Builder zone(String zone) {
            this.zone = InstanceFields.text("zone", zone, InstanceFields.MAX_LABEL);
            return this;
        }

        /** The region it runs in; up to 128 characters. */
        public Builder region(String region) {
            this.region = InstanceFields.text("region", region, InstanceFields.MAX_LABEL);
            return this;
        }

        /** The version of what runs there; up to 128 characters. */
        public Builder version(String version) {
            this.version = InstanceFields.text("version", version, InstanceFields.MAX_LABEL);
            return this;
        }

        /** Words by which it is found; up to 64, of up to 128 characters each. */
        public Builder tags(Collection<String> all) {
            this.tags = InstanceFields.labels("tags", all);
            return this;
        }

        /** What it can do; up to 64, of up to 128 characters each. */
        public Builder capabilities(Collection<String> all) {
            this.capabilities = InstanceFields.labels("capabilities", all);
            return this;
        }

        /** Whatever else there is to say; up to 8 KiB, keys included. Not for secrets. */
        public Builder metadata(Map<String, String> all) {
            this.metadata = InstanceFields.metadata(all);
            return this;
        }

        /** How it stands; default {@link InstanceStatus#UP}. */
        public Builder status(InstanceStatus status) {
            this.status = Require.nonNull("status", status);
            return this;
        }

        /**
         * The instance.
         *
         * @throws ConfigurationException when it was given no address
         */
        public ServiceInstance build() {
            if (host.isEmpty()) {
                throw InstanceFields.invalid("host", "must be given");
            }
            return new ServiceInstance(this);
        }
    }
}
