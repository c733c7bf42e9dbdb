package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Streams of HTTP/2 that end badly while others are under way, windows that fill, and signs of life. */
abstract class Http2StreamCases extends Http2Cases {

    private static final int BEYOND_MANY_WINDOWS = 16 << 20;
    private static final byte[] TOKEN = {1, 2, 3, 4, 5, 6, 7, 8};

    private static void awaitSignal(CompletableFuture<Void> signal) {
        signal.orTimeout(AMPLE.toSeconds(), TimeUnit.SECONDS).join();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A body beyond the client's windows arrives whole, by one connection, time and again")
    void http2_opensItsWindows(Mode mode) throws Exception {
        byte[] large = new byte[BEYOND_MANY_WINDOWS];
        large[large.length - 1] = 1;
        RawServer server = http2(connection -> {
            while (true) {
                int stream = connection.nextRequest();
                connection.head(stream);
                connection.pour(stream, large);
            }
        });

        for (int i = 0; i < 3; i++) {
            assertThat(exchange(mode, post2(server).maxResponseBytes(large.length))
                            .body())
                    .isEqualTo(large);
        }
        assertThat(server.accepted()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A server of HTTP/2 that asks for a sign of life is given it")
    void http2_answersPing(Mode mode) throws Exception {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        RawServer server = http2(connection -> {
            int stream = connection.nextRequest();
            connection.send(Http2Connection.PING, 0, 0, TOKEN);
            answer.complete(connection.next(Http2Connection.PING).payload());
            connection.respond(stream, HELLO);
            answerAll(connection);
        });

        assertWorks(mode, server);

        assertThat(answer.join()).isEqualTo(TOKEN);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A stream that is reset before its head is not sent again and hurts no other that is under way")
    void http2_resetHurtsNoOther(Mode mode) throws Exception {
        AtomicInteger connections = new AtomicInteger();
        CompletableFuture<Void> arrived = new CompletableFuture<>();
        CompletableFuture<Void> finish = new CompletableFuture<>();
        RawServer server = http2(connection -> {
            if (connections.getAndIncrement() == 0) {
                int waiting = connection.nextRequest();
                arrived.complete(null);
                connection.reset(connection.nextRequest(), Http2Connection.INTERNAL_ERROR);
                awaitSignal(finish);
                connection.respond(waiting, HELLO);
            }
            answerAll(connection);
        });
        Started waiting = start(mode, post2(server));
        awaitUntil("the first request has arrived as a whole", arrived::isDone);

        ExchangeException failure =
                start(mode, post2(server)).failure(FailureKind.CONNECTION_LOST, FailureKind.PROTOCOL_ERROR);
        finish.complete(null);

        assertThat(failure.mayHaveBeenSent()).isTrue();
        assertThat(waiting.response().body()).isEqualTo(HELLO);
        assertWorks(mode, server);
        assertThat(server.requests()).as("the lost one is not sent again").isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A stream that is timed out is reset, and hurts no other that is under way")
    void http2_timeoutHurtsNoOther(Mode mode) throws Exception {
        CompletableFuture<Void> arrived = new CompletableFuture<>();
        CompletableFuture<Integer> stalled = new CompletableFuture<>();
        CompletableFuture<Integer> reset = new CompletableFuture<>();
        RawServer server = http2(connection -> {
            int waiting = connection.nextRequest();
            arrived.complete(null);
            stalled.complete(connection.nextRequest());
            reset.complete(connection.nextReset());
            connection.respond(waiting, HELLO);
            answerAll(connection);
        });
        Started waiting = start(mode, post2(server));
        awaitUntil("the first request has arrived as a whole", arrived::isDone);

        failure(mode, post2(server).timeout(SHORT.multipliedBy(2)), FailureKind.TIMEOUT);

        await("the server is told", reset);
        assertThat(reset.join()).isEqualTo(stalled.join());
        assertThat(waiting.response().body()).isEqualTo(HELLO);
        assertThat(server.accepted()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A streamed response of HTTP/2 that is closed before its end is reset, and its connection goes on")
    void http2_closedStreamHurtsNoOther(Mode mode) throws Exception {
        CompletableFuture<Integer> reset = new CompletableFuture<>();
        RawServer server = http2(connection -> {
            int stream = connection.nextRequest();
            connection.head(stream);
            connection.data(stream, HELLO, false);
            reset.complete(connection.nextReset());
            answerAll(connection);
        });

        InputStream body = Objects.requireNonNull(
                exchange(mode, post2(server).streamed()).stream(), "a streamed response has a stream");
        assertThat(body.readNBytes(HELLO.length)).isEqualTo(HELLO);
        body.close();

        await("the server is told", reset);
        assertWorks(mode, server);
        assertThat(server.accepted()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A request that a server of HTTP/2 always refuses unprocessed fails within a few tries")
    void http2_alwaysRefused(Mode mode) throws Exception {
        RawServer server = http2(connection -> {
            while (true) {
                connection.reset(connection.nextRequest(), Http2Connection.REFUSED_STREAM);
            }
        });

        start(mode, post2(server)).failure(FailureKind.CONNECTION_LOST, FailureKind.PROTOCOL_ERROR);

        assertThat(server.requests()).isBetween(1, 5);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "A request that is processed as its server goes away is never sent again, and does not keep the next one"
                    + " from another connection")
    void goAway_whileAnotherBegins(Mode mode) throws Exception {
        AtomicInteger connections = new AtomicInteger();
        CompletableFuture<Void> heard = new CompletableFuture<>();
        CompletableFuture<Void> finish = new CompletableFuture<>();
        RawServer server = http2(connection -> {
            if (connections.getAndIncrement() > 0) {
                answerAll(connection);
            }
            int stream = connection.nextRequest();
            goAwayAfter(stream, connection, heard);
            awaitSignal(finish);
            connection.respond(stream, HELLO);
            answerNothing(connection);
        });
        Started processed = start(mode, post2(server));
        await("the client has heard that the server goes away", heard);

        assertWorks(mode, server);
        finish.complete(null);

        Throwable thrown = processed.ended();
        assertThat(server.requests()).as("the first is never sent again").isEqualTo(2);
        if (thrown != null) {
            assertThat(processed.failure().mayHaveBeenSent()).isTrue();
            skipIfExcused(Requirement.COMPLETES_AFTER_GOAWAY);
        }
        assertThat(processed.response().body()).isEqualTo(HELLO);
    }

    /** A client that answers the PING has read the GOAWAY before it; one that closes has, too. */
    private static void goAwayAfter(int stream, Http2Connection connection, CompletableFuture<Void> heard)
            throws IOException {
        try {
            connection.goAway(stream, Http2Connection.NO_ERROR);
            connection.send(Http2Connection.PING, 0, 0, TOKEN);
            connection.next(Http2Connection.PING);
        } finally {
            heard.complete(null);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A connection of HTTP/2 that is reset under several exchanges fails each, and none is sent again")
    void http2_resetUnderSeveral(Mode mode) throws Exception {
        RawServer server = http2Raw(raw -> {
            Http2Connection connection = new Http2Connection(raw);
            connection.open();
            connection.respond(connection.nextRequest(), HELLO);
            awaitSeveral(connection);
            raw.reset();
        });

        assertLost(startSeveral(mode, server), server);
    }
}
