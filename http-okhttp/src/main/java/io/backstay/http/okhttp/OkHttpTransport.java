package io.backstay.http.okhttp;

import io.backstay.ConfigurationException;
import io.backstay.ProxySettings;
import io.backstay.TlsSettings;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RunningCalls;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.Waiter;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Executor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * A transport over {@link OkHttpClient}. Thread-safe.
 *
 * <p>It sends no request twice. While it connects it tries the other addresses of a host, since nothing has been sent by
 * then. A client that was handed in stays open, its connection pool and its dispatcher too; what of it does not hold here
 * is listed at {@link Builder#client}.
 */
public final class OkHttpTransport implements HttpTransport {

    private final OkHttpClient client;
    private final boolean ownsClient;
    private final Executor workers;
    private final Waiter waiter;
    private final DelayScheduler scheduler;
    private final RunningCalls running;
    private final Addresses addresses = new Addresses();

    private OkHttpTransport(Builder builder, ProviderContext context) {
        this.ownsClient = builder.client == null;
        this.workers = context.workers();
        this.waiter = context.waiter();
        this.scheduler = context.scheduler();
        this.running = new RunningCalls(context);
        this.client = Clients.derive(builder);
    }

    /** A builder of a transport with a client of its own, connect timeout 2 s. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public Set<Capability> capabilities() {
        boolean http2 = client.protocols().contains(Protocol.HTTP_2)
                || client.protocols().contains(Protocol.H2_PRIOR_KNOWLEDGE);
        return http2 ? EnumSet.of(Capability.HTTP_2) : EnumSet.noneOf(Capability.class);
    }

    @Override
    public TransportCall newCall(TransportRequest request) {
        return new OkHttpTransportCall(this, request);
    }

    OkHttpClient client() {
        return client;
    }

    Addresses addresses() {
        return addresses;
    }

    Executor workers() {
        return workers;
    }

    Waiter waiter() {
        return waiter;
    }

    DelayScheduler scheduler() {
        return scheduler;
    }

    /** Whether the exchange may begin; if so, closing will cancel it. */
    boolean add(OkHttpTransportCall call) {
        return running.add(call);
    }

    void remove(OkHttpTransportCall call) {
        running.remove(call);
        if (running.isClosed()) {
            evict();
        }
    }

    long deadline(TransportRequest request) {
        return running.deadlineAfter(request.timeoutNanos());
    }

    /** How many exchanges have not ended. */
    int running() {
        return running.size();
    }

    /**
     * Cancels what runs and closes the connections of a client made here. What OkHttp shares among all clients of the
     * process, two daemon threads, ends by itself after a minute without work.
     */
    @Override
    public void close() {
        running.close();
        evict();
    }

    private void evict() {
        if (ownsClient) {
            client.connectionPool().evictAll();
        }
    }

    @Override
    public String toString() {
        return "HTTP by OkHttp";
    }

    /** What a transport is made of. Not thread-safe. */
    public static final class Builder {

        private static final int MOST_IDLE = 100_000;
        private static final Duration LONGEST_KEEP_ALIVE = Duration.ofDays(1);

        Duration connectTimeout = Duration.ofSeconds(2);

        /** OkHttp keeps 5 for all hosts together, too few for services that call each other. */
        int idleConnections = 256;

        /** As the JDK's client from JDK 20 on; OkHttp keeps them for 5 min, longer than many servers. */
        Duration keepAlive = Duration.ofSeconds(30);

        @Nullable
        OkHttpClient client;

        @Nullable
        TlsSettings tls;

        @Nullable
        ProxySettings proxy;

        private Builder() {}

        /**
         * How long a new connection to one address may take to come about, within the request's own timeout; 2 s by default.
         * What follows on it, a proxy's tunnel and the TLS handshake, ends by the request's timeout alone. Counted in
         * milliseconds, at least one. Of no effect on a client that is handed in, which has its own.
         *
         * @throws ConfigurationException when it is zero or less, or longer than OkHttp can count
         */
        public Builder connectTimeout(Duration timeout) {
            requireRange(
                    OkHttpTransportProvider.CONNECT_TIMEOUT, timeout, Duration.ofMillis(Integer.MAX_VALUE), "24 days");
            this.connectTimeout = atLeastOneMilli(timeout);
            return this;
        }

        /**
         * How many connections without an exchange are kept for the next one, of all hosts together; 256 by default. Of no
         * effect on a client that is handed in.
         *
         * @throws ConfigurationException when it is less than zero or more than 100,000
         */
        public Builder idleConnections(int most) {
            if (most < 0 || most > MOST_IDLE) {
                throw new ConfigurationException(OkHttpTransportProvider.IDLE_CONNECTIONS + " cannot be " + most
                        + "; allowed: 0 to " + MOST_IDLE);
            }
            this.idleConnections = most;
            return this;
        }

        /**
         * How long such a connection is kept; 30 s by default. Should be less than the servers keep theirs. Of no effect on a
         * client that is handed in.
         *
         * @throws ConfigurationException when it is zero or less, or longer than a day
         */
        public Builder keepAlive(Duration time) {
            requireRange(OkHttpTransportProvider.KEEP_ALIVE, time, LONGEST_KEEP_ALIVE, "a day");
            this.keepAlive = atLeastOneMilli(time);
            return this;
        }

        private static void requireRange(String setting, Duration value, Duration longest, String words) {
            if (value.isZero() || value.isNegative() || value.compareTo(longest) > 0) {
                throw new ConfigurationException(
                        setting + " cannot be " + value + "; allowed: more than zero, and " + words + " at most");
            }
        }

        private static Duration atLeastOneMilli(Duration value) {
            Duration least = Duration.ofMillis(1);
            return value.compareTo(least) < 0 ? least : value;
        }

        /**
         * Whom to trust and who to be over TLS; the JVM's trust and nobody by default, or what a client that is handed in has.
         */
        public Builder tls(TlsSettings settings) {
            this.tls = settings;
            return this;
        }

        /**
         * The proxy to call through, in place of the JVM's own settings or of those of a client that is handed in. A user is
         * shown to it at once, and to nobody else.
         */
        public Builder proxy(ProxySettings settings) {
            this.proxy = settings;
            return this;
        }

        /**
         * A client set up by the user. It stays the user's to close. Not used itself: a client derived from it shares its
         * pool and dispatcher, and keeps everything but these. It does not follow redirects, send again or authenticate, has
         * no cache, no cookies and no timeout but that for connecting, and makes its sockets by channels, unless the client
         * has a socket factory of its own; connections over TLS are not shared with the client's own calls. The client's
         * limits on asynchronous calls do not apply.
         */
        public Builder client(OkHttpClient client) {
            this.client = client;
            return this;
        }

        /** The transport, with threads of the machine. */
        public OkHttpTransport build() {
            return build(ProviderContext.system());
        }

        /** The transport, with the threads that it is lent. Settings are not read here: the provider does that. */
        public OkHttpTransport build(ProviderContext context) {
            return new OkHttpTransport(this, context);
        }
    }
}
