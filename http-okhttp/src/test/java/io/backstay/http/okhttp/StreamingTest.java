package io.backstay.http.okhttp;

import io.backstay.BodySource;
import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.ServiceInstance;
import io.backstay.http.okhttp.ScriptedServer.Script;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TransportCall;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
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

@DisplayName("Streamed bodies by OkHttp")
@Timeout(60)
class StreamingTest {

    private static final String HALF = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf";

    private final OkHttpTransport transport = OkHttpTransport.builder().build();
    private final CompletableFuture<Void> go = new CompletableFuture<>();
    private ScriptedServer server;

    private void serve(Script script) throws IOException {
        server = new ScriptedServer(script);
    }

    private void serveAll(String response) throws IOException {
        serve(peer -> {
            while (true) {
                peer.readHead();
                peer.send(response);
            }
        });
    }

    @AfterEach
    void stop() {
        go.complete(null);
        transport.close();
        server.close();
    }

    private TransportRequest request(String method, Duration timeout) {
        ServiceInstance instance = ServiceInstance.of("streams", server.uri());
        return new TransportRequest(method, instance, "/", Headers.empty(), null, timeout.toNanos(), 10);
    }

    private TransportRequest get() {
        return request("GET", Duration.ofSeconds(15)).withStreamedResponse();
    }

    private TransportRequest post(BodySource source) {
        return request("POST", Duration.ofSeconds(15)).withBody(source);
    }

    private InputStream open() throws Exception {
        return transport.newCall(get()).execute().stream();
    }

    private static String read(InputStream in, int octets) throws IOException {
        return new String(in.readNBytes(octets), StandardCharsets.US_ASCII);
    }

    private static FailureKind kindOf(Throwable thrown) {
        assertThat(thrown).isExactlyInstanceOf(IOException.class).cause().isInstanceOf(ExchangeException.class);
        return ((ExchangeException) thrown.getCause()).kind();
    }

    private CompletableFuture<Throwable> readLater(InputStream in) {
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        SystemTime.shared().workers().execute(() -> failure.complete(catchThrowable(in::read)));
        return failure;
    }

