package io.backstay.http.okhttp;

import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.http.okhttp.ScriptedServer.Peer;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

@DisplayName("A server that means ill, under OkHttp")
@Timeout(60)
class HostileServerTest {

    /** Far less than such a server could send within the request's timeout. */
    private static final long MOST_BYTES_SENT = 64 << 20;

    private final OkHttpTransport transport = OkHttpTransport.builder().build();
    private ScriptedServer server;
    private final AtomicLong sent = new AtomicLong();

    private void serve(ScriptedServer.Script script) throws IOException {
        server = new ScriptedServer(script);
    }

    @AfterEach
    void stop() {
        transport.close();
        server.close();
    }

    private void endlessly(Peer peer, String start, String again) throws IOException {
        peer.readHead();
        peer.send(start);
        String piece = again.repeat(1 + 8000 / again.length());
        while (true) {
            peer.send(piece);
            sent.addAndGet(piece.length());
        }
    }

    private TransportRequest get() {
        ServiceInstance instance = ServiceInstance.of("hostile", server.uri());
        return new TransportRequest(
                "GET",
                instance,
                "/",
                Headers.empty(),
                null,
                Duration.ofSeconds(15).toNanos(),
                1000);
    }

    private void assertFails(FailureKind kind) throws InterruptedException {
        ExchangeException failure = catchThrowableOfType(
                ExchangeException.class, () -> transport.newCall(get()).execute());

        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure.mayHaveBeenSent()).isTrue();
        server.awaitAllClosed();
    }

    @Test
    @DisplayName("may say the same length twice")
    void sameLengthTwice_isRead() throws Exception {
        serve(peer -> {
            peer.readHead();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello");
        });

        assertThat(transport.newCall(get()).execute().body()).hasSize(5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'HTTP/1.1 200 OK\r\nX: ' | x",
                "'HTTP/1.1 200 OK\r\n' | 'X: y\r\n'",
                "'' | x",
                "'' | 'HTTP/1.1 103 Early Hints\r\n\r\n'",
                "'' | 'HTTP/1.1 100 Continue\r\n\r\n'",
                "'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' | 0",
                "'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=' | x",
                "'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n' | 'X: y\r\n'",
            })
    @DisplayName("fails with a field, a head, interim responses, a chunk's size or trailers without end")
    void endlessFraming_isProtocolError(String start, String again) throws Exception {
        serve(peer -> endlessly(peer, start, again));

        assertFails(FailureKind.PROTOCOL_ERROR);
        assertThat(sent.get()).isLessThan(MOST_BYTES_SENT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n"
            })
    @DisplayName("fails with a body without end by the limit of octets")
    void endlessBody_isTooLarge(String start) throws Exception {
        serve(peer -> endlessly(peer, start, "x"));

        assertFails(FailureKind.RESPONSE_TOO_LARGE);
        assertThat(sent.get()).isLessThan(MOST_BYTES_SENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nX: y\r\n"})
    @DisplayName("that closes in the head has lost the connection, which is no fault of the head's size")
    void closedInHead_isLost(String start) throws Exception {
        serve(peer -> {
            peer.readHead();
            peer.send(start);
        });

        assertFails(FailureKind.CONNECTION_LOST);
    }

    @Test
    @DisplayName("does not bring down a long body in chunks of one octet")
    void smallChunks_areRead() throws Exception {
        int octets = 400_000;
        serve(peer -> {
            peer.readHead();
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            String hundred = "1;ext=0123456789\r\nx\r\n".repeat(100);
            for (int i = 0; i < octets; i += 100) {
                peer.send(hundred);
            }
            peer.send("0\r\n\r\n");
        });
        TransportRequest request = get().withStreamedResponse();

        assertThat(transport.newCall(request).execute().stream().readAllBytes()).hasSize(octets);
    }
}
