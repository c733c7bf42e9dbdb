package io.backstay.http.jdk;

import io.backstay.spi.HttpTransport;
import io.backstay.spi.ProviderContext;
import io.backstay.testkit.HttpTransportContract;
import io.backstay.testkit.Requirement;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The JDK's client, as it comes")
class JdkHttpTransportContractTest extends HttpTransportContract {

    @Override
    protected HttpTransport create(ProviderContext context) {
        return new JdkHttpTransportProvider().create(context);
    }

    @Override
    protected Map<Requirement, String> exclusions() {
        return JdkClientFlaws.EXCLUSIONS;
    }
}