    @Test
    @DisplayName("are handed over as they arrive, past the request's timeout and its limit of octets")
    void response_arrivesInPieces() throws Exception {
        serve(peer -> {
            peer.readHead();
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
            go.join();
            peer.send("c\r\nand the rest\r\n0\r\n\r\n");
            peer.awaitClose();
        });
        Duration timeout = Duration.ofMillis(300);
        try (InputStream in = transport.newCall(request("GET", timeout).withStreamedResponse()).execute().stream()) {
            assertThat(in.read(new byte[100])).isEqualTo(4);
            CompletableFuture<Throwable> reader = readLater(in);
            SystemTime.shared().await(reader, timeout.multipliedBy(2).toNanos());
            assertThat(reader).isNotDone();
            go.complete(null);

            assertThat(reader.get(15, TimeUnit.SECONDS)).isNull();
            assertThat(new String(in.readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo("nd the rest");
            assertThat(in.read()).isEqualTo(-1);
            assertThat(in.available()).isZero();
        }
        assertThat(transport.running()).isZero();
    }

    @Test
    @DisplayName("give their connection back when read to the end, closed or not")
    void readToTheEnd_givesBack() throws Exception {
        serveAll("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalfhalf");
        for (int i = 0; i < 10; i++) {
            InputStream in = open();
            assertThat(read(in, 9)).isEqualTo("halfhalf");
            if (i % 2 == 0) {
                in.close();
                in.close();
            }
        }
        assertThat(server.accepted()).isOne();
        assertThat(transport.running()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"GET, 204 No Content", "GET, 304 Not Modified", "HEAD, 200 OK", "GET, 200 OK"})
    @DisplayName("are at their end at once where there is no body, and the exchange with them")
    void noBody_isAtItsEnd(String method, String status) throws Exception {
        String length = method.equals("HEAD") ? "100" : "0";
        serveAll("HTTP/1.1 " + status + "\r\nContent-Length: " + length + "\r\n\r\n");
        TransportRequest request = request(method, Duration.ofSeconds(15)).withStreamedResponse();

        TransportResponse response = transport.newCall(request).execute();

        assertThat(transport.running()).isZero();
        assertThat(response.stream().read()).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName(
            "are closed at once, by whomever and however often, whereupon the connection is closed and a reader fails")
    void close_doesNotWait(boolean whileReading) throws Exception {
        serve(peer -> {
            peer.readHead();
            peer.send(HALF);
            peer.awaitClose();
        });
        InputStream in = open();
        assertThat(read(in, 4)).isEqualTo("half");
        CompletableFuture<Throwable> reader = whileReading ? readLater(in) : null;

        in.close();
        in.close();

        server.awaitAllClosed();
        if (reader != null) {
            assertThat(reader.get(15, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
        }
        ScriptedServer.await(() -> transport.running() == 0);
        assertThatThrownBy(in::read).isInstanceOf(IOException.class);
        assertThat(transport.client().connectionPool().connectionCount()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cancel", "close the transport", "interrupt"})
    @DisplayName("fail at once when they are called off, under a blocked reader and later")
    void calledOff_failsReader(String how) throws Exception {
        serve(peer -> {
            peer.readHead();
            peer.send(HALF);
            peer.awaitClose();
        });
        TransportCall call = transport.newCall(get());
        InputStream in = call.executeAsync().get(15, TimeUnit.SECONDS).stream();
        assertThat(read(in, 4)).isEqualTo("half");
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread reader = new Thread(() -> failure.set(catchThrowable(in::read)), "reader");
        reader.start();

        switch (how) {
            case "cancel" -> call.cancel();
            case "interrupt" -> reader.interrupt();
            default -> transport.close();
        }

        reader.join(15_000);
        assertThat(kindOf(failure.get())).isEqualTo(FailureKind.CANCELLED);
        assertThat(kindOf(catchThrowable(in::read))).isEqualTo(FailureKind.CANCELLED);
        server.awaitAllClosed();
        ScriptedServer.await(() -> transport.running() == 0);
        in.close();
    }

    @Test
    @DisplayName("fail when they are called off with their whole body in memory, unread, and hurt no other exchange")
    void calledOff_afterLastOctet() throws Exception {
        serveAll("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalfhalf");
        TransportCall call = transport.newCall(get());
        InputStream in = call.execute().stream();
        assertThat(read(in, 4)).isEqualTo("half");

        call.cancel();

        assertThat(kindOf(catchThrowable(in::read))).isEqualTo(FailureKind.CANCELLED);
        assertThat(read(open(), 9)).isEqualTo("halfhalf");
        assertThat(server.accepted()).isOne();
    }

    @ParameterizedTest
    @CsvSource({
        "Content-Length: 8, half, CONNECTION_LOST",
        "Transfer-Encoding: chunked, '4\r\nhalf\r\n', CONNECTION_LOST",
        "Transfer-Encoding: chunked, '4\r\nhalf\r\nzz\r\n', PROTOCOL_ERROR"
    })
    @DisplayName("fail with the kind of failure when they break off, each time they are read")
    void broken_tellsTheKind(String field, String body, FailureKind kind) throws Exception {
        serve(peer -> {
            peer.readHead();
            peer.send("HTTP/1.1 200 OK\r\n" + field + "\r\n\r\n" + body);
        });
        InputStream in = open();
        assertThat(read(in, 4)).isEqualTo("half");

        assertThat(kindOf(catchThrowable(in::read))).isEqualTo(kind);
        assertThat(kindOf(catchThrowable(in::read))).isEqualTo(kind);
        assertThat(transport.running()).isZero();
        server.awaitAllClosed();
    }

    @Test
    @DisplayName("are closed when nobody waits for them any more")
    void abandonedFuture_leavesNothingOpen() throws Exception {
        serve(peer -> {
            peer.readHead();
            go.join();
            peer.send(HALF);
            peer.awaitClose();
        });
        CompletableFuture<TransportResponse> future = transport.newCall(get()).executeAsync();
        ScriptedServer.await(() -> server.accepted() == 1);
        future.complete(null);
        go.complete(null);

        server.awaitAllClosed();
        ScriptedServer.await(() -> transport.running() == 0);
    }

    /** Counts how often it is opened and closed. */
    private static final class CountedSource {

        final AtomicInteger opened = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();
        private final InputStream content;

        CountedSource(InputStream content) {
            this.content = content;
        }

        InputStream open() {
            opened.incrementAndGet();
            return new InputStream() {
                @Override
                public int read() throws IOException {
                    return content.read();
                }

                @Override
                public int read(byte[] target, int offset, int length) throws IOException {
                    return content.read(target, offset, length);
                }

                @Override
                public void close() throws IOException {
                    closed.incrementAndGet();
                    content.close();
                }
            };
        }

        void assertOpenedAndClosedOnce() throws InterruptedException {
            assertThat(opened).hasValue(1);
            ScriptedServer.await(() -> closed.get() > 0);
            assertThat(closed).hasValue(1);
        }
    }

    private static CountedSource source(String content) {
        return new CountedSource(new ByteArrayInputStream(content.getBytes(StandardCharsets.US_ASCII)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("go out with their length where it is known, else in chunks")
    void upload_isFramed(boolean known) throws Exception {
        CompletableFuture<String> head = new CompletableFuture<>();
        CompletableFuture<String> body = new CompletableFuture<>();
        serve(peer -> {
            head.complete(peer.readHead());
            body.complete(known ? read(peer.in(), 5) : peer.readHead());
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            peer.awaitClose();
        });
        CountedSource source = source("hello");
        BodySource body2 = known ? BodySource.of(source::open, 5) : BodySource.of((BodySource.Opener) source::open);

        assertThat(transport.newCall(post(body2)).execute().status()).isEqualTo(200);

        String field = known ? "Content-Length: 5" : "Transfer-Encoding: chunked";
        assertThat(head.join()).containsIgnoringCase(field);
        assertThat(body.join()).isEqualTo(known ? "hello" : "5\r\nhello\r\n0\r\n\r\n");
        source.assertOpenedAndClosedOnce();
    }

    @Test
    @DisplayName("go out as far as they have come while their source has no more")
    void upload_isFlushed() throws Exception {
        serve(peer -> {
            peer.readHead();
            assertThat(read(peer.in(), 7)).isEqualTo("4\r\nping");
            go.complete(null);
            peer.readHead();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        PipedOutputStream pipe = new PipedOutputStream();
        CompletableFuture<TransportResponse> future = transport
                .newCall(post(BodySource.of(new PipedInputStream(pipe))))
                .executeAsync();
        pipe.write("ping".getBytes(StandardCharsets.US_ASCII));
        pipe.flush();

        go.get(15, TimeUnit.SECONDS);
        pipe.close();

        assertThat(future.get(15, TimeUnit.SECONDS).status()).isEqualTo(200);
    }

    private ExchangeException failureOf(TransportRequest request) {
        return catchThrowableOfType(
                ExchangeException.class, () -> transport.newCall(request).execute());
    }

    @ParameterizedTest
    @ValueSource(strings = {"read", "open", "read unchecked"})
    @DisplayName("fail by what their source throws, which is no lost connection")
    void upload_failsByItsSource(String where) throws Exception {
        serve(peer -> {
            peer.readHead();
            peer.awaitClose();
        });
        Exception broken = where.equals("read unchecked") ? new IllegalStateException("x") : new IOException("x");
        InputStream content = new InputStream() {
            @Override
            public int read() throws IOException {
                if (broken instanceof IOException checked) {
                    throw checked;
                }
                throw (IllegalStateException) broken;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                return read();
            }
        };
        CountedSource source = new CountedSource(content);
        BodySource body = BodySource.of(() -> {
            if (where.equals("open")) {
                throw (IOException) broken;
            }
            return source.open();
        });

        ExchangeException failure = failureOf(post(body));

        assertThat(failure.kind()).isEqualTo(FailureKind.UNEXPECTED);
        assertThat(failure.getCause()).isSameAs(broken);
        server.awaitAllClosed();
        assertThat(source.closed).hasValue(source.opened.get());
    }

    @ParameterizedTest
    @ValueSource(strings = {"cancel", "timeout", "interrupt"})
    @DisplayName("end at once while their source blocks, which is closed")
    void upload_endsUnderBlockedSource(String how) throws Exception {
        serve(peer -> {
            peer.readHead();
            peer.awaitClose();
        });
        PipedOutputStream never = new PipedOutputStream();
        CountedSource source = new CountedSource(new PipedInputStream(never));
        Duration timeout = how.equals("timeout") ? Duration.ofMillis(300) : Duration.ofSeconds(60);
        TransportCall call =
                transport.newCall(request("POST", timeout).withBody(BodySource.of((BodySource.Opener) source::open)));
        AtomicReference<Throwable> ended = new AtomicReference<>();
        Thread caller = new Thread(() -> ended.set(catchThrowable(call::execute)), "caller");
        caller.start();
        ScriptedServer.await(() -> source.opened.get() == 1);

        switch (how) {
            case "cancel" -> call.cancel();
            case "interrupt" -> caller.interrupt();
            default -> assertThat(caller.isAlive()).isTrue();
        }

        caller.join(15_000);
        if (how.equals("interrupt")) {
            assertThat(ended.get()).isInstanceOf(InterruptedException.class);
        } else {
            FailureKind kind = how.equals("cancel") ? FailureKind.CANCELLED : FailureKind.TIMEOUT;
            assertThat(((ExchangeException) ended.get()).kind()).isEqualTo(kind);
        }
        server.awaitAllClosed();
        source.assertOpenedAndClosedOnce();
        ScriptedServer.await(() -> transport.running() == 0);
    }

    /** Zeros without end. */
    private static final class Endless extends InputStream {

        @Override
        public int read() {
            return 0;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            return length;
        }
    }

    @ParameterizedTest
    @CsvSource({"413, closes", "413, resets", "413, stays", "200, stays"})
    @DisplayName(
            "are given up for a response that comes before they were sent, whether or not the server goes on to read")
    void earlyResponse_isTheResponse(int status, String then) throws Exception {
        serve(peer -> {
            peer.readHead();
            peer.send("HTTP/1.1 103 Early Hints\r\n\r\n");
            peer.send("HTTP/1.1 " + status + " Said Early\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge");
            if (then.equals("resets")) {
                peer.socket().shutdownOutput();
                peer.in().skipNBytes(100_000);
            } else if (then.equals("stays")) {
                go.join();
            }
        });
        CountedSource source = new CountedSource(new Endless());

        TransportResponse response = transport
                .newCall(post(BodySource.of((BodySource.Opener) source::open)))
                .execute();

        assertThat(response.status()).isEqualTo(status);
        assertThat(response.body()).asString(StandardCharsets.US_ASCII).isEqualTo("large");
        source.assertOpenedAndClosedOnce();
        go.complete(null);
        server.awaitAllClosed();
    }

    @Test
    @DisplayName("are sent whole to a server that says early that all is well, and pauses before it reads on")
    void earlyResponse_thatIsNoError_endsNoUpload() throws Exception {
        int length = 64 << 20;
        serve(peer -> {
            peer.readHead();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
            pause(Duration.ofMillis(500));
            peer.in().skipNBytes(length);
            peer.send("whole");
            peer.awaitClose();
        });

        TransportResponse response = transport
                .newCall(post(BodySource.of(() -> new ByteArrayInputStream(new byte[length]), length)))
                .execute();

        assertThat(response.body()).asString(StandardCharsets.US_ASCII).isEqualTo("whole");
    }

    private static void pause(Duration time) throws IOException {
        try {
            SystemTime.shared().await(new CompletableFuture<>(), time.toNanos());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    @DisplayName("may pass both ways in one exchange")
    void bothWays() throws Exception {
        serve(peer -> {
            peer.readHead();
            peer.readHead();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong");
            peer.awaitClose();
        });
        CountedSource source = source("ping");

        TransportResponse response = transport
                .newCall(post(BodySource.of((BodySource.Opener) source::open)).withStreamedResponse())
                .execute();

        assertThat(read(response.stream(), 5)).isEqualTo("pong");
        assertThat(transport.running()).isZero();
    }

    @Test
    @DisplayName("are refused on a GET before their source is touched")
    void getWithSource_isRefused() throws Exception {
        serve(peer -> {});
        CountedSource source = source("hello");
        try (HttpTransport other = OkHttpTransport.builder().build()) {
            TransportRequest request =
                    request("GET", Duration.ofSeconds(15)).withBody(BodySource.of((BodySource.Opener) source::open));

            assertThatThrownBy(() -> other.newCall(request).executeAsync().get(15, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .hasMessageContaining("GET with a body");
        }
        assertThat(source.opened).hasValue(0);
    }
}
