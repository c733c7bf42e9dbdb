package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportResponse;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Servers that mean harm: none of what they send is believed, kept without bound, or waited for without end. */
abstract class HostileCases extends ProxyCases {

    private static final String OK = "HTTP/1.1 200 OK\r\n";
    private static final String EMPTY = "Content-Length: 0\r\n\r\n";
    private static final int ENDLESS = 64 << 20;

    /** What may have left a server when its client has had enough: most of it waits in the sockets' buffers. */
    private static final long ENOUGH = 8 << 20;

    /** Fails before its timeout, as a breach that is not retried like a lost connection, and closes the connection. */
    private void assertRejected(Mode mode, String response) throws InterruptedException {
        RawServer server = raw(StreamServers.stallingAfter(response));
        try {
            assertRejected(mode, server);
        } catch (AssertionError e) {
            throw new AssertionError("answered by " + response.lines().toList(), e);
        }
    }

    private void assertRejected(Mode mode, RawServer server) throws InterruptedException {
        assertThat(breach(mode, server).mayHaveBeenSent()).isTrue();
        assertThat(server.requests()).isOne();
        if (closesAfterBreach(mode)) {
            awaitAllClosed(server);
        }
    }

    private ExchangeException breach(Mode mode, RawServer server) throws InterruptedException {
        return failure(mode, post(server.uri()), FailureKind.PROTOCOL_ERROR);
    }

    /** An excuse is good for exchanges that block, where there may be no other way to the connection than the client's. */
    private boolean closesAfterBreach(Mode mode) {
        return mode == Mode.ASYNC || !excused().containsKey(Requirement.CLOSES_AFTER_PROTOCOL_ERROR);
    }

