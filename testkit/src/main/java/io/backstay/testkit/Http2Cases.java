package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport.Capability;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** HTTP/2 over TLS: many exchanges on one connection, of which one must not hurt another, and connections that end. */
abstract class Http2Cases extends ProxyCases {

    private static final int SEVERAL = 16;
    private static final int BEYOND_ALL_WINDOWS = 300_000;

    /** What to do with one connection on which both sides have greeted. */
    @FunctionalInterface
    interface Http2Script {
        void serve(Http2Connection connection) throws IOException;
    }

    /** A server that speaks HTTP/2 alone; ends the case as skipped where the transport does not, or cannot trust it. */
    RawServer http2(Http2Script script) {
        return http2Raw(connection -> script.serve(Http2Connection.greet(connection)));
    }

    /** The same, the greeting left to the script. */
    RawServer http2Raw(RawServer.Script script) {
        Assumptions.assumeTrue(transport.capabilities().contains(Capability.HTTP_2), "speaks no HTTP/2");
        skipIfExcused(Requirement.TLS_BY_SETTINGS);
        return closing(new RawServer(TestCertificates.speaking("h2"), script));
    }

    private static URI at(RawServer server) {
        return server.uri("https");
    }

    private static void helloForAll(Http2Connection connection) throws IOException {
        while (true) {
            connection.hello(connection.request().stream());
        }
    }

    /** Answers the first request, so that the connection stands before the case begins. */
    private static void helloForTheFirst(Http2Connection connection) throws IOException {
        connection.hello(connection.request().stream());
    }

    private void assertHello(Mode mode, RawServer server) throws InterruptedException {
        assertThat(exchange(mode, post(at(server))).body()).isEqualTo(HELLO);
    }

