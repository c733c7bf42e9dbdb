package io.backstay.http.jdk;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.backstay.ConfigurationException;
import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ProxySettings;
import io.backstay.ServiceInstance;
import io.backstay.TlsSettings;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

@DisplayName("The JDK's client, through a proxy")
class ProxyTest {

    /** {@code ada:secret} */
    private static final String AUTHORIZATION = "Proxy-Authorization: Basic YWRhOnNlY3JldA==";

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private static final String WANTS_PASSWORD =
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n";
    private static final String WITHHELD = "Basic";

    private static ProxySettings settings(ScriptedProxy proxy) {
        return ProxySettings.builder(proxy.uri()).credentials("ada", "secret").build();
    }

    private static HttpTransport through(ScriptedProxy proxy) {
        return JdkHttpTransport.builder().proxy(settings(proxy)).build();
    }

    private static TransportRequest get(String base) {
        return new TransportRequest(
                "GET",
                ServiceInstance.of("far", URI.create(base)),
                "/a?b=c",
                Headers.empty(),
                null,
                Duration.ofSeconds(15).toNanos(),
                1000);
    }

    @Test
    @DisplayName("tells it the password with the first request, and only it")
    void plain_carriesThePassword() throws Exception {
        try (ScriptedProxy proxy = new ScriptedProxy(OK);
                HttpTransport transport = through(proxy)) {
            transport.newCall(get("http://far.example:8080")).execute();

            assertThat(proxy.heads())
                    .singleElement()
                    .asString()
                    .startsWith("GET http://far.example:8080/a?b=c HTTP/1.1\r\n")
                    .contains(AUTHORIZATION);
        }
    }

    @Test
    @DisplayName("calls hosts directly that are to be, and tells them no password")
    void direct_carriesNoPassword() throws Exception {
        try (ScriptedProxy server = new ScriptedProxy(OK);
                ScriptedProxy proxy = new ScriptedProxy(OK);
                HttpTransport transport = through(proxy)) {
            transport.newCall(get(server.uri().toString())).execute();

            assertThat(proxy.heads()).isEmpty();
            assertThat(server.heads())
                    .singleElement()
                    .asString()
                    .startsWith("GET /a?b=c HTTP/1.1")
                    .doesNotContainIgnoringCase("proxy-");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://far.example", "https://far.example"})
    @DisplayName("hands on a 407 as the response that it is, and does not try again")
    void refusedPassword_isTheResponse(String base) throws Exception {
        try (ScriptedProxy proxy = new ScriptedProxy(WANTS_PASSWORD);
                HttpTransport transport = through(proxy)) {
            TransportResponse whole = transport.newCall(get(base)).execute();
            TransportResponse streamed = transport
                    .newCall(get(base).withStreamedResponse())
                    .executeAsync()
                    .get(15, TimeUnit.SECONDS);

            assertThat(whole.status()).isEqualTo(407);
            assertThat(whole.body()).isEmpty();
            assertThat(streamed.status()).isEqualTo(407);
            assertThat(streamed.stream()).isEmpty();
            assertThat(proxy.heads()).hasSize(2);
        }
    }

    @Test
    @DisplayName("hands on a server's 401 as the response that it is, and does not try again")
    void unauthorized_isTheResponse() throws Exception {
        for (String challenge : new String[] {"WWW-Authenticate: Basic realm=\"s\"\r\n", ""}) {
            try (ScriptedProxy proxy = new ScriptedProxy(
                            "HTTP/1.1 401 Unauthorized\r\n" + challenge + "Content-Length: 0\r\n\r\n");
                    HttpTransport transport = through(proxy)) {
                TransportResponse response =
                        transport.newCall(get("http://far.example")).execute();

                assertThat(response.status()).isEqualTo(401);
                assertThat(proxy.heads()).hasSize(1);
            }
        }
    }

    @Test
    @DisplayName("fails as not connected, with nothing sent, when the proxy does not open the tunnel")
    void refusedTunnel_isNotConnected() throws Exception {
        try (ScriptedProxy proxy = new ScriptedProxy("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
                HttpTransport transport = through(proxy)) {
            ExchangeException failure = catchThrowableOfType(
                    ExchangeException.class,
                    () -> transport.newCall(get("https://far.example")).execute());

            assertThat(failure.kind()).isEqualTo(FailureKind.CONNECT_FAILED);
            assertThat(failure.mayHaveBeenSent()).isFalse();
            assertThat(proxy.heads()).singleElement().asString().startsWith("CONNECT far.example:443 HTTP/1.1");
        }
    }

    @Test
    @DisplayName("warns, without the secret, when the JVM will withhold the password from tunnels")
    void withheldPassword_isWarnedOf() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger("io.backstay.transport");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try (ScriptedProxy proxy = new ScriptedProxy(OK)) {
            ProxySettings open = ProxySettings.builder(proxy.uri()).build();
            ProxyPassword.warnIfWithheld(settings(proxy), "");
            ProxyPassword.warnIfWithheld(settings(proxy), "NTLM");
            ProxyPassword.warnIfWithheld(open, WITHHELD);
            assertThat(lines.list).isEmpty();

            ProxyPassword.warnIfWithheld(settings(proxy), null);
            ProxyPassword.warnIfWithheld(settings(proxy), "Digest, basic");
        } finally {
            logger.detachAppender(lines);
        }
        assertThat(lines.list).hasSize(2).allSatisfy(line -> {
            assertThat(line.getLevel()).isEqualTo(Level.WARN);
            assertThat(line.getFormattedMessage())
                    .contains("-Djdk.http.auth.tunneling.disabledSchemes=\"\"")
                    .doesNotContain("ada")
                    .doesNotContain("secret")
                    .doesNotContain("YWRh");
        });
    }

    @Test
    @DisplayName("refuses settings beside a client that has its own")
    void clientHandedIn_hasItsOwn() throws Exception {
        try (ScriptedProxy proxy = new ScriptedProxy(OK)) {
            JdkHttpTransport.Builder builder = JdkHttpTransport.builder().client(HttpClient.newHttpClient());
            ProxySettings settings = settings(proxy);
            TlsSettings tls = TlsSettings.builder().andSystemTrust().build();

            assertThatThrownBy(() -> builder.proxy(settings).build())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("proxy");
            assertThatThrownBy(() -> builder.tls(tls).build())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("TLS");
        }
    }
}
