package io.backstay.http.jdk;

import io.backstay.spi.HttpTransport;
import io.backstay.spi.ProviderContext;
import io.backstay.testkit.HttpTransportContract;
import io.backstay.testkit.Requirement;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The JDK's client, asking servers of HTTP/1.1 for HTTP/2")
class JdkHttp2TransportContractTest extends HttpTransportContract {

    @Override
    protected HttpTransport create(ProviderContext context) {
        JdkHttpTransport.Builder builder = JdkHttpTransport.builder().httpVersion(HttpVersion.HTTP_2);
        context.tls().ifPresent(builder::tls);
        context.proxy().ifPresent(builder::proxy);
        return builder.build(context);
    }

    @Override
    protected Map<Requirement, String> exclusions() {
        return JdkClientFlaws.EXCLUSIONS;
    }
}
