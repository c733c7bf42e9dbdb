package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport.Capability;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Connections that fail: of what kind, whether the request may have left, and how often it did. */
abstract class LossCases extends TimeoutCases {

    /** An address at which nobody listens. */
    static URI refusing() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return URI.create("http://127.0.0.1:" + free.getLocalPort());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A refused connection fails as such, and nothing has been sent")
    void refused(Mode mode) throws Exception {
        assertThat(failure(mode, post(refusing()), FailureKind.CONNECT_FAILED).mayHaveBeenSent())
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("An unknown host fails as such, and nothing has been sent")
    void unknownHost(Mode mode) throws Exception {
        Request request = post(URI.create("http://no-such-host.invalid:8080"));

        assertThat(failure(mode, request, FailureKind.UNKNOWN_HOST).mayHaveBeenSent())
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A TLS handshake with a server that speaks cleartext fails as such, and nothing has been sent")
    void tls_againstCleartext(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            connection.awaitClose();
        });

        assertThat(failure(mode, post(server.uri("https")), FailureKind.TLS_FAILED)
                        .mayHaveBeenSent())
                .isFalse();
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A connection closed before the response is lost, and the request may have been sent")
    void closed_beforeResponse(Mode mode) throws Exception {
        assertLost(mode, raw(RawConnection::readRequest));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A connection reset before the response is lost, and the request may have been sent")
    void reset_beforeResponse(Mode mode) throws Exception {
        assertLost(mode, raw(connection -> {
            connection.readRequest();
            connection.reset();
        }));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A connection closed in the head is lost")
    void closed_inHead(Mode mode) throws Exception {
        assertLost(mode, raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nContent-Le");
        }));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A connection closed in a body of announced length is lost, and no part of it is handed out")
    void closed_inBody(Mode mode) throws Exception {
        assertLost(mode, raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        }));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A connection reset in a body of announced length is lost")
    void reset_inBody(Mode mode) throws Exception {
        assertLost(mode, raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            connection.reset();
        }));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A connection closed between two chunks is lost, and no part of the body is handed out")
    void closed_betweenChunks(Mode mode) throws Exception {
        assertLost(mode, raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            connection.sendChunk("half");
        }));
    }

    private void assertLost(Mode mode, RawServer server) throws InterruptedException {
        assertThat(failure(mode, post(server.uri()), FailureKind.CONNECTION_LOST)
                        .mayHaveBeenSent())
                .isTrue();
        assertThat(server.requests()).as("a POST is never sent again").isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A status line that is none is a protocol error, and the connection is closed")
    void garbage_insteadOfStatus(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send("SSH-2.0-OpenSSH_9.6\r\n\r\n");
            connection.awaitClose();
        });

        assertThat(failure(mode, post(server.uri()), FailureKind.PROTOCOL_ERROR).mayHaveBeenSent())
                .isTrue();
        skipIfExcused(Requirement.CLOSES_AFTER_PROTOCOL_ERROR);
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A chunk whose size is none fails, and the connection is closed")
    void garbage_insteadOfChunk(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
            connection.awaitClose();
        });

        ExchangeException failure =
                start(mode, post(server.uri())).failure(FailureKind.PROTOCOL_ERROR, FailureKind.CONNECTION_LOST);

        assertThat(failure.mayHaveBeenSent()).isTrue();
        skipIfExcused(Requirement.CLOSES_AFTER_PROTOCOL_ERROR);
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A GET whose connection is lost is sent once, unless the transport says that it may send it again")
    void lostGet_isSentOnce(Mode mode) throws Exception {
        RawServer server = raw(RawConnection::readRequest);

        failure(mode, get(server.uri()), FailureKind.CONNECTION_LOST);

        int atMost = transport.capabilities().contains(Capability.MAY_RESEND_SAFE_METHODS) ? 2 : 1;
        assertThat(server.requests()).isBetween(1, atMost);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A connection that the server closed while it was idle does not fail the next GET")
    void staleConnection_isReplaced(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        });
        exchange(mode, get(server.uri()));
        awaitUntil("the server has closed the first connection", () -> server.open() == 0);

        assertThat(exchange(mode, get(server.uri())).body()).isEqualTo(HELLO);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A failure names host and port, and neither path, nor header values, nor body")
    void message_keepsSecrets(Mode mode) throws Exception {
        RawServer server = raw(RawConnection::readRequest);
        Request request = post(server.uri())
                .target("/path-secret?q=query-secret")
                .header("Authorization", "Bearer header-secret")
                .body("body-secret".getBytes(StandardCharsets.UTF_8));

        ExchangeException failure = failure(mode, request, FailureKind.CONNECTION_LOST);

        assertThat(failure).hasMessageContaining("127.0.0.1:" + server.uri().getPort());
        for (Throwable at = failure; at != null; at = at.getCause()) {
            assertThat(at.toString()).doesNotContain("secret");
        }
    }
}
