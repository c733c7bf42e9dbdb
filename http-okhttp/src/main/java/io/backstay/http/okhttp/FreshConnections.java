package io.backstay.http.okhttp;

import java.io.IOException;
import okhttp3.Interceptor;
import okhttp3.Response;

/**
 * Above OkHttp's own steps. Goes for another connection when the one from the pool was stale, which is no resend, since
 * nothing was sent; each time round takes one connection out of the pool, and a new one is not looked at. Then puts back
 * the status that {@link WireRules} has hidden.
 */
final class FreshConnections implements Interceptor {

    @Override
    public Response intercept(Chain chain) throws IOException {
        while (true) {
            try {
                Response response = chain.proceed(chain.request());
                int status = Wire.of(chain).hiddenStatus();
                return status == 0
                        ? response
                        : response.newBuilder().code(status).build();
            } catch (StaleConnectionException unused) {
                // OkHttp has closed it.
            }
        }
    }
}
