package io.backstay.it.apache;

import io.backstay.spi.HttpTransport;
import io.backstay.spi.ProviderContext;
import io.backstay.testkit.HttpTransportContract;
import io.backstay.testkit.Requirement;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The worked example over Apache HttpClient")
class ApacheTransportContractTest extends HttpTransportContract {

    @Override
    protected HttpTransport create(ProviderContext context) {
        return new ApacheTransportProvider().create(context);
    }

    @Override
    protected Map<Requirement, String> exclusions() {
        return Map.of(
                Requirement.TELLS_CUT_OFF_HEADS,
                "the client hands a header line that is cut off to its parser, which says no more than that it is none",
                Requirement.REFUSES_MALFORMED_RESPONSES,
                "the client takes spaces in the names of header fields, and NUL in their values",
                Requirement.DROPS_WHAT_NOBODY_ASKED_FOR,
                "what comes after a whole response is taken for the beginning of the next");
    }
}
