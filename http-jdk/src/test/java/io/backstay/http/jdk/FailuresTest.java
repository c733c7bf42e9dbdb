package io.backstay.http.jdk;

import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportRequest;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

@DisplayName("What the JDK's client throws")
class FailuresTest {

    private static ExchangeException classify(Throwable thrown) {
        TransportRequest request = new TransportRequest(
                "POST", ServiceInstance.of("own", URI.create("http://127.0.0.1:1")), "/", Headers.empty(), null, 1, 1);
        return Failures.classify(new CompletionException(thrown), request);
    }

    /** The words with which JSSE of JDK 17 and of JDK 25 reports what an HTTPS server said. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Received fatal alert: bad_certificate",
                "(certificate_required) Received fatal alert: certificate_required",
                "Received fatal alert: unknown_ca",
                "Received fatal alert: handshake_failure"
            })
    @DisplayName(
            "is a failed handshake after which the request may have left, where the server refuses as late as that")
    void alertFromServer_mayComeAfterTheRequest(String message) {
        ExchangeException failure = classify(new SSLHandshakeException(message));

        assertThat(failure.kind()).isEqualTo(FailureKind.TLS_FAILED);
        assertThat(failure.mayHaveBeenSent()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Received fatal alert: protocol_version",
                "(unrecognized_name) Received fatal alert: unrecognized_name",
                "PKIX path building failed: unable to find valid certification path to requested target",
                "No subject alternative names present",
                "Remote host terminated the handshake"
            })
    @DisplayName("is a failed handshake before which nothing was sent, where it ends sooner or is refused by this side")
    void handshakeCutShort_sentNothing(String message) {
        ExchangeException failure = classify(new SSLHandshakeException(message));

        assertThat(failure.kind()).isEqualTo(FailureKind.TLS_FAILED);
        assertThat(failure.mayHaveBeenSent()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "'Tunnel failed, got: 502', CONNECT_FAILED, false",
        "'Illegal character in chunk size: 122', PROTOCOL_ERROR, true",
        "'unexpected content length header with 204 response', PROTOCOL_ERROR, true",
        "'Connection reset', CONNECTION_LOST, true"
    })
    @DisplayName("is told apart by its words where it is an IOException and no more")
    void ioException_byWords(String message, FailureKind kind, boolean mayHaveBeenSent) {
        ExchangeException failure = classify(new IOException(message, new EOFException()));

        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure.mayHaveBeenSent()).isEqualTo(mayHaveBeenSent);
    }

    @Test
    @DisplayName("is a lost connection where TLS fails after the handshake")
    void tlsAfterHandshake_isLoss() {
        ExchangeException failure = classify(new SSLException("Received close_notify during handshake"));

        assertThat(failure.kind()).isEqualTo(FailureKind.CONNECTION_LOST);
        assertThat(failure.mayHaveBeenSent()).isTrue();
    }
}
