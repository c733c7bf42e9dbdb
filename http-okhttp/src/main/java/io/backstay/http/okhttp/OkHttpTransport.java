package io.backstay.http.okhttp;

import io.backstay.ConfigurationException;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.Waiter;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.Authenticator;
import okhttp3.ConnectionPool;
import okhttp3.CookieJar;
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

    /** OkHttp keeps 5 for all hosts together, too few for services that call each other. */
    private static final int IDLE_CONNECTIONS = 256;

    /** As the JDK's client from JDK 20 on; OkHttp keeps them for 5 min, longer than many servers. */
    private static final int IDLE_SECONDS = 30;

    private final OkHttpClient client;
    private final boolean ownsClient;
    private final Executor workers;
    private final Waiter waiter;
    private final DelayScheduler scheduler;
    private final Set<OkHttpTransportCall> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private OkHttpTransport(Builder builder, ProviderContext context) {
        OkHttpClient given = builder.client;
        this.ownsClient = given == null;
        this.workers = context.workers();
        this.waiter = context.waiter();
        this.scheduler = context.scheduler();
        this.client = underOurRules(given == null ? own(builder) : given.newBuilder());
    }

    private static OkHttpClient.Builder own(Builder builder) {
        return new OkHttpClient.Builder()
                .connectTimeout(builder.connectTimeout)
                .connectionPool(new ConnectionPool(IDLE_CONNECTIONS, IDLE_SECONDS, TimeUnit.SECONDS));
    }

    @SuppressWarnings("ReferenceEquality") // the default factory is one object
    private static OkHttpClient underOurRules(OkHttpClient.Builder builder) {
        OkHttpClient present = builder.build();
        if (present.socketFactory() == SocketFactory.getDefault()) {
            builder.socketFactory(new ChannelSockets());
        }
        X509TrustManager trust = present.x509TrustManager();
        if (trust != null) {
            builder.sslSocketFactory(new LayeredSockets(present.sslSocketFactory()), trust);
        }
        builder.networkInterceptors().add(0, new WireRules());
        return builder.addInterceptor(new FreshConnections())
                .retryOnConnectionFailure(false)
                .followRedirects(false)
                .followSslRedirects(false)
                .cache(null)
                .cookieJar(CookieJar.NO_COOKIES)
                .authenticator(Authenticator.NONE)
                .callTimeout(Duration.ZERO)
                .readTimeout(Duration.ZERO)
                .writeTimeout(Duration.ZERO)
                .build();
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
        running.add(call);
        return !closed;
    }

    void remove(OkHttpTransportCall call) {
        running.remove(call);
        if (closed) {
            evict();
        }
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
        closed = true;
        running.forEach(OkHttpTransportCall::cancel);
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

        private Duration connectTimeout = Duration.ofSeconds(2);
        private @Nullable OkHttpClient client;

        private Builder() {}

        /**
         * How long a new connection to one address may take to come about, its TLS handshake not included, within the
         * request's own timeout; 2 s by default. Counted in milliseconds, at least one. Of no effect on a client that is
         * handed in, which has its own.
         *
         * @throws ConfigurationException when it is zero or less, or longer than OkHttp can count
         */
        public Builder connectTimeout(Duration timeout) {
            if (timeout.isZero()
                    || timeout.isNegative()
                    || timeout.compareTo(Duration.ofMillis(Integer.MAX_VALUE)) > 0) {
                throw new ConfigurationException(OkHttpTransportProvider.CONNECT_TIMEOUT + " cannot be " + timeout
                        + "; allowed: more than zero, and 24 days at most");
            }
            this.connectTimeout = timeout.compareTo(Duration.ofMillis(1)) < 0 ? Duration.ofMillis(1) : timeout;
            return this;
        }

        /**
         * A client set up by the user: for its proxy, its TLS settings, its connection pool. It stays the user's to close.
         * Not used itself: a client derived from it shares its pool and dispatcher, and keeps everything but these. It does
         * not follow redirects, send again or authenticate, has no cache, no cookies and no timeout but that for
         * connecting, and makes its sockets by channels, unless the client has a socket factory of its own. The
         * client's limits on asynchronous calls do not apply.
         */
        public Builder client(OkHttpClient client) {
            this.client = client;
            return this;
        }

        /** The transport, with threads of the machine. */
        public OkHttpTransport build() {
            return build(ProviderContext.system());
        }

        /** The transport, with the threads that it is lent. */
        public OkHttpTransport build(ProviderContext context) {
            return new OkHttpTransport(this, context);
        }
    }
}
