package io.backstay.it.apache;

import io.backstay.ProxySettings;
import io.backstay.TlsSettings;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RunningCalls;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.SystemDefaultRoutePlanner;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParserFactory;
import org.apache.hc.core5.io.Closer;
import org.apache.hc.core5.ssl.SSLContexts;
import org.apache.hc.core5.util.Timeout;

/** The client, with all that it would do of its own accord switched off, and the exchanges under way. */
final class ApacheTransport implements HttpTransport {

    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    final ProviderContext context;
    final CloseableHttpClient client;
    final RunningCalls running;

    ApacheTransport(ProviderContext context) {
        this.context = context;
        this.running = new RunningCalls(context);
        var limits = Http1Config.custom()
                .setMaxLineLength(65_536)
                .setMaxHeaderCount(1_000)
                .build();
        SSLContext tls = context.tls().map(TlsSettings::sslContext).orElseGet(SSLContexts::createSystemDefault);
        var connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setTlsSocketStrategy(bounded(new DefaultClientTlsStrategy(tls)))
                .setConnectionFactory(ManagedHttpClientConnectionFactory.builder()
                        .http1Config(limits)
                        .responseParserFactory(new DefaultHttpResponseParserFactory(limits))
                        .build())
                .setMaxConnTotal(10_000)
                .setMaxConnPerRoute(1_000)
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(Timeout.of(CONNECT_TIMEOUT))
                        .setSocketTimeout(Timeout.DISABLED)
                        .setValidateAfterInactivity(Timeout.ZERO_MILLISECONDS)
                        .build());
        HttpClientBuilder builder = HttpClientBuilder.create()
                .setConnectionManager(connections.build())
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableContentCompression()
                .addRequestInterceptorLast((request, entity, exchange) -> ApacheTransportCall.beforeSending(exchange));
        context.proxy().ifPresent(proxy -> use(proxy, builder));
        this.client = builder.build();
    }

    /** A handshake has its time as a whole, and what breaks in it is a failure of TLS, whatever the socket calls it. */
    private TlsSocketStrategy bounded(TlsSocketStrategy strategy) {
        return (socket, target, port, attachment, exchange) -> {
            Runnable close = () -> Closer.closeQuietly(socket);
            var limit = context.scheduler().schedule(() -> context.workers().execute(close), CONNECT_TIMEOUT);
            try {
                return strategy.upgrade(socket, target, port, attachment, exchange);
            } catch (SocketException e) {
                throw new SSLException(e);
            } finally {
                limit.cancel();
            }
        };
    }

    private static void use(ProxySettings proxy, HttpClientBuilder builder) {
        builder.setRoutePlanner(new SystemDefaultRoutePlanner(proxy.selector()));
        proxy.user().ifPresent(user -> {
            var credentials = new BasicCredentialsProvider();
            credentials.setCredentials(
                    new AuthScope(
                            proxy.address().getHostString(), proxy.address().getPort()),
                    new UsernamePasswordCredentials(
                            user, proxy.password().orElseThrow().toCharArray()));
            builder.setDefaultCredentialsProvider(credentials);
        });
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of();
    }

    @Override
    public TransportCall newCall(TransportRequest request) {
        return new ApacheTransportCall(this, request);
    }

    @Override
    public void close() {
        running.close();
        try {
            client.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
