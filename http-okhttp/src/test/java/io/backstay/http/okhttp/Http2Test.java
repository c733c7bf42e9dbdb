package io.backstay.http.okhttp;

import io.backstay.BodySource;
import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okio.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

@DisplayName("HTTP/2 over TLS by OkHttp")
@Timeout(60)
class Http2Test {

    private final OkHttpTransport transport =
            OkHttpTransport.builder().tls(TestCertificates.anonymous()).build();
    private final MockWebServer server = new MockWebServer();

    @BeforeEach
    void start() throws IOException {
        server.useHttps(TestCertificates.serverSockets());
        server.start(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
    }

    @AfterEach
    void stop() {
        transport.close();
        server.close();
    }

    private TransportRequest request(String method, byte[] body) {
        return new TransportRequest(
                method,
                ServiceInstance.of("h2", URI.create("https://127.0.0.1:" + server.getPort())),
                "/",
                Headers.empty(),
                body,
                Duration.ofSeconds(15).toNanos(),
                1 << 20);
    }

    private TransportRequest get() {
        return request("GET", null);
    }

    private void answer(MockResponse.Builder response) {
        server.enqueue(response.build());
    }

    private static MockResponse.Builder hello() {
        return new MockResponse.Builder().body("hello");
    }

    private static MockResponse.Builder stalling() {
        return new MockResponse.Builder().onResponseStart(SocketEffect.Stall.INSTANCE);
    }

    /** That the next exchange succeeds, over the one connection. */
    private void assertConnectionLives() throws Exception {
        answer(hello());
        assertThat(transport.newCall(get()).execute().status()).isEqualTo(200);
        RecordedRequest request = server.takeRequest(0, TimeUnit.SECONDS);
        assertThat(request).isNotNull();
        for (; request != null; request = server.takeRequest(0, TimeUnit.SECONDS)) {
            assertThat(request.getVersion()).isEqualTo("HTTP/2");
            assertThat(request.getConnectionIndex()).isZero();
        }
        ScriptedServer.await(() -> transport.running() == 0);
    }

    @Test
    @DisplayName("comes about, and carries many exchanges at once over one connection")
    void exchanges_shareAConnection() throws Exception {
        answer(hello());
        transport.newCall(get()).execute();
        List<CompletableFuture<TransportResponse>> futures = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            answer(hello());
            futures.add(transport.newCall(request("POST", new byte[100])).executeAsync());
        }

        for (CompletableFuture<TransportResponse> future : futures) {
            assertThat(future.get(15, TimeUnit.SECONDS).body()).asString().isEqualTo("hello");
        }
        assertConnectionLives();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("keeps the connection for the others when one exchange is cancelled or timed out")
    void cancel_endsOneStream(boolean cancelled) throws Exception {
        answer(hello());
        transport.newCall(get()).execute();
        answer(stalling());
        TransportRequest slow = new TransportRequest(
                "GET",
                get().instance(),
                "/",
                Headers.empty(),
                null,
                Duration.ofMillis(cancelled ? 60_000 : 300).toNanos(),
                1000);
        TransportCall call = transport.newCall(slow);
        CompletableFuture<TransportResponse> future = call.executeAsync();
        ScriptedServer.await(() -> server.getRequestCount() == 2);
        if (cancelled) {
            call.cancel();
        }

        Throwable thrown = future.handle((response, failure) -> failure).get(15, TimeUnit.SECONDS);

        FailureKind kind = cancelled ? FailureKind.CANCELLED : FailureKind.TIMEOUT;
        assertThat(((ExchangeException) thrown).kind()).isEqualTo(kind);
        assertConnectionLives();
    }

    @Test
    @DisplayName("keeps the connection when a streamed response is closed or cancelled before its end")
    void closedStream_endsOneStream() throws Exception {
        for (int i = 0; i < 10; i++) {
            answer(new MockResponse.Builder().body(new Buffer().write(new byte[1 << 20])));
            TransportCall call = transport.newCall(get().withStreamedResponse());
            try (InputStream in = call.execute().stream()) {
                assertThat(in.readNBytes(100)).hasSize(100);
                if (i % 2 == 0) {
                    call.cancel();
                    Throwable thrown = catchThrowable(in::read);
                    assertThat(thrown).isInstanceOf(IOException.class).cause().isInstanceOf(ExchangeException.class);
                }
            }
        }
        assertConnectionLives();
    }

    @Test
    @DisplayName("streams a response to its end, and a request's body")
    void streams_areWhole() throws Exception {
        answer(new MockResponse.Builder().body(new Buffer().write(new byte[3 << 20])));
        byte[] octets = new byte[3 << 20];
        BodySource source = BodySource.of(() -> new ByteArrayInputStream(octets));

        TransportResponse response = transport
                .newCall(request("POST", null).withBody(source).withStreamedResponse())
                .execute();

        assertThat(response.stream().readAllBytes()).hasSize(octets.length);
        RecordedRequest received = server.takeRequest();
        assertThat(received.getBodySize()).isEqualTo(octets.length);
        assertThat(received.getHeaders().get("Content-Length")).isNull();
        assertConnectionLives();
    }

    @Test
    @DisplayName("calls an exchange lost whose stream is reset")
    void reset_isLost() throws Exception {
        answer(new MockResponse.Builder().onResponseStart(new SocketEffect.CloseStream(2)));

        ExchangeException failure = catchThrowableOfType(
                ExchangeException.class, () -> transport.newCall(get()).execute());

        assertThat(failure.kind()).isEqualTo(FailureKind.CONNECTION_LOST);
        assertThat(failure.mayHaveBeenSent()).isTrue();
    }

    @Test
    @DisplayName(
            "takes the response of a server that does not read the whole body and ends the stream without an error")
    void earlyResponse_isTheResponse() throws Exception {
        answer(new MockResponse.Builder()
                .code(413)
                .body("large")
                .doNotReadRequestBody()
                .onResponseEnd(new SocketEffect.CloseStream(0)));
        BodySource endless = BodySource.of(() -> new InputStream() {
            @Override
            public int read() {
                return 0;
            }

            @Override
            public int read(byte[] target, int offset, int length) {
                return length;
            }
        });

        TransportResponse response =
                transport.newCall(request("POST", null).withBody(endless)).execute();

        assertThat(response.status()).isEqualTo(413);
        assertThat(response.body()).asString().isEqualTo("large");
    }
}
