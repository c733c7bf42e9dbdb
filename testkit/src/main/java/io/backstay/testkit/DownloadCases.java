package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TransportResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Bodies that are streamed in. */
abstract class DownloadCases extends UploadCases {

    /** Loopback sockets hold up to some 10 MB between them where the system tunes its buffers. */
    private static final long MORE_THAN_BUFFERS_HOLD = 64 << 20;

    static final String SEVEN = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n";

    static Request download(RawServer server) {
        return get(server.uri()).streamed();
    }

    InputStream stream(Mode mode, RawServer server) throws InterruptedException {
        return streamOf(exchange(mode, download(server)));
    }

    InputStream streamOf(TransportResponse response) {
        InputStream stream = response.stream();
        if (stream == null) {
            throw new AssertionError("a streamed response was asked for, and a buffered one came");
        }
        return closing(stream);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("The response is there with its head, before anything of the body")
    void response_isThereWithItsHead(Mode mode) throws Exception {
        RawServer server =
                raw(StreamServers.stallingAfter("HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 7\r\n\r\n"));

        TransportResponse response = exchange(mode, download(server));

        assertThat(response.status()).isEqualTo(201);
        assertThat(response.headers().all("x-a")).containsExactly("b");
        assertThat(response.body()).isEmpty();
        streamOf(response).close();
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Pieces are handed over as they arrive, each before the next is sent")
    void pieces_areHandedOverAsTheyArrive(Mode mode) throws Exception {
        Semaphore wanted = new Semaphore(0);
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send(StreamServers.CHUNKED);
            for (int i = 0; i < 10; i++) {
                wanted.acquireUninterruptibly();
                connection.sendChunk("line " + i + "\n");
            }
            connection.send("0\r\n\r\n");
            connection.awaitClose();
        });
        BufferedReader lines = new BufferedReader(
                new InputStreamReader(new OneAtATime(stream(mode, server)), StandardCharsets.UTF_8), 8);

        for (int i = 0; i < 10; i++) {
            wanted.release();
            assertThat(lines.readLine()).isEqualTo("line " + i);
        }
        assertThat(lines.readLine()).isNull();
    }

    /** Shows one octet at a time, so that no reader above asks for more before it has given what it has. */
    private static final class OneAtATime extends InputStream {
        private final InputStream stream;

        OneAtATime(InputStream stream) {
            this.stream = stream;
        }

        @Override
        public int read() throws IOException {
            return stream.read();
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            return stream.read(buffer, offset, Math.min(1, length));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A read with room for more gives what has arrived and does not wait for more")
    void read_doesNotWaitForMore(Mode mode) throws Exception {
        RawServer server = raw(StreamServers.stallingAfter(StreamServers.CHUNKED + "5\r\nhello\r\n"));
        InputStream stream = stream(mode, server);
        byte[] buffer = new byte[8192];

        int read = 0;
        while (read < 5) {
            read += stream.read(buffer, read, buffer.length - read);
        }

        assertThat(new String(buffer, 0, read, StandardCharsets.UTF_8)).isEqualTo("hello");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("The timeout ends with the head: the body may take longer")
    void timeout_endsWithTheHead(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send(SEVEN + "hel");
            connection.pause(SHORT.multipliedBy(3));
            connection.send("lo w");
            connection.awaitClose();
        });

        TransportResponse response = exchange(mode, download(server).timeout(SHORT));

        assertThat(streamOf(response).readAllBytes()).isEqualTo("hello w".getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A head that does not come in time is timed out, and the connection closed")
    void timeout_coversTheHead(Mode mode) throws Exception {
        RawServer server = raw(StreamServers.stallingAfter("HTTP/1.1 200 OK\r\nX-Half: "));

        failure(mode, download(server).timeout(SHORT), FailureKind.TIMEOUT);

        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Read to its end, a stream leaves the connection to the next exchange, before it is closed")
    void readToTheEnd_freesTheConnection(Mode mode) throws Exception {
        RawServer server = hello();

        for (int i = 0; i < 20; i++) {
            assertThat(stream(mode, server).readAllBytes()).isEqualTo(HELLO);
        }

        assertThat(server.requests()).isEqualTo(20);
        assertThat(server.accepted()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Where there is no body, the stream is at its end at once, and the connection is used again")
    void noBody_isAtItsEnd(Mode mode) throws Exception {
        for (String head : List.of(
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 204 No Content\r\n\r\n",
                "HTTP/1.1 304 Not Modified\r\n\r\n")) {
            RawServer server = answeringAll(head);
            for (int i = 0; i < 2; i++) {
                assertThat(stream(mode, server).read()).as(head).isEqualTo(-1);
            }
            assertThat(server.accepted()).as(head).isOne();
        }
        RawServer server = answeringAll("HTTP/1.1 200 OK\r\nContent-Length: 1234567\r\n\r\n");
        for (int i = 0; i < 2; i++) {
            TransportResponse response = exchange(mode, new Request("HEAD", server.uri()).streamed());
            assertThat(streamOf(response).read()).isEqualTo(-1);
        }
        assertThat(server.accepted()).isOne();
    }

    private RawServer answeringAll(String response) {
        return raw(connection -> {
            while (true) {
                connection.readRequest();
                connection.send(response);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Of an endless body that nobody reads, the server can send no more than buffers hold")
    void slowReader_holdsTheServerBack(Mode mode) throws Exception {
        AtomicLong sent = new AtomicLong();
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send(StreamServers.CHUNKED);
            String chunk = "x".repeat(60_000);
            while (sent.get() < 2 * MORE_THAN_BUFFERS_HOLD) {
                connection.sendChunk(chunk);
                sent.addAndGet(chunk.length());
            }
        });
        InputStream stream = stream(mode, server);

        assertThat(stream.readNBytes(100_000)).hasSize(100_000);
        awaitStandstill(sent);

        assertThat(sent.get()).isLessThan(MORE_THAN_BUFFERS_HOLD);
        assertThat(stream.readNBytes(100_000)).hasSize(100_000);
        stream.close();
        awaitAllClosed(server);
    }

    /** Until the count has not moved for a while. */
    private static void awaitStandstill(AtomicLong count) throws InterruptedException {
        CompletableFuture<Void> never = new CompletableFuture<>();
        long before;
        do {
            before = count.get();
            SystemTime.shared().await(never, SHORT.toNanos());
        } while (count.get() != before);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A streamed body may be longer than a buffered one could be")
    void limit_isNoneOfAStream(Mode mode) throws Exception {
        PlainServer server = closing(PlainServer.answering(200, new byte[100_000]));

        TransportResponse response =
                exchange(mode, get(server.uri()).maxResponseBytes(10).streamed());

        assertThat(streamOf(response).readAllBytes()).hasSize(100_000);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A body may be streamed out while the response is streamed in")
    void both_areStreamed(Mode mode) throws Exception {
        AtomicLong count = new AtomicLong();
        RawServer server = raw(StreamServers.counting(count));
        Source source = new Source(1 << 20);

        TransportResponse response = exchange(
                mode, post(server.uri()).streaming(source.ofUnknownLength()).streamed());

        assertThat(new String(streamOf(response).readAllBytes(), StandardCharsets.US_ASCII))
                .isEqualTo(String.valueOf(1 << 20));
        source.awaitClosedOnce();
    }
}
