package io.backstay.http.okhttp;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.ProtocolException;
import java.net.Proxy;
import okhttp3.Connection;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Next to the wire, below OkHttp's own steps. Sees to it that nothing is sent on a stale connection or after the exchange
 * was called off, that the request has no fields which OkHttp alone would add, that the response's head is sound, and that
 * OkHttp does not act on the status.
 */
final class WireRules implements Interceptor {

    /** An error that OkHttp hands on as it is. */
    private static final int HARMLESS = 500;

    private static final int MISDIRECTED = 421;

    private final @Nullable String proxyAuthorization;
    private final boolean alone;

    /**
     * @param proxyAuthorization what a proxy that was set here is to be shown, if anything
     * @param alone whether no interceptors of the user's look at the response too
     */
    WireRules(@Nullable String proxyAuthorization, boolean alone) {
        this.proxyAuthorization = proxyAuthorization;
        this.alone = alone;
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Wire wire = Wire.of(chain);
        Connection connection = chain.connection();
        if (connection != null && !wire.hasNewConnection() && PooledConnections.isStale(connection)) {
            throw new StaleConnectionException();
        }
        wire.beginSending();
        if (connection != null) {
            wire.over(connection);
        }
        Response response = exchange(chain, bare(chain.request(), wire, connection));
        boolean isActedOn = isActedOn(response.code(), connection);
        return isActedOn || alone ? shown(response, isActedOn, wire) : response;
    }

    private static Response exchange(Chain chain, Request request) throws IOException {
        Response response;
        try {
            response = chain.proceed(request);
        } catch (IOException e) {
            throw ResponseHeads.exact(e, chain.connection());
        } catch (IllegalStateException e) {
            throw ResponseHeads.exact(e);
        }
        Wire wire = Wire.of(chain);
        try {
            if (wire.cameUnasked()) {
                throw new ProtocolException("a response that nobody had asked for");
            }
            ResponseHeads.check(response);
        } catch (ProtocolException e) {
            // OkHttp would keep it where the response has no body.
            wire.closeConnection();
            throw e;
        }
        return response;
    }

    /**
     * OkHttp adds {@code Connection: Keep-Alive}, which HTTP/1.1 implies. {@code Accept-Encoding: identity} is ours: where
     * the field is missing, OkHttp asks for gzip and decodes it unseen. A proxy that reads the request is shown its
     * credentials; one that tunnels has seen them, and the server must not, be they of the settings or of the request.
     */
    private Request bare(Request request, Wire wire, @Nullable Connection connection) {
        Request.Builder bare = request.newBuilder().removeHeader("Connection");
        if (Requests.IDENTITY.equals(request.header(Requests.ACCEPT_ENCODING)) && !wire.choosesEncoding()) {
            bare.removeHeader(Requests.ACCEPT_ENCODING);
        }
        if (!isForwarded(connection)) {
            bare.removeHeader(ProxyCredentials.FIELD);
        } else if (proxyAuthorization != null) {
            bare.header(ProxyCredentials.FIELD, proxyAuthorization);
        }
        return bare.build();
    }

    private static boolean isForwarded(@Nullable Connection connection) {
        return connection != null
                && goesThroughProxy(connection)
                && !connection.route().requiresTunnel();
    }

    private static boolean goesThroughProxy(@Nullable Connection connection) {
        return connection != null && connection.route().proxy().type() == Proxy.Type.HTTP;
    }

    /**
     * Whether OkHttp would send the request again (503 with {@code Retry-After: 0}, 408, 421) or fail (407 without a
     * proxy). The 407 of a proxy is left to the proxy authenticator of a client that was handed in, unless the proxy was set
     * here: then it was shown its credentials already.
     */
    private boolean isActedOn(int status, @Nullable Connection connection) {
        return switch (status) {
            case HttpURLConnection.HTTP_CLIENT_TIMEOUT, MISDIRECTED, HttpURLConnection.HTTP_UNAVAILABLE -> true;
            case HttpURLConnection.HTTP_PROXY_AUTH -> proxyAuthorization != null || !goesThroughProxy(connection);
            default -> false;
        };
    }

    /** What OkHttp's own steps get to see. */
    private Response shown(Response response, boolean hidesStatus, Wire wire) {
        Response.Builder shown = response.newBuilder();
        if (hidesStatus) {
            wire.hideStatus(response.code());
            shown.code(HARMLESS);
        }
        if (alone) {
            shown.body(new UntypedBody(response.body()));
        }
        return shown.build();
    }
}
