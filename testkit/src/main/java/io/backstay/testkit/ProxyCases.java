package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.Settings;
import io.backstay.spi.ExchangeException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Exchanges through an HTTP proxy, which alone knows the hosts that are called. */
abstract class ProxyCases extends DownloadEndCases {

    private static final String BASIC = "Basic YWRhOnJvcGUtYW5kLXNhaWw=";
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";

    private final List<String> seenByServer = new CopyOnWriteArrayList<>();
    private final RawServer.Script recording = connection -> {
        seenByServer.addAll(connection.readRequest());
        connection.send(ANSWER);
    };

    @BeforeEach
    void forget() {
        seenByServer.clear();
    }

    private static URI named(RawServer server, String scheme) {
        return URI.create(scheme + "://plain.contract.test:" + server.uri().getPort());
    }

    private void through(URI proxy, String... settings) {
        skipIfExcused(Requirement.PROXY_BY_SETTINGS);
        Map<String, String> all = new HashMap<>();
        all.put(Settings.PROXY_ADDRESS.name(), proxy.toString());
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        open(all);
    }

    private void throughWithPassword(URI proxy) {
        through(proxy, Settings.PROXY_USER.name(), "ada", Settings.PROXY_PASSWORD.name(), "rope-and-sail");
    }

    private void assertServerSawNothingOfTheProxy() {
        assertThat(seenByServer)
                .isNotEmpty()
                .noneMatch(line -> line.toLowerCase(Locale.ROOT).startsWith("proxy-authorization"));
        assertThat(seenByServer.get(0)).isEqualTo("POST /a?b=c HTTP/1.1");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A cleartext exchange goes through the proxy by its whole address")
    void proxy_forwards(Mode mode) throws Exception {
        ProxyServer proxy = closing(new ProxyServer(null));
        through(proxy.uri());
        RawServer server = raw(recording);

        assertThat(exchange(mode, post(named(server, "http")).target("/a?b=c")).body())
                .isEqualTo(HELLO);

        assertThat(proxy.requests()).containsExactly("POST " + named(server, "http") + "/a?b=c");
        assertServerSawNothingOfTheProxy();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("An exchange over TLS goes through a tunnel, and the server must prove its own name")
    void proxy_tunnels(Mode mode) throws Exception {
        ProxyServer proxy = closing(new ProxyServer(null));
        through(proxy.uri());
        skipIfExcused(Requirement.TLS_BY_SETTINGS);
        RawServer server = tls("server", recording);
        RawServer elsewhere = tls("elsewhere", recording);

        assertThat(exchange(mode, post(named(server, "https")).target("/a?b=c")).body())
                .isEqualTo(HELLO);
        assertThat(failure(mode, post(named(elsewhere, "https")), FailureKind.TLS_FAILED)
                        .mayHaveBeenSent())
                .isFalse();

        assertThat(proxy.requests().get(0))
                .isEqualTo("CONNECT plain.contract.test:" + server.uri().getPort());
        assertServerSawNothingOfTheProxy();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A proxy that wants a password is given it, and the server never")
    void proxy_isGivenThePassword(Mode mode) throws Exception {
        ProxyServer proxy = closing(new ProxyServer(BASIC));
        throughWithPassword(proxy.uri());
        RawServer server = raw(recording);

        assertThat(exchange(mode, post(named(server, "http")).target("/a?b=c")).body())
                .isEqualTo(HELLO);

        assertThat(proxy.requests()).hasSize(1);
        assertServerSawNothingOfTheProxy();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A proxy that wants a password before it opens a tunnel is given it, and the server never")
    void proxyTunnel_isGivenThePassword(Mode mode) throws Exception {
        skipIfExcused(Requirement.PASSWORD_FOR_TUNNEL);
        ProxyServer proxy = closing(new ProxyServer(BASIC));
        throughWithPassword(proxy.uri());
        skipIfExcused(Requirement.TLS_BY_SETTINGS);
        RawServer server = tls("server", recording);

        assertThat(exchange(mode, post(named(server, "https")).target("/a?b=c")).body())
                .isEqualTo(HELLO);

        assertThat(proxy.requests()).hasSize(1);
        assertServerSawNothingOfTheProxy();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "Credentials for a proxy that a request brings along reach no server, called directly or through a tunnel")
    void proxyCredentialsOfTheRequest_reachNoServer(Mode mode) throws Exception {
        ProxyServer proxy = closing(new ProxyServer(null));
        through(proxy.uri());
        RawServer direct = raw(recording);
        exchange(mode, post(direct.uri()).target("/a?b=c").header("Proxy-Authorization", BASIC));
        assertServerSawNothingOfTheProxy();
        forget();
        skipIfExcused(Requirement.TLS_BY_SETTINGS);
        RawServer far = tls("server", recording);

        exchange(mode, post(named(far, "https")).target("/a?b=c").header("Proxy-Authorization", BASIC));

        assertThat(proxy.requests()).hasSize(1);
        assertServerSawNothingOfTheProxy();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A host that is called directly is never told the proxy's password, though it asks for one")
    void directHost_isNeverTold(Mode mode) throws Exception {
        throughWithPassword(refusing());
        RawServer server = raw(connection -> {
            seenByServer.addAll(connection.readRequest());
            connection.send("HTTP/1.1 407 Wanted\r\nProxy-Authenticate: Basic realm=\"x\"\r\n");
            connection.send("Content-Length: 0\r\n\r\n");
            connection.awaitClose();
        });

        assertThat(exchange(mode, post(server.uri()).target("/a?b=c")).status()).isEqualTo(407);

        assertThat(server.requests()).isOne();
        assertServerSawNothingOfTheProxy();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "A proxy that wants another password ends the exchange within a few tries, and the server sees nothing")
    void proxy_refusesThePassword(Mode mode) throws Exception {
        ProxyServer proxy = closing(new ProxyServer("Basic b3RoZXI="));
        throughWithPassword(proxy.uri());
        RawServer server = tls("server", recording);

        for (String scheme : List.of("http", "https")) {
            Started started = start(mode, post(named(server, scheme)));
            if (started.ended() == null) {
                assertThat(started.response().status()).isEqualTo(407);
            } else {
                started.failure(FailureKind.CONNECT_FAILED, FailureKind.CONNECTION_LOST, FailureKind.PROTOCOL_ERROR);
            }
        }
        assertThat(seenByServer).isEmpty();
        assertThat(proxy.requests()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A proxy that opens no tunnel fails the exchange, and its answer is not taken for the server's")
    void proxy_opensNoTunnel(Mode mode) throws Exception {
        for (String lie : List.of(
                "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nhello",
                "SSH-2.0-OpenSSH_9.6\r\n\r\n",
                "")) {
            RawServer proxy = raw(connection -> {
                connection.readRequest();
                connection.send(lie);
            });
            through(proxy.uri());

            start(mode, post(URI.create("https://plain.contract.test:8443")))
                    .failure(
                            FailureKind.CONNECT_FAILED,
                            FailureKind.CONNECTION_LOST,
                            FailureKind.PROTOCOL_ERROR,
                            FailureKind.TLS_FAILED);
            awaitAllClosed(proxy);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A proxy that opens a tunnel into nothing like TLS fails the handshake, and nothing has been sent")
    void proxyTunnel_leadsNowhere(Mode mode) throws Exception {
        RawServer proxy = raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\n\r\n");
            connection.in().read();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            connection.awaitClose();
        });
        through(proxy.uri());

        start(mode, post(URI.create("https://plain.contract.test:8443")))
                .failure(FailureKind.TLS_FAILED, FailureKind.CONNECT_FAILED, FailureKind.PROTOCOL_ERROR);
        awaitAllClosed(proxy);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "A proxy that is silent when asked for a tunnel is timed out, nothing has been sent, and it is let go of")
    void proxy_isSilent(Mode mode) throws Exception {
        RawServer proxy = raw(RawConnection::awaitClose);
        through(proxy.uri());

        ExchangeException failure = start(
                        mode,
                        post(URI.create("https://plain.contract.test:8443")).timeout(SHORT))
                .failure(FailureKind.CONNECT_TIMEOUT, FailureKind.TIMEOUT);

        assertThat(failure.mayHaveBeenSent()).isFalse();
        awaitAllClosed(proxy);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "Cancelled at any moment before a proxy that is silent when asked for a tunnel, an exchange ends and lets go")
    void cancel_atAnyMomentBeforeSilentProxy(Mode mode) throws Exception {
        RawServer proxy = raw(RawConnection::awaitClose);
        through(proxy.uri());
        URI address = URI.create("https://plain.contract.test:8443");

        assertCancelsAtAnyMoment(mode, proxy, post(address).timeout(Duration.ofMinutes(5)));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A proxy that is down fails the exchange as a refused connection, and nothing has been sent")
    void proxy_isDown(Mode mode) throws Exception {
        through(refusing());

        for (String scheme : List.of("http", "https")) {
            URI address = URI.create(scheme + "://plain.contract.test:8080");
            assertThat(failure(mode, post(address), FailureKind.CONNECT_FAILED).mayHaveBeenSent())
                    .isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A failure behind a proxy names neither its password nor its user")
    void proxy_failureKeepsSecrets(Mode mode) throws Exception {
        throughWithPassword(refusing());

        ExchangeException failure =
                start(mode, post(URI.create("http://plain.contract.test:8080"))).failure();

        for (Throwable at = failure; at != null; at = at.getCause()) {
            assertThat(at.toString()).doesNotContain("rope-and-sail", "ada", "YWRh");
        }
        assertThat(transport.toString()).doesNotContain("rope-and-sail", "YWRh");
    }
}
