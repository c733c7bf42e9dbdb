package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.TransportResponse;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Bodies up and down, of all sizes, and the limit on what comes back. */
abstract class BodyCases extends MessageCases {

    private static final List<Integer> SIZES = List.of(0, 1, 10 << 10, 1 << 20, 50 << 20);
    private static final long HUNDRED_MEBIBYTES = 100 * MEBIBYTE;

    private static byte[] octets(int size) {
        byte[] octets = new byte[size];
        new Random(size).nextBytes(octets);
        return octets;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Bodies from 0 B to 50 MB are sent whole")
    void requestBody_arrivesWhole(Mode mode) throws Exception {
        for (int size : SIZES) {
            PlainServer server = closing(PlainServer.empty());

            exchange(mode, post(server.uri()).body(octets(size)));

            assertThat(server.only().body()).as("%d B", size).isEqualTo(octets(size));
            assertThat(server.only().headers().all("content-length")).containsExactly(String.valueOf(size));
            server.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Bodies from 0 B to 50 MB of announced length are received whole")
    void responseBody_withLength(Mode mode) throws Exception {
        for (int size : SIZES) {
            PlainServer server = closing(PlainServer.answering(200, octets(size)));

            TransportResponse response = exchange(mode, get(server.uri()).maxResponseBytes(HUNDRED_MEBIBYTES));

            assertThat(response.body()).as("%d B", size).isEqualTo(octets(size));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Bodies from 0 B to 50 MB in chunks are received whole")
    void responseBody_chunked(Mode mode) throws Exception {
        for (int size : SIZES) {
            PlainServer server =
                    closing(new PlainServer(exchange -> PlainServer.respond(exchange, 200, octets(size), true)));

            TransportResponse response = exchange(mode, get(server.uri()).maxResponseBytes(HUNDRED_MEBIBYTES));

            assertThat(response.body()).as("%d B", size).isEqualTo(octets(size));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A body whose end is the end of the connection is received whole")
    void responseBody_untilClosed(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello");
        });

        assertThat(exchange(mode, get(server.uri())).body()).isEqualTo(HELLO);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A GET without a body announces no octets")
    void nullBody_announcesNothing(Mode mode) throws Exception {
        AtomicReference<String> head = new AtomicReference<>("");
        RawServer server = raw(connection -> {
            head.set(String.join("\n", connection.readRequest()).toLowerCase(Locale.ROOT));
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            connection.awaitClose();
        });

        exchange(mode, get(server.uri()).body(null));

        assertThat(head.get()).doesNotContainPattern("\ncontent-length: *[1-9]").doesNotContain("\ntransfer-encoding:");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A POST with an empty body says that its length is 0")
    void emptyBody_isAnnounced(Mode mode) throws Exception {
        PlainServer server = closing(PlainServer.empty());

        exchange(mode, post(server.uri()).body(new byte[0]));

        assertThat(server.only().headers().all("content-length")).containsExactly("0");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("An announced length beyond the limit fails at once, and the connection is closed")
    void limit_byAnnouncedLength(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n");
            connection.awaitClose();
        });

        assertThat(failure(mode, get(server.uri()).maxResponseBytes(1000), FailureKind.RESPONSE_TOO_LARGE)
                        .mayHaveBeenSent())
                .isTrue();
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Chunks without end fail as soon as they are beyond the limit, and the connection is closed")
    void limit_byChunks(Mode mode) throws Exception {
        String chunk = "x".repeat(8_000);
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            while (true) {
                connection.sendChunk(chunk);
            }
        });

        failure(mode, get(server.uri()).maxResponseBytes(100_000), FailureKind.RESPONSE_TOO_LARGE);
        awaitAllClosed(server);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A body of just the limit passes, one octet more does not")
    void limit_isExact(Mode mode) throws Exception {
        for (boolean chunked : new boolean[] {false, true}) {
            PlainServer server =
                    closing(new PlainServer(exchange -> PlainServer.respond(exchange, 200, octets(20_000), chunked)));

            assertThat(exchange(mode, get(server.uri()).maxResponseBytes(20_000))
                            .body())
                    .hasSize(20_000);
            failure(mode, get(server.uri()).maxResponseBytes(19_999), FailureKind.RESPONSE_TOO_LARGE);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A limit of 0 takes a response without a body and refuses one octet")
    void limit_ofNothing(Mode mode) throws Exception {
        PlainServer empty = closing(PlainServer.empty());
        PlainServer one = closing(PlainServer.answering(200, octets(1)));

        assertThat(exchange(mode, get(empty.uri()).maxResponseBytes(0)).body()).isEmpty();
        failure(mode, get(one.uri()).maxResponseBytes(0), FailureKind.RESPONSE_TOO_LARGE);
    }
}
