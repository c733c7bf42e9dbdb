package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Servers that agree to HTTP/2 and then break it. */
abstract class Http2FaultCases extends Http2StreamCases {

    /** Less than the bound of every case, so that a client that sees nothing is told by its timeout. */
    private static final Duration ENOUGH = AMPLE.dividedBy(3);

    private static final int NUMBER_ZERO = 0x80;

    /** Faults that no client can take for anything else. */
    @SuppressWarnings("ImmutableEnumChecker") // its lambdas hold nothing
    enum Fault {
        TEXT_FOR_FRAMES(
                (connection, stream) -> connection.text("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")),
        FRAME_BEYOND_ALL_BOUNDS(
                (connection, stream) -> connection.send(Http2Connection.DATA, 0, stream, new byte[1 << 20])),
        DATA_OF_NO_STREAM((connection, stream) -> connection.send(Http2Connection.DATA, 0, 0, HELLO)),
        FIELD_OF_NO_TABLE((connection, stream) -> connection.send(
                Http2Connection.HEADERS, Http2Connection.END_HEADERS | Http2Connection.END_STREAM, stream, new byte[] {
                    (byte) NUMBER_ZERO
                })),
        HEAD_WITHOUT_STATUS((connection, stream) -> connection.send(
                Http2Connection.HEADERS,
                Http2Connection.END_HEADERS | Http2Connection.END_STREAM,
                stream,
                new byte[0])),
        SETTINGS_CUT_SHORT((connection, stream) -> connection.send(Http2Connection.SETTINGS, 0, 0, new byte[5]));

        private final Act act;

        Fault(Act act) {
            this.act = act;
        }
    }

    /** Faults that RFC 9113 has a client end the connection for as well, and that clients are known to pass over. */
    @SuppressWarnings("ImmutableEnumChecker") // its lambdas hold nothing
    enum SubtleFault {
        DATA_BEFORE_HEAD((connection, stream) ->
                connection.send(Http2Connection.DATA, Http2Connection.END_STREAM, stream, HELLO)),
        WINDOW_BEYOND_ALL_BOUNDS((connection, stream) -> {
            connection.sendNumber(Http2Connection.WINDOW_UPDATE, 0, Integer.MAX_VALUE);
            connection.sendNumber(Http2Connection.WINDOW_UPDATE, 0, Integer.MAX_VALUE);
        }),
        HEAD_INTERRUPTED((connection, stream) -> {
            connection.send(Http2Connection.HEADERS, 0, stream, Http2Connection.STATUS_200);
            connection.send(Http2Connection.PING, 0, 0, new byte[8]);
        }),
        CONTINUATION_OF_NOTHING((connection, stream) -> connection.send(
                Http2Connection.CONTINUATION, Http2Connection.END_HEADERS, stream, Http2Connection.STATUS_200));

        private final Act act;

        SubtleFault(Act act) {
            this.act = act;
        }
    }

    private static Stream<Arguments> byMode(Enum<?>... faults) {
        return Stream.of(faults).flatMap(fault -> Stream.of(Mode.values()).map(mode -> Arguments.of(fault, mode)));
    }

    static Stream<Arguments> faults() {
        return byMode(Fault.values());
    }

    static Stream<Arguments> subtleFaults() {
        return byMode(SubtleFault.values());
    }

    @ParameterizedTest
    @MethodSource("faults")
    @DisplayName("A server that breaks HTTP/2 fails the exchange before its time is up, and is not asked again")
    void http2_isBroken(Fault fault, Mode mode) throws Exception {
        assertFails(mode, fault.act, ENOUGH, FailureKind.PROTOCOL_ERROR, FailureKind.CONNECTION_LOST);
    }

    @ParameterizedTest
    @MethodSource("subtleFaults")
    @DisplayName("A server that breaks HTTP/2 subtly is never taken to have answered, if only because time is up")
    void http2_isBrokenSubtly(SubtleFault fault, Mode mode) throws Exception {
        assertFails(
                mode,
                fault.act,
                SHORT.multipliedBy(2),
                FailureKind.PROTOCOL_ERROR,
                FailureKind.CONNECTION_LOST,
                FailureKind.TIMEOUT);
    }

    private void assertFails(Mode mode, Act act, Duration timeout, FailureKind... kinds) throws InterruptedException {
        RawServer server = http2(connection -> {
            act.commit(connection, connection.nextRequest());
            answerNothing(connection);
        });

        ExchangeException failure = start(mode, post2(server).timeout(timeout)).failure(kinds);

        assertThat(failure.mayHaveBeenSent()).isTrue();
        assertThat(server.requests()).as("a POST is never sent again").isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "A server that agrees to HTTP/2 and speaks HTTP/1.1 from the start fails the exchange, and is let go of")
    void http2_wasAgreedInVain(Mode mode) throws Exception {
        RawServer server = http2Raw(connection -> {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            connection.awaitClose();
        });

        ExchangeException failure = start(mode, post2(server).timeout(ENOUGH))
                .failure(FailureKind.PROTOCOL_ERROR, FailureKind.CONNECTION_LOST, FailureKind.TIMEOUT);

        if (failure.kind() == FailureKind.TIMEOUT) {
            skipIfExcused(Requirement.NOTICES_FALSE_GREETING);
        }
        assertThat(failure.kind()).isNotEqualTo(FailureKind.TIMEOUT);
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Endless signs of life from a server of HTTP/2 that sends nothing else do not put off the timeout")
    void http2_pingsForever(Mode mode) throws Exception {
        RawServer server = http2Raw(raw -> {
            Http2Connection connection = new Http2Connection(raw);
            connection.open();
            connection.nextRequest();
            while (true) {
                connection.send(Http2Connection.PING, 0, 0, new byte[8]);
                connection.next(Http2Connection.PING);
            }
        });

        ExchangeException failure = failure(mode, post2(server).timeout(SHORT.multipliedBy(2)), FailureKind.TIMEOUT);

        assertThat(failure.mayHaveBeenSent()).isTrue();
    }
}