    /** A server that sends this, and then more than anybody should take; the client must not have taken much of it. */
    private void assertEndlessIsRejected(Mode mode, String head, String piece) throws InterruptedException {
        AtomicLong sent = new AtomicLong();
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send(head);
            flood(connection, piece, sent);
        });

        ExchangeException failure = breach(mode, server);

        assertThat(sent).hasValueLessThan(ENOUGH);
        assertThat(failure.mayHaveBeenSent()).isTrue();
        if (closesAfterBreach(mode)) {
            awaitAllClosed(server);
        }
    }

    private static void flood(RawConnection connection, String piece, AtomicLong sent) throws IOException {
        String pieces = piece.repeat((64 << 10) / piece.length());
        while (sent.get() < ENDLESS) {
            connection.send(pieces);
            sent.addAndGet(pieces.length());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A response header whose value holds NUL is refused")
    void header_withNul(Mode mode) throws Exception {
        skipIfExcused(Requirement.REFUSES_MALFORMED_RESPONSES);
        assertRejected(mode, OK + "X-A: b\u0000c\r\n" + EMPTY);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A response header whose value holds a bare CR is refused, or has it replaced by a space")
    void header_withBareCr(Mode mode) throws Exception {
        skipIfExcused(Requirement.REFUSES_MALFORMED_RESPONSES);
        assertRefusedOrCleaned(mode, OK + "X-A: b\rX-Evil: c\r\n" + EMPTY);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A response header that goes on in the next line is refused, or made one line")
    void header_folded(Mode mode) throws Exception {
        assertRefusedOrCleaned(mode, OK + "X-A: b\r\n X-Evil: c\r\n" + EMPTY);
    }

    private void assertRefusedOrCleaned(Mode mode, String response) throws InterruptedException {
        RawServer server = raw(StreamServers.stallingAfter(response));

        Started started = start(mode, post(server.uri()));

        if (started.ended() == null) {
            TransportResponse got = started.response();
            assertThat(got.headers().contains("X-Evil")).isFalse();
            assertThat(got.headers().first("X-A").orElse("")).doesNotContain("\r", "\n");
        } else {
            started.failure(FailureKind.PROTOCOL_ERROR, FailureKind.CONNECTION_LOST);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A response header without a colon, without a name or with a space in its name is refused")
    void header_malformed(Mode mode) throws Exception {
        skipIfExcused(Requirement.REFUSES_MALFORMED_RESPONSES);
        for (String field : new String[] {"no colon here", ": no name", "X A: b"}) {
            assertRejected(mode, OK + field + "\r\n" + EMPTY);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A response header without end is refused before it fills the memory")
    void header_endless(Mode mode) throws Exception {
        assertEndlessIsRejected(mode, OK + "X-A: ", "x");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Response headers without number are refused before they fill the memory")
    void headers_endless(Mode mode) throws Exception {
        assertEndlessIsRejected(mode, OK, "X-A: b\r\n");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A length that is no number, negative, beyond all numbers, or two lengths that differ, are refused")
    void contentLength_isNone(Mode mode) throws Exception {
        for (String length : new String[] {"five", "-5", "0x5", "99999999999999999999", "5, 6"}) {
            assertRejected(mode, OK + "Content-Length: " + length + "\r\n\r\nhello");
        }
        assertRejected(mode, OK + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A length that has a sign, is empty, or is said twice in one field, is refused")
    void contentLength_isMalformed(Mode mode) throws Exception {
        skipIfExcused(Requirement.REFUSES_MALFORMED_RESPONSES);
        for (String length : new String[] {"+5", "", "5, 5"}) {
            assertRejected(mode, OK + "Content-Length: " + length + "\r\n\r\nhello");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A transfer coding that nobody asked for is refused, and its framing never taken for the body")
    void transferCoding_isUnknown(Mode mode) throws Exception {
        String[] codings = {
            "gzip",
            "identity",
            "gzip, chunked",
            "chunked, chunked",
            "xchunked",
            "gzip\r\nTransfer-Encoding: chunked",
            "chunked\r\nTransfer-Encoding: chunked"
        };
        for (String coding : codings) {
            assertRejected(mode, OK + "Transfer-Encoding: " + coding + "\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A body that is both chunked and of a length is refused or taken as chunked, never by its length")
    void contentLength_besideChunks(Mode mode) throws Exception {
        RawServer server = raw(StreamServers.stallingAfter(
                OK + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));

        Started started = start(mode, post(server.uri()));

        if (started.ended() == null) {
            assertThat(started.response().body()).isEqualTo(HELLO);
        } else {
            started.failure(FailureKind.PROTOCOL_ERROR, FailureKind.CONNECTION_LOST);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("What a server sends behind its response is never the answer to the next request")
    void secondResponse_isNotTakenForTheNext(Mode mode) throws Exception {
        skipIfExcused(Requirement.DROPS_WHAT_NOBODY_ASKED_FOR);
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send(OK + "Content-Length: 5\r\n\r\nhello" + OK + "X-Evil: 1\r\nContent-Length: 4\r\n\r\nevil");
            connection.readRequest();
            connection.send(OK + "Content-Length: 5\r\n\r\nhello");
            connection.awaitClose();
        });

        assertThat(exchange(mode, get(server.uri())).body()).isEqualTo(HELLO);
        Started next = start(mode, get(server.uri()));

        if (next.ended() == null) {
            assertThat(next.response().headers().contains("X-Evil")).isFalse();
        } else {
            next.failure(FailureKind.PROTOCOL_ERROR, FailureKind.CONNECTION_LOST);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A chunk's size or its extension without end is refused before it fills the memory")
    void chunkSize_endless(Mode mode) throws Exception {
        for (String piece : new String[] {"0", ";a=b"}) {
            assertEndlessIsRejected(mode, StreamServers.CHUNKED + "5", piece);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A chunk whose size is negative or beyond all numbers is refused")
    void chunkSize_isNone(Mode mode) throws Exception {
        for (String size : new String[] {"-5", "ffffffffffffffffff"}) {
            assertRejected(mode, StreamServers.CHUNKED + size + "\r\nhello\r\n0\r\n\r\n");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A chunk whose size is missing, or has a letter behind it, is refused")
    void chunkSize_isMalformed(Mode mode) throws Exception {
        skipIfExcused(Requirement.REFUSES_MALFORMED_RESPONSES);
        for (String size : new String[] {"", "5x"}) {
            assertRejected(mode, StreamServers.CHUNKED + size + "\r\nhello\r\n0\r\n\r\n");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Interim responses without end are ended by the timeout at the latest, and the connection is closed")
    void interimResponses_endless(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            String interim = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100);
            while (true) {
                connection.send(interim);
            }
        });

        start(mode, post(server.uri()).timeout(SHORT))
                .failure(FailureKind.TIMEOUT, FailureKind.PROTOCOL_ERROR, FailureKind.CONNECTION_LOST);

        assertThat(server.requests()).isOne();
        if (closesAfterBreach(mode)) {
            awaitAllClosed(server);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A status of another number than three digits is refused")
    void status_isNone(Mode mode) throws Exception {
        skipIfExcused(Requirement.REFUSES_MALFORMED_RESPONSES);
        for (String status : new String[] {"20", "2000", "-20", "abc", "099"}) {
            assertRejected(mode, "HTTP/1.1 " + status + " OK\r\n" + EMPTY);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A server that reads nothing and floods fails the exchange")
    void flood_beforeTheRequest(Mode mode) throws Exception {
        AtomicLong sent = new AtomicLong();
        RawServer server = raw(connection -> flood(connection, "\u0000", sent));

        breach(mode, server);

        assertThat(sent).hasValueLessThan(ENOUGH);
        if (closesAfterBreach(mode)) {
            awaitAllClosed(server);
        }
    }
}
