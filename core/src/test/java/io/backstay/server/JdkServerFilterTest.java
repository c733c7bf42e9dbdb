package io.backstay.server;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.backstay.CallContext;
import io.backstay.CallDetails;
import io.backstay.CallRejectedException;
import io.backstay.Deadline;
import io.backstay.DecodeException;
import io.backstay.FailureKind;
import io.backstay.Headers;
import io.backstay.HttpStatusException;
import io.backstay.Problem;
import io.backstay.ServiceResponse;
import io.backstay.TransportException;
import io.backstay.spi.SystemTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

import static org.assertj.core.api.Assertions.assertThat;

class JdkServerFilterTest {

    private static final CallDetails DETAILS =
            new CallDetails("ledger", "l:1", "GET", "/x", 1, Duration.ofMillis(3), false);

    private final HttpClient client = HttpClient.newHttpClient();
    private HttpServer server;

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private HttpResponse<String> get(HttpHandler handler, String... headers) throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", handler).getFilters().add(JdkServerFilter.create());
        server.start();
        HttpRequest.Builder request = HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/x"));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> failing(RuntimeException failure) throws Exception {
        return get(exchange -> {
            throw failure;
        });
    }

    private static HttpHandler ok(Runnable look) {
        return exchange -> {
            look.run();
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        };
    }

    @Test
    void correlationId_isRestoredAndReturned() throws Exception {
        AtomicReference<String> seen = new AtomicReference<>();

        HttpResponse<String> response = get(
                ok(() -> seen.set(CallContext.current().correlationId().orElseThrow() + "/"
                        + MDC.get(CallContext.MDC_CORRELATION_ID))),
                "X-Correlation-ID",
                "c-1");

        assertThat(response.headers().firstValue("X-Correlation-ID")).contains("c-1");
        assertThat(seen).hasValue("c-1/c-1");
    }

    @Test
    void correlationId_thatIsMissingOrUnsafe_isMadeAnew() throws Exception {
        HttpResponse<String> response = get(ok(() -> {}), "X-Correlation-ID", "a b");

        assertThat(response.headers().firstValue("X-Correlation-ID").orElseThrow())
                .matches("[0-9a-f]{32}");
    }

    @Test
    void deadline_becomesThatOfTheWork() throws Exception {
        AtomicReference<Deadline> seen = new AtomicReference<>();
        long before = SystemTime.shared().nanoTime();

        get(ok(() -> seen.set(CallContext.current().deadline().orElseThrow())), "X-Deadline-Ms", "60000");

        long after = SystemTime.shared().nanoTime();
        assertThat(seen.get().remainingNanos(before))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(60).toNanos());
        assertThat(seen.get().remainingNanos(after))
                .isLessThanOrEqualTo(Duration.ofSeconds(60).toNanos());
    }

    @Test
    void deadline_thatCannotBeRead_isNone() throws Exception {
        AtomicReference<Boolean> seen = new AtomicReference<>();

        get(ok(() -> seen.set(CallContext.current().deadline().isPresent())), "X-Deadline-Ms", "soon");

        assertThat(seen).hasValue(false);
    }

    @Test
    void work_withNoTimeLeft_isRefusedWithoutTroublingTheHandler() throws Exception {
        AtomicReference<Boolean> ran = new AtomicReference<>(false);

        HttpResponse<String> response = get(ok(() -> ran.set(true)), "X-Deadline-Ms", "0");

        assertThat(response.statusCode()).isEqualTo(504);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(ran).hasValue(false);
    }

    @Test
    void unavailable_is503WithRetryAfter() throws Exception {
        HttpResponse<String> response =
                failing(new CallRejectedException("circuit breaker", "it is OPEN", DETAILS, Duration.ofMillis(2_100)));

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).contains("3");
        assertThat(response.body())
                .contains("\"status\":503", "\"title\":\"Service Unavailable\"", "\"service\":\"ledger\"");
    }

    @Test
    void badAnswerOfAnotherService_is502() throws Exception {
        ServiceResponse answer =
                new ServiceResponse(404, Headers.empty(), new byte[0], null, (response, octets, type) -> null);

        HttpResponse<String> response = failing(new HttpStatusException(answer, DETAILS, null, null));

        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.body()).contains("answered 404");
    }

    @Test
    void answerOfAnotherServiceThatCannotBeUsed_is502() throws Exception {
        assertThat(failing(new DecodeException("x", DETAILS, null)).statusCode())
                .isEqualTo(502);
        stop();
        HttpResponse<String> tooLarge =
                failing(new TransportException("x", FailureKind.RESPONSE_TOO_LARGE, DETAILS, null));
        assertThat(tooLarge.statusCode()).isEqualTo(502);
        assertThat(tooLarge.headers().firstValue("Retry-After")).isEmpty();
    }

    @Test
    void ioFailuresAndErrors_areAnsweredToo() throws Exception {
        assertThat(get(exchange -> {
                            throw new IOException("disk");
                        })
                        .statusCode())
                .isEqualTo(500);
        stop();
        assertThat(failing(() -> new AssertionError("bug")).statusCode()).isEqualTo(500);
    }

    private HttpResponse<String> failing(Supplier<Error> failure) throws Exception {
        return get(exchange -> {
            throw failure.get();
        });
    }

    @Test
    void anyOtherFailure_is500AndTellsNothingOfTheInside() throws Exception {
        HttpResponse<String> response = failing(new IllegalStateException("s3cret"));

        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body()).contains("Internal Server Error").doesNotContain("s3cret");
    }

    @Test
    void ownProblem_isAnsweredAsItIs() throws Exception {
        HttpResponse<String> response = failing(
                new ProblemException(Problem.of(409, "Taken").withDetail("ada").with("name", "ada")));

        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(response.body()).contains("\"title\":\"Taken\"", "\"detail\":\"ada\"", "\"name\":\"ada\"");
    }

    @Test
    void failure_afterTheAnswerHasBegun_closesTheConnection() throws Exception {
        HttpResponse<String> response = null;
        IOException lost = null;
        try {
            response = get(exchange -> {
                exchange.sendResponseHeaders(200, 100);
                throw new IllegalStateException("too late");
            });
        } catch (IOException e) {
            lost = e;
        }

        assertThat(response).isNull();
        assertThat(lost).isNotNull();
    }
}
