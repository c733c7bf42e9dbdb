package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.HttpTransport.Capability;
import io.backstay.spi.TransportResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Nothing is added, decoded, obeyed or repeated behind the caller's back. */
abstract class FidelityCases extends HostileCases {

    /** What HTTP wants of every request, of one with a body, or of one that offers HTTP/2; and a name of the client's. */
    private static final Set<String> OWN_FIELDS = Set.of(
            "host", "user-agent", "connection", "content-length", "transfer-encoding", "upgrade", "http2-settings");

    @ParameterizedTest
    @EnumSource
    @DisplayName("A compressed body comes as it is, and nobody asked for it")
    void gzip_isLeftAsItIs(Mode mode) throws Exception {
        byte[] packed = gzip(HELLO);
        PlainServer server = closing(PlainServer.answering(200, packed, "Content-Encoding", "gzip"));

        for (boolean streamed : new boolean[] {false, true}) {
            TransportResponse response =
                    exchange(mode, streamed ? get(server.uri()).streamed() : get(server.uri()));

            byte[] body = response.stream() == null
                    ? response.body()
                    : response.stream().readAllBytes();
            assertThat(body).isEqualTo(packed);
            assertThat(response.headers().first("Content-Encoding")).contains("gzip");
            assertThat(response.headers().first("Content-Length")).contains(String.valueOf(packed.length));
        }
        assertThat(server.seen()).noneMatch(seen -> seen.headers().contains("Accept-Encoding"));
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(plain);
        }
        return packed.toByteArray();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A request has no header fields but the caller's, those of HTTP, and User-Agent")
    void requestHeaders_areTheCallers(Mode mode) throws Exception {
        skipIfExcused(Requirement.ADDS_NO_FIELDS);
        List<String> names = new CopyOnWriteArrayList<>();
        RawServer server = raw(connection -> {
            while (true) {
                connection.readRequest().stream()
                        .skip(1)
                        .map(line -> line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT))
                        .forEach(names::add);
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });

        exchange(mode, get(server.uri()));
        exchange(mode, post(server.uri()));

        assertThat(names).isNotEmpty().allMatch(OWN_FIELDS::contains);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A name of the caller's own for User-Agent arrives alone")
    void userAgent_isTheCallers(Mode mode) throws Exception {
        PlainServer server = closing(PlainServer.empty());

        exchange(mode, get(server.uri()).header("User-Agent", "mine/1"));

        assertThat(server.only().headers().all("User-Agent")).containsExactly("mine/1");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A 204 that announces a body has none, or is refused; what follows is not hurt")
    void noContent_withLength(Mode mode) throws Exception {
        AtomicInteger count = new AtomicInteger();
        RawServer server = raw(connection -> {
            while (true) {
                connection.readRequest();
                boolean first = count.incrementAndGet() == 1;
                connection.send(
                        first
                                ? "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"
                                : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            }
        });

        Started started = start(mode, get(server.uri()));

        if (started.ended() == null) {
            assertThat(started.response().body()).isEmpty();
        } else {
            started.failure(FailureKind.PROTOCOL_ERROR, FailureKind.CONNECTION_LOST);
        }
        assertThat(exchange(mode, get(server.uri())).body()).isEqualTo(HELLO);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Dot segments in a path arrive as they are, or are refused before anything is sent")
    void dotSegments_areNotResolved(Mode mode) throws Exception {
        for (String target : new String[] {"/a/../b", "/a/./b", "/a/%2e%2e/b", "//a//b", "/a?q=../b"}) {
            List<String> lines = new CopyOnWriteArrayList<>();
            RawServer server = raw(connection -> {
                lines.add(connection.readRequest().get(0));
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                connection.awaitClose();
            });

            Started started = start(mode, get(server.uri()).target(target));

            if (started.ended() == null) {
                assertThat(lines).containsExactly("GET " + target + " HTTP/1.1");
            } else {
                assertThat(started.failure().mayHaveBeenSent()).as(target).isFalse();
                assertThat(server.requests()).isZero();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("421, and 401 and 407 with their challenges, are handed on and not acted upon")
    void challenge_isHandedOn(Mode mode) throws Exception {
        for (int status : new int[] {401, 407, 421}) {
            PlainServer server = closing(PlainServer.answering(
                    status, HELLO, "WWW-Authenticate", "Basic realm=\"a\"", "Proxy-Authenticate", "Basic realm=\"a\""));

            TransportResponse response = exchange(mode, post(server.uri()));

            assertThat(response.status()).isEqualTo(status);
            assertThat(response.body()).isEqualTo(HELLO);
            assertThat(server.seen()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A 408 on a connection that was used before is handed on, though it is closed, and is not asked again")
    void requestTimeoutStatus_onAUsedConnection(Mode mode) throws Exception {
        AtomicInteger count = new AtomicInteger();
        RawServer server = raw(connection -> {
            connection.readRequest();
            count.incrementAndGet();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            connection.readRequest();
            count.incrementAndGet();
            connection.send("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        });
        exchange(mode, post(server.uri()));

        assertThat(exchange(mode, post(server.uri())).status()).isEqualTo(408);

        assertThat(count).hasValue(2);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A POST that is lost on a connection used before is not sent again, nor said to be unsent")
    void lostPost_onAUsedConnection(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            connection.readRequest();
        });
        exchange(mode, post(server.uri()));

        ExchangeException failure = failure(mode, post(server.uri()), FailureKind.CONNECTION_LOST);

        assertThat(failure.mayHaveBeenSent()).isTrue();
        assertThat(server.requests()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "A POST on a connection that the server closed while it was idle arrives once, or fails; a failure that"
                    + " says unsent is true")
    void stalePost_arrivesAtMostOnce(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        });
        exchange(mode, post(server.uri()));
        awaitUntil("the server has closed the first connection", () -> server.open() == 0);

        Started started = start(mode, post(server.uri()));

        if (started.ended() == null) {
            assertThat(server.requests()).isEqualTo(2);
        } else {
            ExchangeException failure = started.failure(FailureKind.CONNECTION_LOST);
            assertThat(server.requests()).isEqualTo(1);
            assertThat(failure.mayHaveBeenSent()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A GET or HEAD that is lost is sent once, unless the transport says that it may send it again")
    void lostSafeRequest_isSentOnce(Mode mode) throws Exception {
        int atMost = transport.capabilities().contains(Capability.MAY_RESEND_SAFE_METHODS) ? 2 : 1;
        for (String method : new String[] {"GET", "HEAD"}) {
            RawServer server = raw(connection -> {
                connection.readRequest();
                connection.reset();
            });

            failure(mode, new Request(method, server.uri()), FailureKind.CONNECTION_LOST);

            assertThat(server.requests()).isBetween(1, atMost);
        }
    }
}
