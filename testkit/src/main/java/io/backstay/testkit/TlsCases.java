package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.Settings;
import io.backstay.spi.ExchangeException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Whom a transport trusts, who it is, and handshakes that come to nothing. */
abstract class TlsCases extends CancelCases {

    private static final RawServer.Script HELLO_FOR_ALL = connection -> {
        while (true) {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        }
    };

    /** Announces 16 KiB of handshake, in TLS 1.2's framing. */
    private static final String LONG_RECORD = "\u0016\u0003\u0003@\u0000";

    private static URI byName(RawServer server) {
        return URI.create("https://localhost:" + server.uri().getPort());
    }

    private void identity(String name) {
        open(Map.of(
                Settings.TLS_CERTIFICATE.name(), TestCertificates.pem(name),
                Settings.TLS_KEY.name(), TestCertificates.pem(name + ".key")));
    }

    /** Refused in the handshake, before anything of the request has left, and the connection is closed. */
    private void assertUntrusted(Mode mode, RawServer server, URI address) throws InterruptedException {
        ExchangeException failure = failure(mode, post(address), FailureKind.TLS_FAILED);

        assertThat(failure.mayHaveBeenSent()).isFalse();
        assertThat(server.requests()).isZero();
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "Cancelled at any moment before a server that is silent where TLS begins, an exchange ends and lets go")
    void cancel_atAnyMomentBeforeSilentTls(Mode mode) throws Exception {
        RawServer silent = raw(RawConnection::awaitClose);

        assertCancelsAtAnyMoment(mode, silent, post(silent.uri("https")).timeout(Duration.ofMinutes(5)));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A server whose issuer is among those to trust is spoken to, and its connection used again")
    void tls_works(Mode mode) throws Exception {
        skipIfExcused(Requirement.TLS_BY_SETTINGS);
        RawServer server = tls("server", HELLO_FOR_ALL);

        for (URI address : new URI[] {server.uri("https"), byName(server)}) {
            assertThat(exchange(mode, post(address)).body()).isEqualTo(HELLO);
            assertThat(exchange(mode, post(address)).body()).isEqualTo(HELLO);
        }

        assertThat(server.accepted()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A server of an issuer whom nobody trusts is refused, and nothing has been sent")
    void tls_ofUnknownIssuer(Mode mode) throws Exception {
        RawServer server = tls("stranger", HELLO_FOR_ALL);

        assertUntrusted(mode, server, server.uri("https"));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A server that proves another host's name is refused, and nothing has been sent")
    void tls_ofAnotherHost(Mode mode) throws Exception {
        skipIfExcused(Requirement.TLS_BY_SETTINGS);
        RawServer server = tls("elsewhere", HELLO_FOR_ALL);

        assertUntrusted(mode, server, server.uri("https"));
        assertUntrusted(mode, server, byName(server));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A server whose certificate has expired is refused, and nothing has been sent")
    void tls_expired(Mode mode) throws Exception {
        RawServer server = tls("expired", HELLO_FOR_ALL);

        assertUntrusted(mode, server, server.uri("https"));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A server of TLS that is spoken to in cleartext fails the exchange, and the connection is closed")
    void cleartext_againstTls(Mode mode) throws Exception {
        RawServer server = tls("server", HELLO_FOR_ALL);

        start(mode, post(server.uri())).failure(FailureKind.PROTOCOL_ERROR, FailureKind.CONNECTION_LOST);

        assertThat(server.requests()).isZero();
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A handshake that stalls is timed out, nothing has been sent, and the connection is closed")
    void handshake_stalls(Mode mode) throws Exception {
        RawServer server = raw(RawConnection::awaitClose);

        ExchangeException failure = start(mode, post(server.uri("https")).timeout(SHORT))
                .failure(FailureKind.CONNECT_TIMEOUT, FailureKind.TIMEOUT);

        assertThat(failure.mayHaveBeenSent()).isFalse();
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A connection that is closed or reset in the handshake fails the exchange, and nothing has been sent")
    void handshake_isCut(Mode mode) throws Exception {
        RawServer closing = raw(connection -> connection.in().read());
        RawServer resetting = raw(connection -> {
            connection.in().read();
            connection.reset();
        });

        for (RawServer server : new RawServer[] {closing, resetting}) {
            ExchangeException failure = start(mode, post(server.uri("https")))
                    .failure(FailureKind.TLS_FAILED, FailureKind.CONNECTION_LOST, FailureKind.CONNECT_FAILED);

            assertThat(failure.mayHaveBeenSent()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A handshake that goes on for ever, octet by octet, ends by the timeout, and the connection is closed")
    void handshake_drips(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.in().read();
            connection.send(LONG_RECORD);
            connection.drip("\u0002", SHORT.dividedBy(10));
        });

        ExchangeException failure = start(mode, post(server.uri("https")).timeout(SHORT))
                .failure(FailureKind.CONNECT_TIMEOUT, FailureKind.TIMEOUT);

        assertThat(failure.mayHaveBeenSent()).isFalse();
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Cancelled in the handshake, an exchange ends at once, and its connection is closed")
    void handshake_isCancelled(Mode mode) throws Exception {
        RawServer server = raw(RawConnection::awaitClose);
        Started started = start(mode, post(server.uri("https")));
        awaitUntil("the handshake has begun", () -> server.open() == 1);

        started.call().cancel();

        assertThat(started.failure(FailureKind.CANCELLED)).isNotNull();
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, BLOCKING", "TLSv1.2, ASYNC", "TLSv1.3, BLOCKING", "TLSv1.3, ASYNC"})
    @DisplayName("A server that asks for a certificate is shown the own one")
    void clientCertificate_isShown(String version, Mode mode) throws Exception {
        skipIfExcused(Requirement.TLS_BY_SETTINGS);
        identity("client");
        RawServer server = closing(new RawServer(TestCertificates.asking(version), HELLO_FOR_ALL));

        assertThat(exchange(mode, post(server.uri("https"))).body()).isEqualTo(HELLO);
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, BLOCKING", "TLSv1.2, ASYNC", "TLSv1.3, BLOCKING", "TLSv1.3, ASYNC"})
    @DisplayName("A server that asks in vain for a certificate fails the exchange, which is not said to be unsent when"
            + " TLS 1.3 has let it out before the refusal came")
    void clientCertificate_isMissing(String version, Mode mode) throws Exception {
        skipIfExcused(Requirement.TLS_BY_SETTINGS);
        assertRefuses(version, mode);
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, BLOCKING", "TLSv1.2, ASYNC", "TLSv1.3, BLOCKING", "TLSv1.3, ASYNC"})
    @DisplayName(
            "A server that is shown a certificate of a foreign issuer fails the exchange as one that is shown none")
    void clientCertificate_isForeign(String version, Mode mode) throws Exception {
        skipIfExcused(Requirement.TLS_BY_SETTINGS);
        identity("foreign-client");
        assertRefuses(version, mode);
    }

    /** The client of TLS 1.3 ends its part of the handshake, and sends the request, before the server has judged it. */
    private void assertRefuses(String version, Mode mode) throws InterruptedException {
        RawServer server = closing(new RawServer(TestCertificates.asking(version), HELLO_FOR_ALL));
        boolean late = version.equals("TLSv1.3");

        Started started = start(mode, post(server.uri("https")));
        ExchangeException failure = late
                ? started.failure(FailureKind.TLS_FAILED, FailureKind.CONNECTION_LOST)
                : started.failure(FailureKind.TLS_FAILED);

        if (late) {
            assertThat(failure.mayHaveBeenSent()).isTrue();
        }
        assertThat(server.requests()).isZero();
        awaitAllClosed(server);
    }
}