    private List<Started> startSeveral(Mode mode, RawServer server) {
        List<Started> started = new ArrayList<>();
        for (int i = 0; i < SEVERAL; i++) {
            started.add(start(mode, post(at(server))));
        }
        return started;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Exchanges with a server of HTTP/2, one after the other, share a connection, and bodies arrive whole")
    void http2_works(Mode mode) throws Exception {
        List<byte[]> arrived = new ArrayList<>();
        RawServer server = http2(connection -> {
            while (true) {
                Http2Connection.Received request = connection.request();
                arrived.add(request.body());
                connection.hello(request.stream());
            }
        });

        for (int i = 0; i < 20; i++) {
            assertHello(mode, server);
        }

        assertThat(server.accepted()).isOne();
        assertThat(arrived).hasSize(20).allMatch(body -> Arrays.equals(body, HELLO));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Exchanges at the same time share a connection of HTTP/2, also when their responses come in reverse")
    void http2_multiplexes(Mode mode) throws Exception {
        RawServer server = http2(connection -> {
            helloForTheFirst(connection);
            List<Integer> streams = new ArrayList<>();
            while (streams.size() < SEVERAL) {
                streams.add(0, connection.request().stream());
            }
            for (int stream : streams) {
                connection.hello(stream);
            }
            helloForAll(connection);
        });
        assertHello(mode, server);

        for (Started one : startSeveral(mode, server)) {
            assertThat(one.response().body()).isEqualTo(HELLO);
        }

        assertThat(server.accepted()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Bodies beyond the windows of HTTP/2 arrive whole, out and in")
    void http2_flowsOn(Mode mode) throws Exception {
        byte[] large = new byte[BEYOND_ALL_WINDOWS];
        Arrays.fill(large, (byte) 'x');
        RawServer server = http2(connection -> {
            while (true) {
                Http2Connection.Received request = connection.request();
                connection.head(request.stream());
                connection.body(request.stream(), request.body());
            }
        });

        for (int i = 0; i < 3; i++) {
            assertThat(exchange(mode, post(at(server)).body(large)).body()).isEqualTo(large);
        }
        assertThat(server.accepted()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A server of HTTP/2 that asks for a sign of life is given it")
    void http2_answersPing(Mode mode) throws Exception {
        byte[] token = {1, 2, 3, 4, 5, 6, 7, 8};
        CompletableFuture<byte[]> answered = new CompletableFuture<>();
        RawServer server = http2(connection -> {
            int stream = connection.request().stream();
            connection.send(Http2Connection.PING, 0, 0, token);
            answered.complete(connection.await(Http2Connection.PING).payload());
            connection.hello(stream);
            helloForAll(connection);
        });

        assertHello(mode, server);

        assertThat(answered.join()).isEqualTo(token);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A stream of HTTP/2 that is reset before its head is lost, not sent again, and hurts no other")
    void http2_resetBeforeHead(Mode mode) throws Exception {
        assertResetLoses(mode, (connection, stream) -> {});
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A stream of HTTP/2 that is reset in its body is lost, no part of it handed out, and hurts no other")
    void http2_resetInBody(Mode mode) throws Exception {
        assertResetLoses(mode, (connection, stream) -> {
            connection.head(stream);
            connection.send(Http2Connection.DATA, 0, stream, HELLO);
        });
    }

    /** How far a response goes. */
    @FunctionalInterface
    private interface Part {
        void send(Http2Connection connection, int stream) throws IOException;
    }

    /** Whether the client takes that connection for more requests afterwards is its own affair. */
    private void assertResetLoses(Mode mode, Part part) throws InterruptedException {
        AtomicInteger connections = new AtomicInteger();
        CompletableFuture<Void> finish = new CompletableFuture<>();
        RawServer server = http2(connection -> {
            if (connections.getAndIncrement() == 0) {
                int waiting = connection.request().stream();
                int lost = connection.request().stream();
                part.send(connection, lost);
                connection.resetStream(lost, Http2Connection.INTERNAL_ERROR);
                finish.orTimeout(AMPLE.toSeconds(), TimeUnit.SECONDS).join();
                connection.hello(waiting);
            }
            helloForAll(connection);
        });
        Started waiting = start(mode, post(at(server)));
        awaitUntil("the first request has arrived", () -> server.requests() == 1);

        ExchangeException failure =
                start(mode, post(at(server))).failure(FailureKind.CONNECTION_LOST, FailureKind.PROTOCOL_ERROR);
        finish.complete(null);

        assertThat(failure.mayHaveBeenSent()).isTrue();
        assertThat(waiting.response().body()).isEqualTo(HELLO);
        assertHello(mode, server);
        assertThat(server.requests()).as("the lost one is not sent again").isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A request that a server of HTTP/2 refuses unprocessed, always, fails within a few tries")
    void http2_alwaysRefused(Mode mode) throws Exception {
        RawServer server = http2(connection -> {
            while (true) {
                connection.resetStream(connection.request().stream(), Http2Connection.REFUSED_STREAM);
            }
        });

        start(mode, post(at(server))).failure(FailureKind.CONNECTION_LOST, FailureKind.PROTOCOL_ERROR);

        assertThat(server.requests()).isBetween(1, 5);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "A request that a server of HTTP/2 refuses unprocessed, once, fails or is processed once by another try")
    void http2_refusedOnce(Mode mode) throws Exception {
        AtomicInteger processed = new AtomicInteger();
        AtomicInteger seen = new AtomicInteger();
        RawServer server = http2(connection -> {
            while (true) {
                int stream = connection.request().stream();
                if (seen.getAndIncrement() == 0) {
                    connection.resetStream(stream, Http2Connection.REFUSED_STREAM);
                } else {
                    processed.incrementAndGet();
                    connection.hello(stream);
                }
            }
        });

        assertFailedOrProcessedOnce(start(mode, post(at(server))), processed);
        assertHello(mode, server);
    }

    private static void assertFailedOrProcessedOnce(Started started, AtomicInteger processed)
            throws InterruptedException {
        if (started.ended() == null) {
            assertThat(started.response().body()).isEqualTo(HELLO);
            assertThat(processed).hasValue(1);
        } else {
            started.failure(FailureKind.CONNECTION_LOST, FailureKind.PROTOCOL_ERROR);
            assertThat(processed).hasValue(0);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A request that a server of HTTP/2 leaves unprocessed as it goes away fails, or is processed once by"
            + " another connection, and the next one is made anew")
    void http2_goAwayUnprocessed(Mode mode) throws Exception {
        AtomicInteger processed = new AtomicInteger();
        AtomicInteger connections = new AtomicInteger();
        RawServer server = http2(connection -> {
            boolean goes = connections.getAndIncrement() == 0;
            while (true) {
                int stream = connection.request().stream();
                if (goes) {
                    connection.goAway(0);
                    connection.awaitClose();
                    return;
                }
                processed.incrementAndGet();
                connection.hello(stream);
            }
        });

        assertFailedOrProcessedOnce(start(mode, post(at(server))), processed);
        assertHello(mode, server);
        awaitUntil("the connection that was said to end is closed", () -> server.open() == 1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "A request that a server of HTTP/2 processes as it goes away comes to its end, is never sent again, and the"
                    + " next one takes another connection")
    void http2_goAwayWhileProcessed(Mode mode) throws Exception {
        AtomicInteger connections = new AtomicInteger();
        CompletableFuture<Void> heard = new CompletableFuture<>();
        CompletableFuture<Void> finish = new CompletableFuture<>();
        RawServer server = http2(connection -> {
            if (connections.getAndIncrement() > 0) {
                helloForAll(connection);
            }
            int stream = connection.request().stream();
            goAwayAfter(stream, connection, heard);
            finish.orTimeout(AMPLE.toSeconds(), TimeUnit.SECONDS).join();
            connection.hello(stream);
            connection.awaitClose();
        });
        Started processed = start(mode, post(at(server)));
        await("the client has heard that the server goes away", heard);

        assertHello(mode, server);
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
            connection.goAway(stream);
            connection.send(Http2Connection.PING, 0, 0, new byte[8]);
            connection.await(Http2Connection.PING);
        } finally {
            heard.complete(null);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A stream of HTTP/2 that is cancelled is reset, and its connection goes on for the others")
    void http2_cancelHurtsNoOther(Mode mode) throws Exception {
        assertOthersGoOn(mode, started -> {
            started.call().cancel();
            started.failure(FailureKind.CANCELLED);
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A stream of HTTP/2 that is timed out is reset, and its connection goes on for the others")
    void http2_timeoutHurtsNoOther(Mode mode) throws Exception {
        assertOthersGoOn(mode, started -> started.failure(FailureKind.TIMEOUT));
    }

    /** What ends an exchange that the server does not. */
    @FunctionalInterface
    private interface End {
        void end(Started started) throws InterruptedException;
    }

    private void assertOthersGoOn(Mode mode, End end) throws InterruptedException {
        CompletableFuture<Integer> reset = new CompletableFuture<>();
        CompletableFuture<Integer> stalled = new CompletableFuture<>();
        RawServer server = http2(connection -> {
            helloForTheFirst(connection);
            int waiting = connection.request().stream();
            stalled.complete(connection.request().stream());
            reset.complete(connection.await(Http2Connection.RST_STREAM).stream());
            connection.hello(waiting);
            helloForAll(connection);
        });
        assertHello(mode, server);
        Started waiting = start(mode, post(at(server)));
        awaitUntil("the second request has arrived", () -> server.requests() == 2);
        Started stalls = start(mode, post(at(server)).timeout(SHORT.multipliedBy(2)));
        await("the third request has arrived", stalled.thenAccept(stream -> {}));

        end.end(stalls);

        await("the server is told", reset.thenAccept(stream -> {}));
        assertThat(reset.join()).isEqualTo(stalled.join());
        assertThat(waiting.response().body()).isEqualTo(HELLO);
        assertHello(mode, server);
        assertThat(server.accepted()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A streamed response of HTTP/2 that is closed before its end is reset, and its connection goes on")
    void http2_closedStreamHurtsNoOther(Mode mode) throws Exception {
        RawServer server = http2(connection -> {
            int stream = connection.request().stream();
            connection.head(stream);
            connection.send(Http2Connection.DATA, 0, stream, HELLO);
            connection.await(Http2Connection.RST_STREAM);
            helloForAll(connection);
        });

        try (InputStream body = exchange(mode, post(at(server)).streamed()).stream()) {
            assertThat(body.readNBytes(HELLO.length)).isEqualTo(HELLO);
        }

        assertHello(mode, server);
        assertThat(server.accepted()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A connection of HTTP/2 that is closed under several exchanges fails each, and none is sent again")
    void http2_closedUnderSeveral(Mode mode) throws Exception {
        assertAllLost(mode, connection -> {});
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A connection of HTTP/2 that is reset under several exchanges fails each, and none is sent again")
    void http2_resetUnderSeveral(Mode mode) throws Exception {
        assertAllLost(mode, RawConnection::reset);
    }

    private void assertAllLost(Mode mode, RawServer.Script end) throws InterruptedException {
        RawServer server = http2Raw(raw -> {
            Http2Connection connection = Http2Connection.greet(raw);
            helloForTheFirst(connection);
            for (int i = 0; i < SEVERAL; i++) {
                connection.request();
            }
            end.serve(raw);
        });
        assertHello(mode, server);

        for (Started one : startSeveral(mode, server)) {
            assertThat(one.failure(FailureKind.CONNECTION_LOST).mayHaveBeenSent())
                    .isTrue();
        }

        assertThat(server.requests()).isEqualTo(1 + SEVERAL);
        assertThat(server.accepted()).isOne();
    }
}
