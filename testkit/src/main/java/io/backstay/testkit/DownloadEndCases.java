package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.SystemTime;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Bodies that are streamed in and do not come to their end: broken off, cancelled, closed. */
abstract class DownloadEndCases extends DownloadCases {

    private static final List<String> BAD_BODIES =
            List.of("half", "5\r\nhello\r\n", "9\r\nhello\r\n", "5\r\nhello\r\nzz\r\n");

    private static final String LONG_CHUNK = "5\r\nhelloworld\r\n0\r\n\r\n";

    /** Reads on a thread of its own, to the end or the failure, which it gives. */
    private static CompletableFuture<@Nullable Throwable> reading(InputStream stream) {
        CompletableFuture<@Nullable Throwable> ended = new CompletableFuture<>();
        SystemTime.shared().workers().execute(() -> {
            try {
                stream.readAllBytes();
                ended.complete(null);
            } catch (Throwable e) {
                ended.complete(e);
            }
        });
        return ended;
    }

    private static void assertFails(CompletableFuture<@Nullable Throwable> reading) throws InterruptedException {
        await("the reader is let go", reading);
        assertThat(reading.join()).isInstanceOf(IOException.class);
    }

    private static void assertFailsAs(FailureKind kind, CompletableFuture<@Nullable Throwable> reading)
            throws InterruptedException {
        assertFails(reading);
        assertThat(reading.join()).cause().isInstanceOfSatisfying(ExchangeException.class, failure -> {
            assertThat(failure.kind()).isEqualTo(kind);
            assertThat(failure.mayHaveBeenSent()).isTrue();
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A body that is cut off or no HTTP fails its reader, and is never taken for whole")
    void badBody_failsItsReader(Mode mode) throws Exception {
        for (String body : BAD_BODIES) {
            CountDownLatch received = new CountDownLatch(1);
            RawServer server = raw(connection -> {
                connection.readRequest();
                connection.send(headOf(body));
                awaitQuietly(received);
                connection.send(body);
            });
            InputStream stream = stream(mode, server);
            received.countDown();

            CompletableFuture<@Nullable Throwable> reading = reading(stream);

            await("the reader of " + body, reading);
            assertThat(reading.join()).as(body).isInstanceOf(IOException.class);
            awaitAllClosed(server);
        }
    }

    private static String headOf(String body) {
        return body.contains("\r\n") ? StreamServers.CHUNKED : SEVEN;
    }

    private static void awaitQuietly(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(AMPLE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("the case did not go on");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A bad body that comes together with its head fails the exchange or its reader")
    void badBody_withItsHead(Mode mode) throws Exception {
        for (String body : BAD_BODIES) {
            RawServer server = raw(connection -> {
                connection.readRequest();
                connection.send(headOf(body) + body);
            });
            Started started = start(mode, post(server.uri()).streamed());

            if (started.ended() == null) {
                assertFails(reading(streamOf(started.response())));
            } else {
                ExchangeException failure = started.failure(FailureKind.CONNECTION_LOST, FailureKind.PROTOCOL_ERROR);
                assertThat(failure.mayHaveBeenSent()).isTrue();
            }
            awaitAllClosed(server);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A chunk longer than it says fails the exchange or its reader, and its surplus is never handed over")
    void longChunk_fails(Mode mode) throws Exception {
        skipIfExcused(Requirement.CHECKS_CHUNK_ENDS);
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send(headOf(LONG_CHUNK) + LONG_CHUNK);
        });
        Started started = start(mode, post(server.uri()).streamed());

        if (started.ended() == null) {
            assertFails(reading(streamOf(started.response())));
        } else {
            started.failure(FailureKind.CONNECTION_LOST, FailureKind.PROTOCOL_ERROR);
        }
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Cancelling fails a reader that blocks at once, and closes the connection")
    void cancel_failsABlockedReader(Mode mode) throws Exception {
        RawServer server = raw(StreamServers.stallingAfter(SEVEN + "half"));
        Started started = start(mode, download(server));
        CompletableFuture<@Nullable Throwable> reading = reading(streamOf(started.response()));

        started.call().cancel();

        assertFailsAs(FailureKind.CANCELLED, reading);
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Cancelling before anything is read fails the first read, and closes the connection")
    void cancel_failsTheNextRead(Mode mode) throws Exception {
        RawServer server = raw(StreamServers.stallingAfter(SEVEN));
        Started started = start(mode, download(server));
        InputStream stream = streamOf(started.response());

        started.call().cancel();

        assertFailsAs(FailureKind.CANCELLED, reading(stream));
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Closed before its end, a stream waits for nothing and frees the connection")
    void close_waitsForNothing(Mode mode) throws Exception {
        RawServer server = raw(StreamServers.stallingAfter(SEVEN + "half"));
        InputStream stream = stream(mode, server);
        stream.read();

        stream.close();
        stream.close();

        awaitAllClosed(server);
        assertThatThrownBy(stream::read).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Closed by another thread, a stream lets its reader go, and the connection is freed")
    void close_letsTheReaderGo(Mode mode) throws Exception {
        RawServer server = raw(StreamServers.stallingAfter(SEVEN + "half"));
        InputStream stream = stream(mode, server);
        CompletableFuture<@Nullable Throwable> reading = reading(stream);

        stream.close();

        assertFails(reading);
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Closing the transport fails the readers of its streams and closes their connections")
    void transportClose_endsStreams(Mode mode) throws Exception {
        RawServer server = raw(StreamServers.stallingAfter(SEVEN + "half"));
        InputStream idle = stream(mode, server);
        CompletableFuture<@Nullable Throwable> reading = reading(stream(mode, server));

        transport.close();

        assertFailsAs(FailureKind.CANCELLED, reading);
        assertFailsAs(FailureKind.CANCELLED, reading(idle));
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A stream that fails says of what kind: cut off, or no HTTP")
    void failure_tellsItsKind(Mode mode) throws Exception {
        Map<String, FailureKind> kinds =
                Map.of("half", FailureKind.CONNECTION_LOST, "5\r\nhello\r\nzz\r\n", FailureKind.PROTOCOL_ERROR);
        for (Map.Entry<String, FailureKind> each : kinds.entrySet()) {
            CountDownLatch received = new CountDownLatch(1);
            RawServer server = raw(connection -> {
                connection.readRequest();
                connection.send(headOf(each.getKey()));
                awaitQuietly(received);
                connection.send(each.getKey());
            });
            CompletableFuture<@Nullable Throwable> reading = reading(stream(mode, server));
            received.countDown();

            assertFailsAs(each.getValue(), reading);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A thousand streams that are closed early leave nothing open")
    void closedEarly_leavesNothingOpen(Mode mode) throws Exception {
        RawServer server = raw(StreamServers.stallingAfter(SEVEN + "half"));

        for (int i = 0; i < 1_000; i++) {
            stream(mode, server).close();
        }

        awaitAllClosed(server);
    }
}
