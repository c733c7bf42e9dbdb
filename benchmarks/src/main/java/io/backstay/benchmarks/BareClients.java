package io.backstay.benchmarks;

import io.backstay.spi.ProviderContext;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;

/** The clients below the transports, set up as the transports set up theirs. */
final class BareClients {

    /** Of one exchange, as Backstay's attempt has it. */
    static final Duration TIMEOUT = Duration.ofSeconds(10);

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    private BareClients() {}

    /** With the same kind of executor. */
    static HttpClient jdk() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .executor(ProviderContext.system().workers())
                .connectTimeout(CONNECT_TIMEOUT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /**
     * With as many idle connections, for as long; by default it keeps five and would connect anew all the time. Its
     * dispatcher's limits are lifted, by which it would make five asynchronous calls at once.
     */
    static OkHttpClient okHttp() {
        Dispatcher dispatcher = new Dispatcher();
        dispatcher.setMaxRequests(Integer.MAX_VALUE);
        dispatcher.setMaxRequestsPerHost(Integer.MAX_VALUE);
        return new OkHttpClient.Builder()
                .dispatcher(dispatcher)
                .connectTimeout(CONNECT_TIMEOUT)
                .callTimeout(TIMEOUT)
                .connectionPool(new ConnectionPool(256, 30, TimeUnit.SECONDS))
                .build();
    }
}
