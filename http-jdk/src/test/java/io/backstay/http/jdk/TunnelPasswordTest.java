package io.backstay.http.jdk;

import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ProxySettings;
import io.backstay.ServiceInstance;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.TransportRequest;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** Run in a JVM of its own, with {@code -Djdk.http.auth.tunneling.disabledSchemes=}, which the client reads once. */
@EnabledIfSystemProperty(named = ProxyPassword.WITHHELD_FROM_TUNNELS, matches = "^$")
@DisplayName("The JDK's client, where the JVM lets it authenticate tunnels")
class TunnelPasswordTest {

    @Test
    @DisplayName("tells the proxy the password when it asks for a tunnel")
    void connect_carriesThePassword() throws Exception {
        try (ScriptedProxy proxy = new ScriptedProxy("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
                HttpTransport transport = JdkHttpTransport.builder()
                        .proxy(ProxySettings.builder(proxy.uri())
                                .credentials("ada", "secret")
                                .build())
                        .build()) {
            TransportRequest request = new TransportRequest(
                    "GET",
                    ServiceInstance.of("far", URI.create("https://far.example")),
                    "/",
                    Headers.of("X-Own", "private"),
                    null,
                    Duration.ofSeconds(15).toNanos(),
                    1000);

            ExchangeException failure = catchThrowableOfType(
                    ExchangeException.class, () -> transport.newCall(request).execute());

            assertThat(failure.kind()).isEqualTo(FailureKind.CONNECT_FAILED);

            assertThat(proxy.heads())
                    .singleElement()
                    .asString()
                    .startsWith("CONNECT far.example:443 HTTP/1.1")
                    .contains("Proxy-Authorization: Basic YWRhOnNlY3JldA==")
                    .doesNotContain("private");
        }
    }
}
