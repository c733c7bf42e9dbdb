package io.backstay.http.okhttp;

import io.backstay.ProxySettings;
import io.backstay.TlsSettings;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.Authenticator;
import okhttp3.ConnectionPool;
import okhttp3.CookieJar;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/** Makes the client of a transport: a new one, or one derived from the user's, and either under our rules. */
final class Clients {

    private Clients() {}

    static OkHttpClient derive(OkHttpTransport.Builder settings) {
        OkHttpClient given = settings.client;
        OkHttpClient.Builder builder = given == null ? own(settings) : given.newBuilder();
        if (settings.tls != null) {
            secure(builder, settings.tls);
        }
        if (settings.proxy != null) {
            route(builder, settings.proxy);
        }
        return underOurRules(builder, settings.proxy, given == null);
    }

    private static OkHttpClient.Builder own(OkHttpTransport.Builder settings) {
        return new OkHttpClient.Builder()
                .connectTimeout(settings.connectTimeout)
                .connectionPool(new ConnectionPool(
                        settings.idleConnections, settings.keepAlive.toMillis(), TimeUnit.MILLISECONDS));
    }

    private static void secure(OkHttpClient.Builder builder, TlsSettings tls) {
        builder.sslSocketFactory(tls.sslContext().getSocketFactory(), tls.trustManager());
    }

    private static void route(OkHttpClient.Builder builder, ProxySettings proxy) {
        builder.proxy(null)
                .proxySelector(proxy.selector())
                .proxyAuthenticator(proxy.authorization()
                        .<Authenticator>map(ProxyCredentials::new)
                        .orElse(Authenticator.NONE));
    }

    @SuppressWarnings("ReferenceEquality") // the default factory is one object
    private static OkHttpClient underOurRules(
            OkHttpClient.Builder builder, @Nullable ProxySettings proxy, boolean alone) {
        OkHttpClient present = builder.build();
        if (present.socketFactory() == SocketFactory.getDefault()) {
            builder.socketFactory(new ChannelSockets());
        }
        X509TrustManager trust = present.x509TrustManager();
        if (trust != null) {
            builder.sslSocketFactory(new LayeredSockets(present.sslSocketFactory()), trust);
        }
        String authorization = proxy == null ? null : proxy.authorization().orElse(null);
        builder.networkInterceptors().add(0, new WireRules(authorization, alone));
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
}
