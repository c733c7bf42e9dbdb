package io.backstay.http.jdk;

import io.backstay.ConfigurationException;
import io.backstay.ProxySettings;
import io.backstay.TlsSettings;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A transport over {@link HttpClient}. Thread-safe.
 *
 * <p>The JDK's client sends a GET or HEAD a second time by itself when the connection is lost before the response begins,
 * so {@link HttpTransport.Capability#MAY_RESEND_SAFE_METHODS} is declared. A client made here is shut down by
 * {@link #close()} from JDK 21 on; before, it cannot be: it is let go of, and its selector thread ends once it has been
 * garbage collected. A client that was handed in stays open.
 */
public final class JdkHttpTransport implements HttpTransport {

    /** {@code HttpClient.shutdownNow()} of JDK 21 and later. */
    private static final @Nullable MethodHandle SHUTDOWN_NOW = shutdownNow();

    private final HttpVersion httpVersion;
    private final boolean ownsClient;
    private final RunningExchanges running;
    private final ClientExecutor executor;
    private final long connectTimeoutNanos;
    private final @Nullable ProxySettings proxy;
    private volatile @Nullable HttpClient client;

    private JdkHttpTransport(Builder builder, ProviderContext context) {
        HttpClient given = builder.client;
        this.httpVersion = builder.httpVersion;
        this.ownsClient = given == null;
        this.running = new RunningExchanges(context);
        this.executor = new ClientExecutor(context.workers(), running::areFewAndPlain);
        this.proxy = builder.proxy;
        HttpClient chosen = given != null ? given : own(builder);
        this.connectTimeoutNanos =
                chosen.connectTimeout().map(JdkHttpTransport::nanos).orElse(Long.MAX_VALUE);
        this.client = chosen;
    }

    private static long nanos(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException centuries) {
            return Long.MAX_VALUE;
        }
    }

    private HttpClient own(Builder builder) {
        HttpClient.Builder client = HttpClient.newBuilder()
                .executor(executor)
                .connectTimeout(builder.connectTimeout)
                .followRedirects(HttpClient.Redirect.NEVER);
        if (builder.tls != null) {
            client.sslContext(builder.tls.sslContext());
        }
        if (builder.proxy != null) {
            client.proxy(builder.proxy.selector());
            ProxyPassword.warnIfWithheld(builder.proxy, System.getProperty(ProxyPassword.WITHHELD_FROM_TUNNELS));
        }
        return client.build();
    }

    /** A builder of a transport with a client of its own, HTTP by {@link HttpVersion#AUTO}, connect timeout 2 s. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public Set<Capability> capabilities() {
        return httpVersion == HttpVersion.HTTP_1_1
                ? EnumSet.of(Capability.MAY_RESEND_SAFE_METHODS)
                : EnumSet.allOf(Capability.class);
    }

    @Override
    public TransportCall newCall(TransportRequest request) {
        return new JdkTransportCall(this, running, request);
    }

    /** Null once closed. */
    @Nullable
    HttpClient client() {
        return client;
    }

    HttpVersion httpVersion() {
        return httpVersion;
    }

    @Nullable
    ProxySettings proxy() {
        return proxy;
    }

    /** Whether this is the thread of the client's selector, at work on what it would hand over by default. */
    boolean isInPlace() {
        return executor.isInPlace();
    }

    /** Whether the client itself must watch this request too, since its own limit on connecting would come too late. */
    boolean outlastedByConnecting(TransportRequest request) {
        return connectTimeoutNanos >= request.timeoutNanos();
    }

    @Override
    public void close() {
        HttpClient open = client;
        client = null;
        running.cancelAll();
        if (open != null && ownsClient && SHUTDOWN_NOW != null) {
            try {
                SHUTDOWN_NOW.invoke(open);
            } catch (Throwable e) {
                throw new IllegalStateException("the JDK's client could not be shut down", e);
            }
        }
    }

    private static @Nullable MethodHandle shutdownNow() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(HttpClient.class, "shutdownNow", MethodType.methodType(void.class));
        } catch (ReflectiveOperationException before21) {
            return null;
        }
    }

    @Override
    public String toString() {
        return "HTTP by the JDK's client, version " + httpVersion;
    }

    /** What a transport is made of. Not thread-safe. */
    public static final class Builder {

        /** As over every transport; the client's timer fails on what its milliseconds cannot hold. */
        private static final Duration LONGEST = Duration.ofMillis(Integer.MAX_VALUE);

        private HttpVersion httpVersion = HttpVersion.AUTO;
        private Duration connectTimeout = Duration.ofSeconds(2);
        private @Nullable HttpClient client;
        private @Nullable TlsSettings tls;
        private @Nullable ProxySettings proxy;

        private Builder() {}

        /** Which HTTP to ask for; {@link HttpVersion#AUTO} by default. */
        public Builder httpVersion(HttpVersion version) {
            this.httpVersion = version;
            return this;
        }

        /**
         * How long a new connection may take to come about, within the request's own timeout; 2 s by default. Of no effect
         * on a client that is handed in, which has its own.
         *
         * @throws ConfigurationException when it is zero or less, or more than 24 days
         */
        public Builder connectTimeout(Duration timeout) {
            if (timeout.isZero() || timeout.isNegative() || timeout.compareTo(LONGEST) > 0) {
                throw new ConfigurationException(JdkHttpTransportProvider.CONNECT_TIMEOUT + " cannot be " + timeout
                        + "; allowed: more than zero, and 24 days at most");
            }
            this.connectTimeout = timeout;
            return this;
        }

        /**
         * A client set up by the user: for its executor, its priorities. It stays the user's to close. It takes no TLS
         * settings and no proxy from here, since it has its own.
         *
         * @throws ConfigurationException when it follows redirects, answers a 401 by an {@link java.net.Authenticator}, so that a
         *     POST is sent several times, or keeps cookies: none of which a transport may
         */
        public Builder client(HttpClient client) {
            if (client.followRedirects() != HttpClient.Redirect.NEVER) {
                throw new ConfigurationException("the HttpClient handed in follows redirects ("
                        + client.followRedirects() + "); a transport must not: set Redirect.NEVER");
            }
            requireNone("an Authenticator, by which it sends requests again", client.authenticator());
            requireNone("a CookieHandler, by which calls would share what servers set", client.cookieHandler());
            this.client = client;
            return this;
        }

        private static void requireNone(String what, Optional<?> habit) {
            if (habit.isPresent()) {
                throw new ConfigurationException(
                        "the HttpClient handed in has " + what + "; a transport must have none");
            }
        }

        /**
         * Whom to trust and who to be over TLS; by default what the JVM says. Whether it is HTTP/2 is settled in the
         * handshake all the same, and host names are checked always.
         */
        public Builder tls(TlsSettings settings) {
            this.tls = settings;
            return this;
        }

        /**
         * The proxy to call through; by default what the JVM's system properties say ({@code http.proxyHost} and its kin).
         *
         * <p>User and password are told the proxy alone, with the first request, by the scheme Basic. For {@code https} the
         * client does so only where the JVM lets it: {@code -Djdk.http.auth.tunneling.disabledSchemes=""}. Without that a
         * proxy that wants a password answers 407, and a line at WARN says so when the transport is built.
         */
        public Builder proxy(ProxySettings settings) {
            this.proxy = settings;
            return this;
        }

        /**
         * The transport, with time and threads of the machine.
         *
         * @throws ConfigurationException when there is a client that was handed in and TLS settings or a proxy besides
         */
        public JdkHttpTransport build() {
            return build(ProviderContext.system());
        }

        /**
         * The transport, with the time and threads that it is lent.
         *
         * @throws ConfigurationException when there is a client that was handed in and TLS settings or a proxy besides
         */
        public JdkHttpTransport build(ProviderContext context) {
            if (client != null && (tls != null || proxy != null)) {
                throw new ConfigurationException("the HttpClient handed in has its own "
                        + (tls != null ? "TLS context" : "proxy") + "; set it there, not on the transport");
            }
            return new JdkHttpTransport(this, context);
        }
    }
}
