package io.backstay.internal.endpoint;

import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class EnvironmentResolverTest {

    private static final Map<String, URI> DEFAULTS = Map.of(
            "user-service", URI.create("http://localhost:8001"),
            "knowledge-service", URI.create("http://localhost:8002"),
            "project-service", URI.create("http://localhost:8003/api/v1"));

    private static List<String> addresses(String service, Map<String, String> environment) {
        List<String> found = new ArrayList<>();
        var watch = new EnvironmentResolver(environment, DEFAULTS)
                .watch(
                        service,
                        instances -> instances.stream()
                                .map(ServiceInstance::baseUri)
                                .map(URI::toString)
                                .forEach(found::add));
        assertThat(watch.isPresent()).isEqualTo(!found.isEmpty());
        return found;
    }

    @ParameterizedTest
    @CsvSource({
        "user-service, USER_SERVICE_URL, http://u:1, http://u:1",
        "user-service, USER_URL, http://u:1/, http://u:1",
        "user, USER_SERVICE_URL, http://u:1, http://u:1",
        "chroma, CHROMA_SERVER_URL, http://c:2/v2, http://c:2/v2",
        "filesystem, FILESYSTEM_SERVICE_URL, http://f:3, http://f:3",
        "billing-service, BILLING_URL, https://b, https://b",
        "git, GIT_SERVER_URL, http://g:4, http://g:4",
        "llm-service, LLM_SERVICE_URL, http://l:5, http://l:5",
        "telegram-bot, TELEGRAM_BOT_URL, http://t:6, http://t:6",
        "frontend, FRONTEND_URL, http://w:7, http://w:7",
        "userservice, USERSERVICE_URL, http://u:1, http://u:1",
        "microservice, MICROSERVICE_SERVICE_URL, http://m:1, http://m:1",
        "user-service, USER_SERVICE_HOST, ::1, http://[::1]:8001",
        "user-service, USER_SERVICE_HOST, users, http://users:8001",
        "project-service, PROJECT_SERVICE_HOST, projects, http://projects:8003/api/v1",
        "project-service, PROJECT_SERVICE_PORT, 9000, http://localhost:9000/api/v1",
        "project-service, PROJECT_SERVICE_PROTOCOL, https, https://localhost:8003/api/v1",
        "user-service, USER_SERVICE_PORT, tcp://10.0.0.1:8009, http://10.0.0.1:8009",
    })
    void oneVariable_givesTheAddress(String service, String variable, String value, String address) {
        assertThat(addresses(service, Map.of(variable, value))).containsExactly(address);
    }

    @Test
    void hostPortAndProtocol_goTogether() {
        assertThat(addresses("orders", Map.of("ORDERS_HOST", "o", "ORDERS_PORT", "8443", "ORDERS_PROTOCOL", "https")))
                .containsExactly("https://o:8443");
    }

    @Test
    void kubernetesOwnVariables_areUnderstood() {
        assertThat(addresses(
                        "user-service",
                        Map.of("USER_SERVICE_SERVICE_HOST", "10.0.0.9", "USER_SERVICE_PORT", "tcp://10.0.0.1:8009")))
                .containsExactly("http://10.0.0.1:8009");
    }

    @Test
    void wholeAddress_isStrongerThanKubernetesOwnVariables() {
        assertThat(addresses(
                        "user-service", Map.of("USER_URL", "http://u:1", "USER_SERVICE_PORT", "tcp://10.0.0.1:8009")))
                .containsExactly("http://u:1");
    }

    @Test
    void severalAddresses_areSeveralInstances() {
        assertThat(addresses("user-service", Map.of("USER_SERVICE_URL", "http://a:1, http://b:2")))
                .containsExactly("http://a:1", "http://b:2");
    }

    @Test
    void nothingOrBlank_isNotKnown() {
        assertThat(addresses("user-service", Map.of())).isEmpty();
        assertThat(addresses("user-service", Map.of("USER_SERVICE_URL", " ", "USER_SERVICE_HOST", "")))
                .isEmpty();
        assertThat(addresses("orders", Map.of("ORDERS_PORT", "1"))).isEmpty();
    }

    @Test
    void wrongValues_areRefusedWithTheNameOfTheVariable() {
        assertThatThrownBy(() -> addresses("user-service", Map.of("USER_SERVICE_URL", "http://bad host")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("USER_SERVICE_URL");
        assertThatThrownBy(() -> addresses("user-service", Map.of("USER_SERVICE_PORT", "eighty")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("user-service", "USER_SERVICE_HOST, _PORT and _PROTOCOL");
        assertThatThrownBy(() -> addresses("user-service", Map.of("USER_SERVICE_URL", "localhost:8001")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("USER_SERVICE_URL", "http or https");
        assertThatThrownBy(() -> addresses("user-service", Map.of("USER_SERVICE_PROTOCOL", "gopher")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("http or https");
    }
}
