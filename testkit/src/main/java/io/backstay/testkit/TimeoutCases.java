package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.SystemTime;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** The timeout covers the exchange from its beginning to the last octet. */
abstract class TimeoutCases extends BodyCases {

    /** Timers that count in milliseconds may be early by less than two. */
    private static final Duration TIMER_STEP = Duration.ofMillis(2);

    /** Fails in time and not before, says that the request may have left, and leaves no connection open. */
    private void assertTimesOut(Mode mode, RawServer server) throws Exception {
        long before = SystemTime.shared().nanoTime();

        ExchangeException failure = failure(mode, post(server.uri()).timeout(SHORT), FailureKind.TIMEOUT);

        long elapsed = SystemTime.shared().nanoTime() - before;
        assertThat(Duration.ofNanos(elapsed)).isBetween(SHORT.minus(TIMER_STEP), SHORT.plusSeconds(5));
        assertThat(failure.mayHaveBeenSent()).isTrue();
        assertThat(server.requests()).isOne();
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A server that takes the request and says nothing is timed out, and its connection closed")
    void silence_timesOut(Mode mode) throws Exception {
        assertTimesOut(mode, raw(connection -> {
            connection.readRequest();
            connection.awaitClose();
        }));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A head that stalls half way is timed out, and its connection closed")
    void stalledHead_timesOut(Mode mode) throws Exception {
        assertTimesOut(mode, raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nX-Half: ");
            connection.awaitClose();
        }));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A head that drips is timed out, and its connection closed")
    void drippingHead_timesOut(Mode mode) throws Exception {
        assertTimesOut(mode, raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\n");
            connection.drip("X-Drip: 1\r\n", Duration.ofMillis(10));
        }));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A body that never begins is timed out, and its connection closed")
    void missingBody_timesOut(Mode mode) throws Exception {
        assertTimesOut(mode, raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
            connection.awaitClose();
        }));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A body that stalls half way is timed out, and its connection closed")
    void stalledBody_timesOut(Mode mode) throws Exception {
        assertTimesOut(mode, raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            connection.sendChunk("half");
            connection.awaitClose();
        }));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A body that drips, an octet every few milliseconds, is timed out all the same")
    void drippingBody_timesOut(Mode mode) throws Exception {
        assertTimesOut(mode, raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
            connection.drip("x", Duration.ofMillis(5));
        }));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A server that stops reading the request's body is timed out, and its connection closed")
    void unreadRequest_timesOut(Mode mode) throws Exception {
        CountDownLatch failed = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        RawServer server = raw(connection -> {
            try {
                failed.await(AMPLE.toSeconds(), TimeUnit.SECONDS);
                connection.awaitClose();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                closed.countDown();
            }
        });

        failure(mode, post(server.uri()).body(new byte[50 << 20]).timeout(SHORT), FailureKind.TIMEOUT);

        failed.countDown();
        assertThat(closed.await(AMPLE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A connection that does not come about is timed out, and nothing has been sent")
    void connecting_timesOut(Mode mode) throws Exception {
        DeafServer server = closing(new DeafServer());

        ExchangeException failure = failure(mode, post(server.uri()).timeout(SHORT), FailureKind.CONNECT_TIMEOUT);

        assertThat(failure.mayHaveBeenSent()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A response that is slow, but in time, is received")
    void slowResponse_inTime(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.pause(Duration.ofMillis(100));
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
            connection.pause(Duration.ofMillis(100));
            connection.send("hello");
            connection.awaitClose();
        });

        assertThat(exchange(mode, get(server.uri())).body()).isEqualTo(HELLO);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Each exchange has its own timeout: a short one beside a long one ends alone")
    void timeouts_areIndependent(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.awaitClose();
        });
        Started patient = start(mode, post(server.uri()).timeout(AMPLE));

        failure(mode, post(server.uri()).timeout(SHORT), FailureKind.TIMEOUT);

        assertThat(patient.future()).isNotDone();
        patient.call().cancel();
        patient.failure(FailureKind.CANCELLED);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("After a timeout the next exchange succeeds")
    void nextExchange_succeeds(Mode mode) throws Exception {
        RawServer silent = raw(connection -> {
            connection.readRequest();
            connection.awaitClose();
        });
        PlainServer server = closing(PlainServer.answering(200, HELLO));

        failure(mode, get(silent.uri()).timeout(SHORT), FailureKind.TIMEOUT);

        assertThat(exchange(mode, get(server.uri())).body()).isEqualTo(HELLO);
    }
}
