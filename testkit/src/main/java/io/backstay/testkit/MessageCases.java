package io.backstay.testkit;

import io.backstay.FailureKind;
import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportResponse;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Methods, addresses, header fields and statuses. */
abstract class MessageCases extends TransportFixture {

    private static final List<String> OWN_FIELDS =
            List.of("Content-Length", "Transfer-Encoding", "Host", "Connection", "Expect", "Upgrade");

    private static final List<String> METHODS = List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    @ParameterizedTest
    @EnumSource
    @DisplayName("Every method arrives by its name, with and without a body")
    void method_arrives(Mode mode) throws Exception {
        for (String method : METHODS) {
            PlainServer server = closing(PlainServer.empty());

            assertThat(exchange(mode, new Request(method, server.uri())).status())
                    .as(method)
                    .isEqualTo(200);

            assertThat(server.only().method()).isEqualTo(method);
            assertThat(server.only().body()).as(method).isEmpty();
        }
        for (String method : List.of("POST", "PUT", "PATCH", "DELETE")) {
            PlainServer server = closing(PlainServer.empty());

            exchange(mode, new Request(method, server.uri()).body(HELLO));

            assertThat(server.only().method()).isEqualTo(method);
            assertThat(server.only().body()).as(method).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Path and query arrive as they were encoded, below the base path")
    void target_arrivesUntouched(Mode mode) throws Exception {
        AtomicReference<String> line = new AtomicReference<>();
        RawServer server = raw(connection -> {
            line.set(connection.readRequest().get(0));
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            connection.awaitClose();
        });

        exchange(mode, get(server.uri().resolve("/base")).target("/a%2Fb/%C3%A4;v=1?q=x%20y+z&r=%26"));

        assertThat(line.get()).isEqualTo("GET /base/a%2Fb/%C3%A4;v=1?q=x%20y+z&r=%26 HTTP/1.1");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A header field that is the transport's own fails the exchange for good, and nothing has been sent")
    void requestHeader_thatIsTheTransportsOwn(Mode mode) throws Exception {
        RawServer server = hello();

        for (String name : OWN_FIELDS) {
            ExchangeException failure = failure(mode, post(server.uri()).header(name, "5"), FailureKind.UNEXPECTED);

            assertThat(failure.mayHaveBeenSent()).as(name).isFalse();
        }
        assertThat(server.requests()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Repeated request headers all arrive, in their order")
    void requestHeaders_repeat(Mode mode) throws Exception {
        List<String> head = new CopyOnWriteArrayList<>();
        RawServer server = raw(connection -> {
            head.addAll(connection.readRequest());
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            connection.awaitClose();
        });

        exchange(
                mode,
                get(server.uri()).header("X-Many", "b").header("X-Other", "o").header("X-Many", "a"));

        String values = String.join(",", valuesOf("x-many", head));
        assertThat(values.replace(" ", "")).isEqualTo("b,a");
        assertThat(valuesOf("x-other", head)).containsExactly("o");
    }

    private static List<String> valuesOf(String name, List<String> head) {
        return head.stream()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).trim())
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A request header without a value arrives without one")
    void requestHeader_empty(Mode mode) throws Exception {
        PlainServer server = closing(PlainServer.empty());

        exchange(mode, get(server.uri()).header("X-Empty", ""));

        assertThat(server.only().headers().all("X-Empty")).containsExactly("");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A content type set by the caller arrives once and unchanged")
    void requestHeader_contentType(Mode mode) throws Exception {
        PlainServer server = closing(PlainServer.empty());

        exchange(mode, post(server.uri()).header("Content-Type", "application/problem+json"));

        assertThat(server.only().headers().all("content-type")).containsExactly("application/problem+json");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Repeated response headers are all there, in their order, whatever the case of their names")
    void responseHeaders_repeat(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nX-Many: b\r\nx-MANY: a\r\nX-Other: o\r\nContent-Length: 0\r\n\r\n");
            connection.awaitClose();
        });

        TransportResponse response = exchange(mode, get(server.uri()));

        assertThat(response.headers().all("X-Many")).containsExactly("b", "a");
        assertThat(response.headers().first("x-other")).contains("o");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A response header without a value is there, empty")
    void responseHeader_empty(Mode mode) throws Exception {
        PlainServer server = closing(PlainServer.answering(200, HELLO, "X-Empty", ""));

        assertThat(exchange(mode, get(server.uri())).headers().all("x-empty")).containsExactly("");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("The response to HEAD has no body, whatever length it announces")
    void head_hasNoBody(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1234567\r\n\r\n");
            connection.awaitClose();
        });

        TransportResponse response = exchange(mode, new Request("HEAD", server.uri()).maxResponseBytes(10));

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
        assertThat(response.headers().first("content-length")).contains("1234567");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("204 has no body")
    void noContent_hasNoBody(Mode mode) throws Exception {
        PlainServer server = closing(PlainServer.answering(204, new byte[0]));

        TransportResponse response = exchange(mode, post(server.uri()));

        assertThat(response.status()).isEqualTo(204);
        assertThat(response.body()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("304 has no body, whatever length it announces")
    void notModified_hasNoBody(Mode mode) throws Exception {
        RawServer server = raw(connection -> {
            connection.readRequest();
            connection.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 1234567\r\nETag: \"1\"\r\n\r\n");
            connection.awaitClose();
        });

        TransportResponse response = exchange(mode, get(server.uri()).maxResponseBytes(10));

        assertThat(response.status()).isEqualTo(304);
        assertThat(response.body()).isEmpty();
        assertThat(response.headers().first("etag")).contains("\"1\"");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("An error status is a response like any other, with its body")
    void errorStatus_isResponse(Mode mode) throws Exception {
        for (int status : List.of(400, 401, 404, 407, 429, 500, 502, 503, 504)) {
            PlainServer server = closing(PlainServer.answering(status, HELLO));

            TransportResponse response = exchange(mode, get(server.uri()));

            assertThat(response.status()).isEqualTo(status);
            assertThat(response.body()).as("body of %d", status).isEqualTo(HELLO);
            assertThat(server.seen()).as("requests answered by %d", status).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A redirect is a response and is not followed")
    void redirect_isNotFollowed(Mode mode) throws Exception {
        for (int status : List.of(301, 302, 303, 307, 308)) {
            PlainServer server = closing(PlainServer.answering(status, HELLO, "Location", "/elsewhere"));

            TransportResponse response = exchange(mode, get(server.uri()));

            assertThat(response.status()).isEqualTo(status);
            assertThat(response.headers().first("location")).contains("/elsewhere");
            assertThat(server.seen()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A 503 with Retry-After: 0 is handed on and not asked again")
    void retryAfter_isNotObeyed(Mode mode) throws Exception {
        PlainServer server = closing(PlainServer.answering(503, HELLO, "Retry-After", "0"));

        assertThat(exchange(mode, get(server.uri())).status()).isEqualTo(503);
        assertThat(server.seen()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A 408 is handed on and not asked again")
    void requestTimeoutStatus_isNotObeyed(Mode mode) throws Exception {
        PlainServer server = closing(PlainServer.answering(408, HELLO));

        assertThat(exchange(mode, get(server.uri())).status()).isEqualTo(408);
        assertThat(server.seen()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A cookie that a response sets is not sent by the next request")
    void cookies_areNotKept(Mode mode) throws Exception {
        PlainServer server = closing(PlainServer.answering(200, HELLO, "Set-Cookie", "session=1; Path=/"));

        exchange(mode, get(server.uri()));
        exchange(mode, get(server.uri()));

        assertThat(server.seen()).hasSize(2).noneMatch(seen -> seen.headers().contains("Cookie"));
    }
}
