package io.backstay.http.okhttp;

import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ProxySettings;
import io.backstay.ServiceInstance;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

@DisplayName("A proxy under OkHttp")
@Timeout(60)
class ProxyTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private static final String CREDENTIALS = "Basic dTpwLXNlY3JldA==";

    private final List<String> heads = new CopyOnWriteArrayList<>();
    private ScriptedServer proxy;
    private OkHttpTransport transport;

    private void serve(ScriptedServer.Script script, boolean withUser) throws IOException {
        proxy = new ScriptedServer(script);
        through(proxy.uri(), withUser);
    }

    private void through(URI address, boolean withUser) {
        ProxySettings.Builder settings = ProxySettings.builder(address);
        if (withUser) {
            settings.credentials("u", "p-secret");
        }
        transport = OkHttpTransport.builder()
                .tls(TestCertificates.anonymous())
                .proxy(settings.build())
                .build();
    }

    @AfterEach
    void stop() {
        transport.close();
        if (proxy != null) {
            proxy.close();
        }
    }

    private static TransportRequest request(String scheme, Duration timeout) {
        ServiceInstance instance = ServiceInstance.of("far", URI.create(scheme + "://service.test:8443"));
        return new TransportRequest("POST", instance, "/p?q", Headers.empty(), null, timeout.toNanos(), 1000);
    }

    private static TransportRequest request(String scheme) {
        return request(scheme, Duration.ofSeconds(15));
    }

    private ExchangeException failure(TransportRequest request) {
        return catchThrowableOfType(
                ExchangeException.class, () -> transport.newCall(request).execute());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("forwards a request in cleartext and is shown its user at once")
    void cleartext_isForwarded(boolean withUser) throws Exception {
        serve(
                peer -> {
                    while (true) {
                        heads.add(peer.readHead());
                        peer.send(OK);
                    }
                },
                withUser);

        for (int i = 0; i < 2; i++) {
            assertThat(transport.newCall(request("http")).execute().status()).isEqualTo(200);
        }

        assertThat(proxy.accepted()).isOne();
        assertThat(heads).hasSize(2).allSatisfy(head -> {
            assertThat(head).startsWith("POST http://service.test:8443/p?q HTTP/1.1\r\n");
            assertThat(head.contains("\r\nProxy-Authorization: " + CREDENTIALS + "\r\n"))
                    .isEqualTo(withUser);
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("tunnels TLS, and the server is shown nothing of the user")
    void tls_isTunnelled(boolean withUser) throws Exception {
        serve(
                peer -> {
                    heads.add(peer.readHead());
                    peer.send("HTTP/1.1 200 Connection established\r\n\r\n");
                    SSLSocket inside = (SSLSocket) TestCertificates.serverSockets()
                            .createSocket(peer.socket(), peer.socket().getInputStream(), true);
                    inside.setUseClientMode(false);
                    ScriptedServer.Peer server = new ScriptedServer.Peer(inside);
                    while (true) {
                        heads.add(server.readHead());
                        server.send(OK);
                    }
                },
                withUser);

        for (int i = 0; i < 2; i++) {
            assertThat(transport.newCall(request("https")).execute().status()).isEqualTo(200);
        }

        assertThat(proxy.accepted()).isOne();
        assertThat(heads).hasSize(3);
        assertThat(heads.get(0)).startsWith("CONNECT service.test:8443 HTTP/1.1\r\n");
        assertThat(heads.get(0).contains("\r\nProxy-Authorization: " + CREDENTIALS + "\r\n"))
                .isEqualTo(withUser);
        assertThat(heads.subList(1, 3))
                .allSatisfy(head ->
                        assertThat(head).startsWith("POST /p?q HTTP/1.1\r\n").doesNotContainIgnoringCase("proxy-"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName(
            "that does not accept the user is asked once: its 407 is the response in cleartext, and no connection for TLS")
    void refusedUser_isToldOnce(boolean withUser) throws Exception {
        serve(
                peer -> {
                    while (true) {
                        heads.add(peer.readHead());
                        peer.send("HTTP/1.1 407 Refused\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
                    }
                },
                withUser);

        assertThat(transport.newCall(request("http")).execute().status()).isEqualTo(407);
        assertThat(heads).hasSize(1);

        ExchangeException failure = failure(request("https"));
        assertThat(failure.kind()).isEqualTo(FailureKind.CONNECT_FAILED);
        assertThat(failure.mayHaveBeenSent()).isFalse();
        assertThat(heads).hasSize(2);
        for (Throwable at = failure; at != null; at = at.getCause()) {
            assertThat(at.toString()).doesNotContain("secret").doesNotContain(CREDENTIALS);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "SSH-2.0-OpenSSH_9.6, CONNECT_FAILED",
        "HTTP/1.1 502 Bad Gateway, CONNECT_FAILED",
        "HTTP/1.1 302 Found, CONNECT_FAILED",
        "HTTP/1.1 100 Continue, CONNECT_FAILED",
        "'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 400 Bad Request', TLS_FAILED",
        "'', CONNECT_FAILED"
    })
    @DisplayName("that lies or fails about a tunnel fails the exchange, with nothing sent and nothing left open")
    void brokenTunnel_fails(String answer, FailureKind kind) throws Exception {
        serve(
                peer -> {
                    peer.readHead();
                    peer.send(answer + "\r\n\r\n");
                    if (!answer.isEmpty()) {
                        peer.awaitClose();
                    }
                },
                false);

        ExchangeException failure = failure(request("https"));

        assertThat(failure.kind()).isIn(kind, FailureKind.CONNECT_FAILED);
        assertThat(failure.mayHaveBeenSent()).isFalse();
        proxy.awaitAllClosed();
    }

    @ParameterizedTest
    @ValueSource(strings = {"silence", "an endless head", "an endless body", "cancel"})
    @DisplayName("that leaves one waiting for a tunnel does so until the request's time is over, or it is cancelled")
    void stallingTunnel_ends(String how) throws Exception {
        CompletableFuture<Void> asked = new CompletableFuture<>();
        serve(
                peer -> {
                    peer.readHead();
                    asked.complete(null);
                    if (how.equals("an endless head")) {
                        peer.send("HTTP/1.1 200 OK\r\n");
                        while (true) {
                            peer.send("X: y\r\n".repeat(1000));
                        }
                    }
                    if (how.equals("an endless body")) {
                        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n");
                        while (true) {
                            peer.send("x".repeat(8000));
                        }
                    }
                    peer.awaitClose();
                },
                false);
        boolean cancels = how.equals("cancel");
        TransportCall call =
                transport.newCall(request("https", cancels ? Duration.ofSeconds(60) : Duration.ofMillis(400)));
        CompletableFuture<?> future = call.executeAsync();
        asked.get(15, TimeUnit.SECONDS);
        if (cancels) {
            call.cancel();
        }

        ExchangeException failure =
                (ExchangeException) future.handle((response, thrown) -> thrown).get(15, TimeUnit.SECONDS);

        assertThat(failure.kind())
                .isIn(
                        cancels ? FailureKind.CANCELLED : FailureKind.CONNECT_TIMEOUT,
                        how.equals("an endless head") ? FailureKind.CONNECT_FAILED : null);
        assertThat(failure.mayHaveBeenSent()).isFalse();
        proxy.awaitAllClosed();
        ScriptedServer.await(() -> transport.running() == 0);
    }

    @Test
    @DisplayName("that is down fails the exchange as a connection that did not come about")
    void downProxy_isConnectFailed() throws Exception {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            through(URI.create("http://127.0.0.1:" + free.getLocalPort()), false);
        }

        for (String scheme : List.of("http", "https")) {
            ExchangeException failure = failure(request(scheme));
            assertThat(failure.kind()).isEqualTo(FailureKind.CONNECT_FAILED);
            assertThat(failure.mayHaveBeenSent()).isFalse();
        }
    }

    @Test
    @DisplayName("is passed by for hosts that are called directly")
    void loopback_isCalledDirectly() throws Exception {
        serve(peer -> heads.add(peer.readHead()), true);
        try (ScriptedServer direct = new ScriptedServer(peer -> {
            heads.add(peer.readHead());
            peer.send(OK);
        })) {
            TransportRequest request = new TransportRequest(
                    "GET",
                    ServiceInstance.of("near", direct.uri()),
                    "/",
                    Headers.empty(),
                    null,
                    Duration.ofSeconds(15).toNanos(),
                    1000);

            assertThat(transport.newCall(request).execute().status()).isEqualTo(200);
        }
        assertThat(proxy.accepted()).isZero();
        assertThat(heads).singleElement().satisfies(head -> assertThat(head).doesNotContain("Proxy-Authorization"));
    }
}
