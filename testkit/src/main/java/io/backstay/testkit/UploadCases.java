package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Bodies that are streamed out. In every case the source is opened once and closed. */
abstract class UploadCases extends TlsCases {

    private static final long HUNDRED_MEBIBYTES = 100 << 20;
    private static final long MORE_THAN_BUFFERS_HOLD = 64 << 20;

    private static Request upload(RawServer server) {
        return new Request("POST", server.uri()).timeout(AMPLE);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A streamed body of unknown length is sent in chunks and arrives whole")
    void upload_ofUnknownLength(Mode mode) throws Exception {
        for (long length : new long[] {0, 1, 1 << 20}) {
            Source source = new Source(length);
            PlainServer server = closing(PlainServer.empty());

            exchange(mode, new Request("POST", server.uri()).streaming(source.ofUnknownLength()));

            assertThat(server.only().body()).as("%d B", length).hasSize((int) length);
            assertThat(server.only().headers().all("transfer-encoding")).containsExactly("chunked");
            assertThat(server.only().headers().contains("content-length")).isFalse();
            source.awaitClosedOnce();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A streamed body of known length is announced by its length and arrives whole")
    void upload_ofKnownLength(Mode mode) throws Exception {
        for (long length : new long[] {0, 1, 1 << 20}) {
            Source source = new Source(length);
            PlainServer server = closing(PlainServer.empty());

            exchange(mode, new Request("POST", server.uri()).streaming(source.ofKnownLength()));

            assertThat(server.only().body()).as("%d B", length).hasSize((int) length);
            assertThat(server.only().headers().all("content-length")).containsExactly(String.valueOf(length));
            assertThat(server.only().headers().contains("transfer-encoding")).isFalse();
            source.awaitClosedOnce();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A streamed body of 100 MB arrives whole, of known length and of unknown")
    void upload_ofHundredMebibytes(Mode mode) throws Exception {
        for (boolean known : new boolean[] {true, false}) {
            AtomicLong count = new AtomicLong();
            RawServer server = raw(StreamServers.counting(count));
            Source source = new Source(HUNDRED_MEBIBYTES);

            exchange(mode, upload(server).streaming(known ? source.ofKnownLength() : source.ofUnknownLength()));

            assertThat(count).hasValue(HUNDRED_MEBIBYTES);
            source.awaitClosedOnce();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Of a body that the server does not read, no more is read than buffers hold, however long it is")
    void upload_isNotReadAhead(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readHead();
            connection.pause(Duration.ofSeconds(1));
        });
        Source source = new Source(Long.MAX_VALUE);

        start(mode, upload(server).streaming(source.ofUnknownLength()))
                .failure(FailureKind.CONNECTION_LOST, FailureKind.TIMEOUT);

        assertThat(source.read()).isLessThan(MORE_THAN_BUFFERS_HOLD);
        source.awaitClosedOnce();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("What the source throws ends the exchange and is among its causes, and the connection is closed")
    void source_throws(Mode mode) throws Exception {
        for (long at : new long[] {0, 100_000}) {
            for (boolean known : new boolean[] {true, false}) {
                AtomicLong count = new AtomicLong();
                RawServer server = raw(StreamServers.counting(count));
                IOException own = new IOException("the source's own");
                Source source = new Source(1 << 20).throwingAt(at, own);

                Started started = start(
                        mode, upload(server).streaming(known ? source.ofKnownLength() : source.ofUnknownLength()));

                assertThat(causes(started.failure())).contains(own);
                assertThat(count)
                        .as("a body that was broken off is never taken for whole")
                        .hasValue(0);
                source.awaitClosedOnce();
                awaitAllClosed(server);
            }
        }
    }

    private static List<Throwable> causes(Throwable failure) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable at = failure.getCause(); at != null && causes.size() < 16; at = at.getCause()) {
            causes.add(at);
        }
        return causes;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A response that comes before the whole body was sent is the response")
    void response_comesEarly(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readHead();
            connection.send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
            connection.awaitClose();
        });
        Source source = new Source(8 << 20);

        TransportResponse response = exchange(mode, upload(server).streaming(source.ofUnknownLength()));

        assertThat(response.status()).isEqualTo(413);
        assertThat(response.body()).isEqualTo(HELLO);
        source.awaitClosedOnce();
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "A server that answers early and closes gives its response or a lost connection, and leaves nothing open")
    void response_comesEarlyAndConnectionCloses(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readHead();
            connection.send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
        });
        Source source = new Source(MORE_THAN_BUFFERS_HOLD);

        Started started = start(mode, upload(server).streaming(source.ofUnknownLength()));

        if (started.ended() instanceof ExchangeException failure) {
            assertThat(failure.kind()).isEqualTo(FailureKind.CONNECTION_LOST);
            assertThat(failure.mayHaveBeenSent()).isTrue();
        } else {
            assertThat(started.response().status()).isEqualTo(413);
        }
        source.awaitNotOpen();
        assertThat(server.requests()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Cancelled while the source blocks, an exchange ends at once, and its connection is closed")
    void cancel_whileSourceBlocks(Mode mode) throws Exception {
        RawServer server = raw(RawConnection::awaitClose);
        Source source = new Source(1 << 20).stallingAt(1_000);
        Started started = start(mode, upload(server).streaming(source.ofUnknownLength()));
        awaitUntil("the source blocks", () -> source.read() == 1_000);

        started.call().cancel();

        started.failure(FailureKind.CANCELLED);
        source.awaitClosedOnce();
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "Cancelled while the source blocks, an exchange leaves no thread in it, though it minds only interrupts")
    void cancel_whileSourceBlocks_leavesNoThreadInIt(Mode mode) throws Exception {
        RawServer server = raw(RawConnection::awaitClose);
        Source source = new Source(1 << 20).stallingUntilInterruptedAt(1_000);
        Started started = start(mode, upload(server).streaming(source.ofUnknownLength()));
        awaitUntil("the source blocks", () -> source.stalling() == 1);

        started.call().cancel();

        started.failure(FailureKind.CANCELLED);
        awaitUntil("no thread is in the source", () -> source.stalling() == 0);
        source.awaitClosedOnce();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Timed out while the source blocks, an exchange ends, and its connection is closed")
    void timeout_whileSourceBlocks(Mode mode) throws Exception {
        RawServer server = raw(RawConnection::awaitClose);
        Source source = new Source(1 << 20).stallingAt(1_000);

        ExchangeException failure =
                failure(mode, upload(server).timeout(SHORT).streaming(source.ofKnownLength()), FailureKind.TIMEOUT);

        assertThat(failure.mayHaveBeenSent()).isTrue();
        source.awaitClosedOnce();
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Timed out while a server does not read, an upload ends, and its connection is closed")
    void timeout_whileServerDoesNotRead(Mode mode) throws Exception {
        CountDownLatch failed = new CountDownLatch(1);
        RawServer server = raw(connection -> {
            try {
                failed.await(AMPLE.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            connection.awaitClose();
        });
        Source source = new Source(MORE_THAN_BUFFERS_HOLD);

        failure(mode, upload(server).timeout(SHORT).streaming(source.ofKnownLength()), FailureKind.TIMEOUT);

        failed.countDown();
        source.awaitClosedOnce();
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A streamed body whose connection is lost is not sent again")
    void upload_isNeverSentAgain(Mode mode) throws Exception {
        RawServer server = raw(RawConnection::readHead);
        Source source = new Source(1 << 20);

        ExchangeException failure =
                start(mode, upload(server).streaming(source.ofUnknownLength())).failure(FailureKind.CONNECTION_LOST);

        assertThat(failure.mayHaveBeenSent()).isTrue();
        assertThat(server.requests()).isOne();
        source.awaitNotOpen();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Refused its connection, an exchange leaves no source open")
    void source_ofARefusedConnection(Mode mode) throws Exception {
        Source source = new Source(1 << 20);

        failure(mode, post(refusing()).streaming(source.ofUnknownLength()), FailureKind.CONNECT_FAILED);

        source.awaitNotOpen();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("After an upload the connection is used again")
    void upload_leavesTheConnectionUsable(Mode mode) throws Exception {
        AtomicLong count = new AtomicLong();
        RawServer server = raw(StreamServers.counting(count));

        for (int i = 0; i < 5; i++) {
            exchange(mode, upload(server).streaming(new Source(10_000).ofUnknownLength()));
        }

        assertThat(count).hasValue(50_000);
        assertThat(server.accepted()).isOne();
    }
}
