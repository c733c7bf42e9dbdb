package io.backstay.http.okhttp;

import io.backstay.spi.HttpTransport;
import io.backstay.spi.ProviderContext;
import io.backstay.testkit.HttpTransportContract;
import io.backstay.testkit.Requirement;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;

@DisplayName("OkHttp, as it comes")
class OkHttpTransportContractTest extends HttpTransportContract {

    @Override
    protected HttpTransport create(ProviderContext context) {
        return new OkHttpTransportProvider().create(context);
    }

    @Override
    protected Map<Requirement, String> exclusions() {
        return Exclusions.ALL;
    }
}
