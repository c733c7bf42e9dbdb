package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TransportCall;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Cancelling and interrupting, at every stage. */
abstract class CancelCases extends LossCases {

    /** A server that goes so far with its response, tells that it has, and waits for the client to go. */
    private static final class StallingServer {
        final CompletableFuture<Void> reached = new CompletableFuture<>();
        final RawServer server;

        StallingServer(String response) {
            server = new RawServer(connection -> {
                connection.readRequest();
                connection.send(response);
                reached.complete(null);
                connection.awaitClose();
            });
        }
    }

    private StallingServer stallingAfter(String response) {
        StallingServer stalling = new StallingServer(response);
        closing(stalling.server);
        return stalling;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Cancelled before it begins, an exchange never begins")
    void cancel_before(Mode mode) throws Exception {
        RawServer server = raw(RawConnection::readRequest);
        TransportCall call = transport.newCall(get(server.uri()).build());
        call.cancel();

        assertThat(mode.start(call).failure(FailureKind.CANCELLED).mayHaveBeenSent())
                .isFalse();
        assertThat(server.accepted()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Cancelled while the server is silent, an exchange ends at once and its connection is closed")
    void cancel_duringSilence(Mode mode) throws Exception {
        assertCancels(mode, stallingAfter(""));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Cancelled in the middle of the head, an exchange ends at once and its connection is closed")
    void cancel_inHead(Mode mode) throws Exception {
        assertCancels(mode, stallingAfter("HTTP/1.1 200 OK\r\nX-Half: "));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Cancelled before the body, an exchange ends at once and its connection is closed")
    void cancel_beforeBody(Mode mode) throws Exception {
        assertCancels(mode, stallingAfter("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Cancelled in the middle of the body, an exchange ends at once and its connection is closed")
    void cancel_inBody(Mode mode) throws Exception {
        assertCancels(mode, stallingAfter("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"));
    }

    private void assertCancels(Mode mode, StallingServer stalling) throws InterruptedException {
        Started started = start(mode, get(stalling.server.uri()));
        await("the server stalls", stalling.reached);
        long before = SystemTime.shared().nanoTime();

        started.call().cancel();
        started.call().cancel();

        assertThat(started.failure(FailureKind.CANCELLED).mayHaveBeenSent()).isTrue();
        assertThat(Duration.ofNanos(SystemTime.shared().nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
        awaitAllClosed(stalling.server);
        assertThat(stalling.server.requests())
                .as("a cancelled GET is not sent again")
                .isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Cancelled while it connects, an exchange ends at once")
    void cancel_whileConnecting(Mode mode) throws Exception {
        DeafServer server = closing(new DeafServer());
        Started started = start(mode, get(server.uri()));
        SystemTime.shared().await(started.future(), SHORT.toNanos());
        long before = SystemTime.shared().nanoTime();

        started.call().cancel();

        started.failure(FailureKind.CANCELLED);
        assertThat(Duration.ofNanos(SystemTime.shared().nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Cancelled after its end, an exchange keeps its response, and the next one succeeds")
    void cancel_after(Mode mode) throws Exception {
        PlainServer server = closing(PlainServer.answering(200, HELLO));
        Started started = start(mode, get(server.uri()));
        started.response();

        started.call().cancel();

        assertThat(started.response().body()).isEqualTo(HELLO);
        assertThat(exchange(mode, get(server.uri())).body()).isEqualTo(HELLO);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("An exchange is made once")
    void secondExecution_isRefused(Mode mode) throws Exception {
        PlainServer server = closing(PlainServer.empty());
        TransportCall call = transport.newCall(get(server.uri()).build());
        mode.start(call).response();

        assertThatThrownBy(call::execute).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(call::executeAsync).isInstanceOf(IllegalStateException.class);
        assertThat(server.seen()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Cancelled at any moment, an exchange ends as cancelled or with its response, and no other is hurt")
    void cancel_atAnyMoment(Mode mode) throws Exception {
        RawServer server = hello();
        for (int i = 0; i < 300; i++) {
            Started started = start(mode, post(server.uri()));
            SystemTime.shared().await(new CompletableFuture<>(), i * 2_000L);
            started.call().cancel();

            Throwable thrown = started.ended();

            if (thrown == null) {
                assertThat(started.response().body()).isEqualTo(HELLO);
            } else {
                started.failure(FailureKind.CANCELLED);
            }
        }
        assertThat(exchange(mode, get(server.uri())).body()).isEqualTo(HELLO);
    }

    /** Of what no answer can come to. Neither its caller nor its connection may be left to a peer who says nothing. */
    void assertCancelsAtAnyMoment(Mode mode, RawServer silent, Request request) throws InterruptedException {
        for (int i = 0; i < 200; i++) {
            Started started = start(mode, request);
            SystemTime.shared().await(new CompletableFuture<>(), i * 3_000L);

            started.call().cancel();

            started.failure(FailureKind.CANCELLED);
        }
        awaitAllClosed(silent);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Timed out at just the moment of its response, an exchange ends either way, and no other is hurt")
    void timeout_atAnyMoment(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            while (true) {
                connection.readRequest();
                connection.pause(Duration.ofMillis(10));
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
                connection.send("lo");
            }
        });
        for (int i = 0; i < 100; i++) {
            Started started = start(mode, post(server.uri()).timeout(Duration.ofNanos(9_000_000 + i * 30_000L)));

            Throwable thrown = started.ended();

            if (thrown == null) {
                assertThat(started.response().body()).isEqualTo(HELLO);
            } else {
                started.failure(FailureKind.TIMEOUT, FailureKind.CONNECT_TIMEOUT);
            }
        }
        assertThat(exchange(mode, get(server.uri())).body()).isEqualTo(HELLO);
    }

    @Test
    @DisplayName(
            "Interrupted while the server is silent, execute() throws InterruptedException and frees the connection")
    void interrupt_duringSilence() throws Exception {
        assertInterrupts(stallingAfter(""));
    }

    @Test
    @DisplayName(
            "Interrupted in the middle of the body, execute() throws InterruptedException and frees the connection")
    void interrupt_inBody() throws Exception {
        assertInterrupts(stallingAfter("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"));
    }

    private void assertInterrupts(StallingServer stalling) throws InterruptedException {
        Started started = start(Mode.BLOCKING, get(stalling.server.uri()));
        await("the server stalls", stalling.reached);

        if (started.caller() != null) {
            started.caller().interrupt();
        }

        assertThat(started.ended()).isInstanceOf(InterruptedException.class);
        awaitAllClosed(stalling.server);
    }

    @Test
    @DisplayName("On a thread that is interrupted already, execute() throws InterruptedException and sends nothing")
    void interrupt_before() {
        RawServer server = raw(RawConnection::readRequest);
        TransportCall call = transport.newCall(get(server.uri()).build());
        Thread.currentThread().interrupt();

        assertThatThrownBy(call::execute).isInstanceOf(InterruptedException.class);

        assertThat(server.requests()).isZero();
    }

    @Test
    @DisplayName("Many blocked exchanges, interrupted or cancelled by turns, each end as they were told")
    void interruptsAndCancels_areNotMixedUp() throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.awaitClose();
        });
        for (int i = 0; i < 100; i++) {
            Started started = start(Mode.BLOCKING, get(server.uri()));
            SystemTime.shared().await(started.future(), i * 10_000L);
            Thread caller = started.caller();
            if (i % 2 == 0 && caller != null) {
                caller.interrupt();
                assertThat(started.ended()).isInstanceOf(InterruptedException.class);
            } else {
                started.call().cancel();
                started.failure(FailureKind.CANCELLED);
            }
        }
        awaitAllClosed(server);
    }
}
