package io.backstay.registry.dns;

import io.backstay.ConfigurationException;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import io.backstay.spi.ProviderContext;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Finds services by DNS: A and AAAA records, or SRV records, which serves the headless services of Kubernetes. An answer is asked for
 * again when its TTL has passed, 1 s to 5 min by default. What was once known stays when DNS answers nothing or fails. Thread-safe.
 *
 * <pre>{@code
 * DnsResolver dns = DnsResolver.builder()
 *         .names(DnsName.hosts("{service}.prod.svc.cluster.local", 8080))
 *         .service("billing", DnsName.services("_https._tcp.billing.example.com").secure())
 *         .build();
 * }</pre>
 */
public final class DnsResolver implements EndpointResolver {

    private final Map<String, DnsName> names;
    private final @Nullable DnsName pattern;
    private final List<RecordKind> addresses;
    private final DnsClient client;
    private final ProviderContext context;
    private final TtlBounds bounds;
    private final Map<String, DnsWatch> watches = new HashMap<>();
    /** Held for the map and for who listens, never while anybody is told or asked. */
    private final ReentrantLock lock = new ReentrantLock();

    private boolean closed;

    private DnsResolver(Builder builder, DnsClient client) {
        this.names = Map.copyOf(builder.names);
        this.pattern = builder.pattern;
        this.addresses = builder.ipv6 ? List.of(RecordKind.A, RecordKind.AAAA) : List.of(RecordKind.A);
        this.client = client;
        this.context = builder.context;
        this.bounds = builder.bounds;
    }

    /** To say what is looked up. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public Optional<Watch> watch(String service, InstanceListener listener) {
        DnsName name = names.getOrDefault(service, pattern);
        if (name == null) {
            return Optional.empty();
        }
        DnsWatch watch;
        boolean isNew = false;
        lock.lock();
        try {
            if (closed) {
                return Optional.empty();
            }
            watch = watches.get(service);
            if (watch == null) {
                List<RecordKind> kinds = name.isSrv() ? List.of(RecordKind.SRV) : addresses;
                watch = new DnsWatch(service, name, kinds, client, context, bounds);
                watches.put(service, watch);
                isNew = true;
            }
            watch.add(listener);
        } finally {
            lock.unlock();
        }
        watch.tellWhatIsKnown(listener);
        if (isNew) {
            watch.ask();
        }
        CompletionStage<Void> answered = watch.whenAnswered();
        return Optional.of(new Watch() {
            @Override
            public void close() {
                forget(service, listener);
            }

            @Override
            public CompletionStage<Void> whenKnown() {
                return answered;
            }
        });
    }

    private void forget(String service, InstanceListener listener) {
        DnsWatch unused = null;
        lock.lock();
        try {
            DnsWatch watch = watches.get(service);
            if (watch != null && !watch.forget(listener)) {
                unused = watches.remove(service);
            }
        } finally {
            lock.unlock();
        }
        if (unused != null) {
            unused.close();
        }
    }

    @Override
    public void close() {
        List<DnsWatch> all;
        lock.lock();
        try {
            closed = true;
            all = List.copyOf(watches.values());
            watches.clear();
        } finally {
            lock.unlock();
        }
        all.forEach(DnsWatch::close);
    }

    @Override
    public String toString() {
        return "DNS " + names.values() + (pattern == null ? "" : " " + pattern);
    }

    /** Builds a {@link DnsResolver}. Not thread-safe. */
    public static final class Builder {

        private final Map<String, DnsName> names = new HashMap<>();
        private final List<InetSocketAddress> servers = new ArrayList<>();
        private @Nullable DnsName pattern;
        private boolean ipv6 = !Boolean.getBoolean("java.net.preferIPv4Stack");
        private TtlBounds bounds = TtlBounds.STANDARD;
        private Duration timeout = Duration.ofSeconds(2);
        private ProviderContext context = ProviderContext.system();

        private Builder() {}

        /** Under which name one service is found. */
        public Builder service(String service, DnsName name) {
            names.put(service, name);
            return this;
        }

        /** Under which name every other service is found; {@code {service}} in it stands for the service's name. */
        public Builder names(DnsName name) {
            this.pattern = name;
            return this;
        }

        /** A server to ask, in place of those that the machine is set up with; the next where one gives no answer. */
        public Builder server(InetSocketAddress address) {
            servers.add(address);
            return this;
        }

        /** Whether AAAA records are asked for; default true, unless {@code java.net.preferIPv4Stack} is. */
        public Builder ipv6(boolean on) {
            this.ipv6 = on;
            return this;
        }

        /**
         * The shortest and the longest time for which an answer is believed, whatever its TTL; default 1 s and 5 min.
         *
         * @throws ConfigurationException unless both are from 100 ms to 1 day
         */
        public Builder ttl(Duration least, Duration most) {
            this.bounds = new TtlBounds(least, most);
            return this;
        }

        /**
         * How long one server has for its answer; default 2 s. Each is asked twice.
         *
         * @throws ConfigurationException unless it is from 10 ms to 1 min
         */
        public Builder timeout(Duration time) {
            if (time.compareTo(Duration.ofMillis(10)) < 0 || time.compareTo(Duration.ofMinutes(1)) > 0) {
                throw new ConfigurationException(
                        "the timeout of DNS cannot be " + time + "; allowed: from 10 ms to 1 min");
            }
            this.timeout = time;
            return this;
        }

        /** Time, delays and chance to run on; default the machine's. */
        public Builder context(ProviderContext context) {
            this.context = context;
            return this;
        }

        /**
         * The resolver. It asks when the first service is watched.
         *
         * @throws ConfigurationException when dnsjava is not on the class path
         */
        public DnsResolver build() {
            try {
                return build(new DnsJavaClient(servers, timeout, context.workers()));
            } catch (NoClassDefFoundError absent) {
                throw new ConfigurationException("DNS needs dnsjava: add dnsjava:dnsjava to the class path", absent);
            }
        }

        DnsResolver build(DnsClient client) {
            return new DnsResolver(this, client);
        }
    }
}
