package io.backstay.http.okhttp;

import java.io.IOException;
import okhttp3.Interceptor;
import okhttp3.Response;

/**
 * Above OkHttp's own steps. Goes for another connection when the one from the pool was stale, which is no resend, since
 * nothing was sent; each time round takes one connection out of the pool, and a new one is not looked at. Then puts back
 * the status that {@link WireRules} has hidden. Before all this it sees to it that calling off reaches a new connection.
 */
final class FreshConnections implements Interceptor {

    @Override
    public Response intercept(Chain chain) throws IOException {
        Wire wire = Wire.of(chain);
        // Nothing but a tunnel is waited for unseen, and only TLS goes through one.
        Chain connecting =
                chain.request().isHttps() ? chain.withSocketFactory(wire.connectBy(chain.getSocketFactory())) : chain;
        while (true) {
            try {
                Response response = connecting.proceed(chain.request());
                int status = wire.hiddenStatus();
                return status == 0
                        ? response
                        : response.newBuilder().code(status).build();
            } catch (StaleConnectionException unused) {
                // OkHttp has closed it.
            }
        }
    }
}
