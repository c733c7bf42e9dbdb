package io.backstay.http.okhttp;

import io.backstay.spi.HttpTransport;
import io.backstay.spi.ProviderContext;
import io.backstay.testkit.HttpTransportContract;
import io.backstay.testkit.Requirement;
import java.time.Duration;
import java.util.Map;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;

@DisplayName("An OkHttpClient of the user's, with habits that a transport must not have")
class GivenClientContractTest extends HttpTransportContract {

    private final OkHttpClient client = new OkHttpClient.Builder()
            .callTimeout(Duration.ofMillis(50))
            .readTimeout(Duration.ofMillis(50))
            .fastFallback(false)
            .addInterceptor(chain -> chain.proceed(
                    chain.request().newBuilder().tag(String.class, "own").build()))
            .build();

    @Override
    protected HttpTransport create(ProviderContext context) {
        OkHttpTransport.Builder builder = OkHttpTransport.builder().client(client);
        context.tls().ifPresent(builder::tls);
        context.proxy().ifPresent(builder::proxy);
        return builder.build(context);
    }

    @Override
    protected Map<Requirement, String> exclusions() {
        return Exclusions.ALL;
    }

    @AfterEach
    void letGo() {
        client.connectionPool().evictAll();
    }
}
