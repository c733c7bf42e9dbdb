package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportResponse;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** HTTP/2 over TLS, of a transport that says it speaks it. */
abstract class Http2Cases extends Http2Fixture {

    @ParameterizedTest
    @EnumSource
    @DisplayName("Exchanges of HTTP/2 share one connection, at once, and are answered in any order")
    void http2_isMultiplexed(Mode mode) throws Exception {
        RawServer server = http2(connection -> {
            connection.respond(connection.nextRequest(), HELLO);
            for (int stream : awaitSeveral(connection)) {
                connection.respond(stream, HELLO);
            }
            answerAll(connection);
        });

        for (Started one : startSeveral(mode, server)) {
            assertThat(one.response().body()).isEqualTo(HELLO);
        }
        assertThat(server.accepted()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Bodies beyond the windows pass both ways, buffered and streamed")
    void http2_bodies(Mode mode) throws Exception {
        byte[] large = new byte[60_000];
        RawServer server = http2(connection -> {
            while (true) {
                int stream = connection.nextRequest();
                connection.head(stream);
                for (int sent = 0; sent < large.length; sent += 10_000) {
                    connection.data(stream, new byte[10_000], sent + 10_000 == large.length);
                }
            }
        });
        Source source = new Source(1 << 20);

        assertThat(exchange(mode, post2(server).body(new byte[1 << 20])).body()).isEqualTo(large);
        TransportResponse response =
                exchange(mode, post2(server).streaming(source.ofUnknownLength()).streamed());
        assertThat(closing(Objects.requireNonNull(response.stream())).readAllBytes())
                .isEqualTo(large);
        source.awaitClosedOnce();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "A stream that GOAWAY leaves unprocessed fails, or moves to a new connection; it is processed once at most")
    void goAway_leavesTheStreamUnprocessed(Mode mode) throws Exception {
        AtomicInteger connections = new AtomicInteger();
        AtomicInteger processed = new AtomicInteger();
        RawServer server = http2(connection -> {
            boolean first = connections.incrementAndGet() == 1;
            while (true) {
                int stream = connection.nextRequest();
                if (first && processed.get() == 1) {
                    connection.goAway(stream - 2, Http2Connection.NO_ERROR);
                    return;
                }
                processed.incrementAndGet();
                connection.respond(stream, HELLO);
            }
        });
        assertWorks(mode, server);

        Started started = start(mode, post2(server));

        if (started.ended() == null) {
            assertThat(processed).hasValue(2);
        } else {
            started.failure(FailureKind.CONNECTION_LOST, FailureKind.PROTOCOL_ERROR);
            assertThat(processed).hasValue(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "A stream that is processed when GOAWAY comes is completed, and the next exchange has a new connection")
    void goAway_completesTheStream(Mode mode) throws Exception {
        AtomicInteger processed = new AtomicInteger();
        RawServer server = http2(connection -> {
            while (true) {
                int stream = connection.nextRequest();
                processed.incrementAndGet();
                connection.head(stream);
                connection.goAway(stream, Http2Connection.NO_ERROR);
                connection.data(stream, HELLO, true);
            }
        });
        skipIfExcused(Requirement.COMPLETES_AFTER_GOAWAY);

        assertWorks(mode, server);
        assertWorks(mode, server);

        assertThat(server.accepted()).isEqualTo(2);
        assertThat(processed).hasValue(2);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A stream that is reset before its head or in its body fails, is seen once, and the next one works")
    void reset_failsTheStreamAlone(Mode mode) throws Exception {
        for (boolean inBody : new boolean[] {false, true}) {
            AtomicInteger seen = new AtomicInteger();
            RawServer server = http2ButSecond(seen, (connection, stream) -> {
                if (inBody) {
                    connection.head(stream);
                    connection.data(stream, HELLO, false);
                }
                connection.reset(stream, Http2Connection.INTERNAL_ERROR);
            });
            assertWorks(mode, server);

            ExchangeException failure =
                    start(mode, post2(server)).failure(FailureKind.CONNECTION_LOST, FailureKind.PROTOCOL_ERROR);

            assertThat(failure.mayHaveBeenSent()).isTrue();
            assertThat(seen).hasValue(2);
            assertWorks(mode, server);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A stream that is refused fails, or is sent again since it was not processed")
    void refusedStream_isProcessedOnceAtMost(Mode mode) throws Exception {
        AtomicInteger seen = new AtomicInteger();
        RawServer server =
                http2ButSecond(seen, (connection, stream) -> connection.reset(stream, Http2Connection.REFUSED_STREAM));
        assertWorks(mode, server);

        Started started = start(mode, post2(server));

        if (started.ended() == null) {
            assertThat(seen).as("one was refused, and one more sent").hasValue(3);
        } else {
            started.failure(FailureKind.CONNECTION_LOST, FailureKind.PROTOCOL_ERROR);
            assertThat(seen).hasValue(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Cancelled while its stream stalls, an exchange tells the server, and the connection serves others")
    void cancel_resetsTheStreamAlone(Mode mode) throws Exception {
        CompletableFuture<Integer> stalled = new CompletableFuture<>();
        CompletableFuture<Integer> reset = new CompletableFuture<>();
        RawServer server = http2ButSecond(new AtomicInteger(), (connection, stream) -> {
            stalled.complete(stream);
            reset.complete(connection.nextReset());
        });
        assertWorks(mode, server);
        Started started = start(mode, post2(server));
        await("the request has arrived", stalled);

        started.call().cancel();

        started.failure(FailureKind.CANCELLED);
        await("the server is told", reset);
        assertThat(reset.join()).isEqualTo(stalled.join());
        assertWorks(mode, server);
        assertThat(server.accepted()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Timed out while its stream stalls, an exchange leaves the connection to others")
    void timeout_leavesTheConnection(Mode mode) throws Exception {
        RawServer server = http2ButSecond(new AtomicInteger(), (connection, stream) -> {});
        assertWorks(mode, server);

        assertThat(failure(mode, post2(server).timeout(SHORT), FailureKind.TIMEOUT)
                        .mayHaveBeenSent())
                .isTrue();

        assertWorks(mode, server);
        assertThat(server.accepted()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A connection that is lost under several streams fails each of them, and none is sent again")
    void lostConnection_failsAllStreams(Mode mode) throws Exception {
        RawServer server = http2(connection -> {
            connection.respond(connection.nextRequest(), HELLO);
            awaitSeveral(connection);
        });

        assertLost(startSeveral(mode, server), server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A server that agrees to HTTP/2 and then is silent is timed out")
    void silence_afterTheHandshake(Mode mode) throws Exception {
        RawServer server = http2Raw(RawConnection::awaitClose);

        start(mode, post2(server).timeout(SHORT))
                .failure(
                        FailureKind.TIMEOUT,
                        FailureKind.CONNECT_TIMEOUT,
                        FailureKind.CONNECTION_LOST,
                        FailureKind.PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Frames that are none fail the exchange before its timeout, and the connection is closed")
    void garbageFrames_fail(Mode mode) throws Exception {
        byte[] noField = {(byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f};
        List<Script> scripts = List.of(
                connection -> connection.send(Http2Connection.HEADERS, 4, connection.nextRequest(), noField),
                connection -> {
                    connection.nextRequest();
                    connection.data(0, HELLO, true);
                },
                connection -> {
                    connection.nextRequest();
                    connection.send(Http2Connection.SETTINGS, 0, 0, new byte[5]);
                },
                connection -> {
                    connection.nextRequest();
                    connection.send(Http2Connection.PING, 0, 0, new byte[1 << 20]);
                });
        for (int i = 0; i < scripts.size(); i++) {
            Script script = scripts.get(i);
            RawServer server = http2(connection -> {
                script.serve(connection);
                answerNothing(connection);
            });

            ExchangeException failure = start(mode, post2(server).timeout(AMPLE.dividedBy(2)))
                    .failure(FailureKind.PROTOCOL_ERROR, FailureKind.CONNECTION_LOST);

            assertThat(failure.mayHaveBeenSent()).as("script %d", i).isTrue();
            awaitAllClosed(server);
        }
    }
}
