package io.backstay.http.jdk;

import io.backstay.TlsSettings;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.ProviderContext;
import io.backstay.testkit.HttpTransportContract;
import io.backstay.testkit.Requirement;
import java.net.http.HttpClient;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;

@DisplayName("An HttpClient of the user's, asking servers of HTTP/1.1 for HTTP/2")
class GivenClientContractTest extends HttpTransportContract {

    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "given-client");
        thread.setDaemon(true);
        return thread;
    });

    @Override
    protected HttpTransport create(ProviderContext context) {
        HttpClient.Builder client = HttpClient.newBuilder().executor(threads);
        context.tls().map(TlsSettings::sslContext).ifPresent(client::sslContext);
        context.proxy().ifPresent(proxy -> client.proxy(proxy.selector()));
        return JdkHttpTransport.builder()
                .client(client.build())
                .httpVersion(HttpVersion.HTTP_2)
                .build(context);
    }

    @Override
    protected Map<Requirement, String> exclusions() {
        Map<Requirement, String> all = new EnumMap<>(JdkClientFlaws.EXCLUSIONS);
        all.put(
                Requirement.PROXY_BY_SETTINGS,
                "a client that is handed in has its own proxy, and its password is not told");
        return all;
    }

    @AfterEach
    void letGo() {
        threads.shutdown();
    }
}
