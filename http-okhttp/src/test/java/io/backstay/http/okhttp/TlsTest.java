package io.backstay.http.okhttp;

import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.TlsSettings;
import io.backstay.http.okhttp.ScriptedServer.Script;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

@DisplayName("HTTP/1.1 over TLS by OkHttp")
@Timeout(60)
class TlsTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private OkHttpTransport transport = over(TestCertificates.anonymous());
    private ScriptedServer server;

    private static OkHttpTransport over(TlsSettings tls) {
        return OkHttpTransport.builder().tls(tls).build();
    }

    private void serve(String version, boolean wantsCertificate, Script script) throws IOException {
        server = new ScriptedServer(TestCertificates.listener(version, wantsCertificate), script);
    }

    private void serve(Script script) throws IOException {
        serve("TLSv1.3", false, script);
    }

    @AfterEach
    void stop() {
        transport.close();
        server.close();
    }

    private TransportRequest request(String method, Duration timeout) {
        ServiceInstance instance = ServiceInstance.of("tls", server.uri("https", "127.0.0.1"));
        return new TransportRequest(method, instance, "/", Headers.empty(), null, timeout.toNanos(), 1000);
    }

    private TransportRequest get() {
        return request("GET", Duration.ofSeconds(15));
    }

    private ExchangeException failure(TransportRequest request) {
        return catchThrowableOfType(
                ExchangeException.class, () -> transport.newCall(request).execute());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("uses a connection again, and replaces one that the server has closed, for POST as well")
    void stale_isReplaced(String version) throws Exception {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        serve(version, false, peer -> {
            for (int i = 0; i < 10; i++) {
                peer.readHead();
                peer.send(OK);
            }
            peer.socket().close();
            closed.complete(null);
        });
        for (int i = 0; i < 10; i++) {
            transport.newCall(get()).execute();
        }
        assertThat(server.accepted()).isOne();
        closed.join();

        transport.newCall(request("POST", Duration.ofSeconds(15))).execute();

        assertThat(server.accepted()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, true", "TLSv1.2, false", "TLSv1.3, true", "TLSv1.3, false"})
    @DisplayName("ends at once by an interrupt, and by cancelling while the body is streamed")
    void abort_endsAtOnce(String version, boolean interrupt) throws Exception {
        CompletableFuture<Void> reached = new CompletableFuture<>();
        serve(version, false, peer -> {
            peer.readHead();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
            reached.complete(null);
            peer.awaitClose();
        });
        TransportRequest request = interrupt ? get() : get().withStreamedResponse();
        TransportCall call = transport.newCall(request);
        AtomicReference<Throwable> ended = new AtomicReference<>();
        Thread caller = new Thread(() -> ended.set(catchThrowable(() -> readAll(call))), "caller");
        caller.start();
        reached.join();

        if (interrupt) {
            caller.interrupt();
        } else {
            ScriptedServer.await(() -> transport.running() == 1);
            call.cancel();
        }

        caller.join(15_000);
        if (interrupt) {
            assertThat(ended.get()).isInstanceOf(InterruptedException.class);
        } else {
            Throwable cause = ended.get() instanceof ExchangeException own
                    ? own
                    : ended.get().getCause();
            assertThat(((ExchangeException) cause).kind()).isEqualTo(FailureKind.CANCELLED);
        }
        server.awaitAllClosed();
        ScriptedServer.await(() -> transport.running() == 0);
    }

    private static void readAll(TransportCall call) throws Exception {
        try (InputStream in = call.execute().stream()) {
            in.readAllBytes();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("shows the client's certificate where it is wanted")
    void identity_isShown(String version) throws Exception {
        serve(version, true, peer -> {
            peer.readHead();
            peer.send(OK);
        });
        transport = over(TestCertificates.known());

        assertThat(transport.newCall(get()).execute().status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, false", "TLSv1.2, true", "TLSv1.3, false", "TLSv1.3, true"})
    @DisplayName(
            "never says that nothing was sent when the client is refused after it began to send, as TLS 1.3 has it")
    void refusedIdentity_isOwnedUpTo(String version, boolean foreign) throws Exception {
        serve(version, true, peer -> peer.readHead());
        transport = over(foreign ? TestCertificates.stranger() : TestCertificates.anonymous());

        ExchangeException failure = failure(get());

        boolean late = version.equals("TLSv1.3");
        assertThat(failure.kind()).isEqualTo(late ? FailureKind.CONNECTION_LOST : FailureKind.TLS_FAILED);
        assertThat(failure.mayHaveBeenSent()).isEqualTo(late);
        server.awaitAllClosed();
    }

    @Test
    @DisplayName("does not trust whom it was not told to")
    void unknownIssuer_isRefused() throws Exception {
        serve(peer -> peer.readHead());
        transport = OkHttpTransport.builder().build();

        ExchangeException failure = failure(get());

        assertThat(failure.kind()).isEqualTo(FailureKind.TLS_FAILED);
        assertThat(failure.mayHaveBeenSent()).isFalse();
        server.awaitAllClosed();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName(
            "gives up a handshake that stalls when the request's time is over, or it is cancelled, with nothing sent")
    void stalledHandshake_ends(boolean cancelled) throws Exception {
        CompletableFuture<Void> begun = new CompletableFuture<>();
        server = new ScriptedServer(peer -> {
            peer.in().read();
            begun.complete(null);
            peer.awaitClose();
        });
        TransportRequest request = request("GET", cancelled ? Duration.ofSeconds(60) : Duration.ofMillis(300));
        TransportCall call = transport.newCall(request);
        AtomicReference<Throwable> ended = new AtomicReference<>();
        Thread caller = new Thread(() -> ended.set(catchThrowable(call::execute)), "caller");
        caller.start();
        begun.join();
        if (cancelled) {
            call.cancel();
        }

        caller.join(15_000);

        ExchangeException failure = (ExchangeException) ended.get();
        assertThat(failure.kind()).isEqualTo(cancelled ? FailureKind.CANCELLED : FailureKind.CONNECT_TIMEOUT);
        assertThat(failure.mayHaveBeenSent()).isFalse();
        server.awaitAllClosed();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'HTTP/1.1 200 OK\r\nX: ' | PROTOCOL_ERROR",
                "'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;' | PROTOCOL_ERROR",
                "'HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n' | RESPONSE_TOO_LARGE"
            })
    @DisplayName("bounds what a server makes it hold as in cleartext")
    void endless_isBounded(String start, FailureKind kind) throws Exception {
        serve(peer -> {
            peer.readHead();
            peer.send(start);
            while (true) {
                peer.send("x".repeat(8000));
            }
        });

        assertThat(failure(get()).kind()).isEqualTo(kind);
        server.awaitAllClosed();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("calls a connection that is closed in the head lost")
    void closedInHead_isLost(String version) throws Exception {
        serve(version, false, peer -> {
            peer.readHead();
            peer.send("HTTP/1.1 200 OK\r\nX: y");
        });

        assertThat(failure(get()).kind()).isEqualTo(FailureKind.CONNECTION_LOST);
    }

    @Test
    @DisplayName("is not secured when its exchange is called off while it comes about, which OkHttp may miss")
    void calledOff_beforeTheHandshake_endsAtOnce() throws Exception {
        serve(peer -> peer.readHead());
        AtomicReference<TransportCall> call = new AtomicReference<>();
        OkHttpClient client = new OkHttpClient.Builder()
                .eventListener(new EventListener() {
                    @Override
                    public void secureConnectStart(Call ignored) {
                        call.get().cancel();
                    }
                })
                .build();
        transport.close();
        transport = OkHttpTransport.builder()
                .client(client)
                .tls(TestCertificates.anonymous())
                .build();
        call.set(transport.newCall(get()));

        ExchangeException failure =
                catchThrowableOfType(ExchangeException.class, () -> call.get().execute());

        assertThat(failure.kind()).isEqualTo(FailureKind.CANCELLED);
        assertThat(failure.mayHaveBeenSent()).isFalse();
        server.awaitAllClosed();
        assertThat(transport.running()).isZero();
    }

    @Test
    @DisplayName("is not secured when its exchange was called off before, which OkHttp does miss")
    void calledOff_beforeItIsToBeSecured_isRefused() throws Exception {
        serve(peer -> peer.readHead());
        ExchangeProgress progress = new ExchangeProgress(get());
        ConnectionEvents events = new ConnectionEvents(new Wire(get(), progress, null, SystemTime.shared()));
        Call call = new OkHttpClient()
                .newCall(new Request.Builder().url("https://127.0.0.1").build());
        events.secureConnectStart(call);

        progress.abort(FailureKind.CANCELLED);

        assertThatThrownBy(() -> events.secureConnectStart(call)).isInstanceOf(CancellationException.class);
    }
}
