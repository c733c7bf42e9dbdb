package io.backstay.registry;

import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is looked for among all instances that are known: each condition narrows it. Immutable; keep one that is used often, since
 * asking with it again costs next to nothing.
 *
 * <pre>{@code
 * ServiceQuery search = ServiceQuery.any().withCapability("search").withVersion("[1.2,2.0)").onlyUp();
 * }</pre>
 */
public final class ServiceQuery {

    private static final ServiceQuery ANY = new ServiceQuery(new Parts());

    private final Parts parts;
    private final int hash;
    private final boolean all;

    /** The conditions; not changed once it is in a query. */
    private static final class Parts implements Cloneable {
        private @Nullable String service;
        private @Nullable String type;
        private @Nullable String region;
        private @Nullable String zone;
        private @Nullable VersionRule version;
        private Set<String> tags = Set.of();
        private Set<String> capabilities = Set.of();
        private Set<InstanceStatus> statuses = EnumSet.allOf(InstanceStatus.class);

        Parts copy() {
            try {
                return (Parts) clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }

        boolean matches(ServiceInstance instance) {
            return is(service, instance.service())
                    && (type == null || is(type, instance.type()))
                    && (region == null || is(region, instance.region()))
                    && (zone == null || is(zone, instance.zone()))
                    && (version == null
                            || instance.version().filter(version::matches).isPresent())
                    && statuses.contains(instance.status())
                    && instance.tags().containsAll(tags)
                    && instance.capabilities().containsAll(capabilities);
        }

        private static boolean is(@Nullable String wanted, String told) {
            return wanted == null || wanted.equals(told);
        }

        private static boolean is(String wanted, Optional<String> told) {
            return told.isPresent() && wanted.equals(told.get());
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Parts that
                    && Objects.equals(service, that.service)
                    && Objects.equals(type, that.type)
                    && Objects.equals(region, that.region)
                    && Objects.equals(zone, that.zone)
                    && Objects.equals(version, that.version)
                    && tags.equals(that.tags)
                    && capabilities.equals(that.capabilities)
                    && statuses.equals(that.statuses);
        }

        @Override
        public int hashCode() {
            return Objects.hash(service, type, region, zone, version, tags, capabilities, statuses);
        }
    }

    private ServiceQuery(Parts parts) {
        this.parts = parts;
        this.hash = parts.hashCode();
        Parts name = new Parts();
        name.service = parts.service;
        this.all = name.equals(parts);
    }

    /** All instances of all services. */
    public static ServiceQuery any() {
        return ANY;
    }

    /** All instances of a service. */
    public static ServiceQuery service(String name) {
        Parts parts = new Parts();
        parts.service = name;
        return new ServiceQuery(parts);
    }

    /** Only of services of this type. */
    public ServiceQuery withType(String type) {
        Parts next = parts.copy();
        next.type = type;
        return new ServiceQuery(next);
    }

    /** Only those with this tag, besides others asked for. */
    public ServiceQuery withTag(String tag) {
        Parts next = parts.copy();
        next.tags = with(parts.tags, tag);
        return new ServiceQuery(next);
    }

    /** Only those that can do this, besides what else is asked for. */
    public ServiceQuery withCapability(String capability) {
        Parts next = parts.copy();
        next.capabilities = with(parts.capabilities, capability);
        return new ServiceQuery(next);
    }

    /**
     * Only those of some versions: {@code 1.4.2} is that one, {@code 1.4.*} all that begin so, {@code [1.2,2.0)} a range whose ends belong
     * to it with square brackets and do not with round ones; either end may be left out. Those without a version do not match.
     *
     * @throws io.backstay.ConfigurationException when the text is none of these
     */
    public ServiceQuery withVersion(String versions) {
        Parts next = parts.copy();
        next.version = VersionRule.parse(versions);
        return new ServiceQuery(next);
    }

    /** Only in this region. */
    public ServiceQuery inRegion(String region) {
        Parts next = parts.copy();
        next.region = region;
        return new ServiceQuery(next);
    }

    /** Only in this zone. */
    public ServiceQuery inZone(String zone) {
        Parts next = parts.copy();
        next.zone = zone;
        return new ServiceQuery(next);
    }

    /** Only those against which nothing speaks. */
    public ServiceQuery onlyUp() {
        return withStatus(InstanceStatus.UP);
    }

    /** Only those that stand in one of these ways. */
    public ServiceQuery withStatus(InstanceStatus first, InstanceStatus... more) {
        Parts next = parts.copy();
        next.statuses = EnumSet.of(first, more);
        return new ServiceQuery(next);
    }

    /** The one service it asks for; nothing when it asks all. */
    public Optional<String> service() {
        return Optional.ofNullable(parts.service);
    }

    /** Whether an instance is one of those looked for. */
    public boolean matches(ServiceInstance instance) {
        return parts.matches(instance);
    }

    private static Set<String> with(Set<String> present, String more) {
        Set<String> all = new TreeSet<>(present);
        all.add(more);
        return Set.copyOf(all);
    }

    /** Whether nothing narrows it beyond the service. */
    boolean asksForAll() {
        return all;
    }

    @Nullable
    String serviceOrNull() {
        return parts.service;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || (other instanceof ServiceQuery that && hash == that.hash && parts.equals(that.parts));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(parts.service == null ? "any service" : parts.service);
        append(text, "type", parts.type);
        append(text, "version", parts.version);
        append(text, "region", parts.region);
        append(text, "zone", parts.zone);
        append(text, "tags", parts.tags.isEmpty() ? null : parts.tags);
        append(text, "capabilities", parts.capabilities.isEmpty() ? null : parts.capabilities);
        append(text, "status", parts.statuses.size() == InstanceStatus.values().length ? null : parts.statuses);
        return text.toString();
    }

    private static void append(StringBuilder text, String name, @Nullable Object value) {
        if (value != null) {
            text.append(", ").append(name).append(' ').append(value);
        }
    }
}
