package io.backstay.it;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.backstay.Backoff;
import io.backstay.Backstay;
import io.backstay.BodySource;
import io.backstay.CallException;
import io.backstay.CallPolicy;
import io.backstay.FailureKind;
import io.backstay.Multipart;
import io.backstay.Result;
import io.backstay.RetryPolicy;
import io.backstay.ServerSentEvent;
import io.backstay.ServiceClient;
import io.backstay.StreamedResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Bodies that come and go as streams, over real sockets. Each transport has a small class that extends this one. */
abstract class StreamsOverSockets {

    private static final CallPolicy POLICY = CallPolicy.builder()
            .idleTimeout(Duration.ofMillis(400))
            .maxRedirects(2)
            .retry(RetryPolicy.builder().backoff(Backoff.none()).build())
            .build();

    private final List<AutoCloseable> open = new ArrayList<>();

    @TempDir
    private Path directory;

    /** The short name of the transport. */
    abstract String transport();

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private <T extends AutoCloseable> T opened(T resource) {
        open.add(resource);
        return resource;
    }

    private ServiceClient service(HttpHandler handler) throws IOException {
        LocalService service = opened(new LocalService(handler));
        return opened(Backstay.builder()
                        .setting("backstay.transport", transport())
                        .policy(POLICY)
                        .endpoint("files", service.address())
                        .build())
                .client("files");
    }

    /** Answers with pieces, each sent when the one before has been asked for. */
    private static void stream(HttpExchange exchange, String type, CountDownLatch next, String... pieces)
            throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        for (int i = 0; i < pieces.length; i++) {
            if (i > 0) {
                await(next);
            }
            out.write(pieces[i].getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new IOException("nobody went on");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void events_arriveWhileTheAnswerGoesOn(Mode mode) throws Exception {
        CountDownLatch firstSeen = new CountDownLatch(1);
        ServiceClient files = service(
                exchange -> stream(exchange, "text/event-stream", firstSeen, "id: 1\ndata: one\n\n", "data: two\n\n"));

        try (StreamedResponse response =
                mode.result(files.get("/events"), StreamedResponse.class).orElseThrow()) {
            Iterator<ServerSentEvent> events = response.events().iterator();
            assertThat(events.next().data()).isEqualTo("one");
            firstSeen.countDown();
            assertThat(events.next()).isEqualTo(new ServerSentEvent("message", "two", "1", null));
            assertThat(events.hasNext()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void streamThatFallsSilent_failsItsReaderAfterTheIdleTimeout(Mode mode) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        ServiceClient files = service(exchange -> stream(exchange, "text/plain", never, "one\n", "two\n"));

        try (StreamedResponse response =
                mode.result(files.get("/lines"), StreamedResponse.class).orElseThrow()) {
            Iterator<String> lines = response.lines().iterator();
            assertThat(lines.next()).isEqualTo("one");
            assertThatThrownBy(lines::hasNext)
                    .isInstanceOfSatisfying(
                            CallException.class,
                            failure -> assertThat(failure.kind()).isEqualTo(FailureKind.TIMEOUT));
        } finally {
            never.countDown();
        }
    }

    @ParameterizedTest
    @EnumSource
    void streamClosedEarly_letsTheNextCallThrough(Mode mode) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        ServiceClient files = service(exchange -> {
            if (exchange.getRequestURI().getPath().equals("/lines")) {
                stream(exchange, "text/plain", never, "one\n", "two\n");
            } else {
                LocalService.answer(exchange, 200, "text/plain", "whole");
            }
        });

        mode.result(files.get("/lines"), StreamedResponse.class).orElseThrow().close();

        assertThat(mode.result(files.get("/whole"), String.class).orElseThrow()).isEqualTo("whole");
        never.countDown();
    }

    @ParameterizedTest
    @EnumSource
    void fileAndForm_arriveWhole(Mode mode) throws Exception {
        Path file = Files.write(directory.resolve("plan.bin"), new byte[300_000]);
        ServiceClient files = service(exchange -> {
            int length = exchange.getRequestBody().readAllBytes().length;
            String announced = exchange.getRequestHeaders().getFirst("Content-Length");
            LocalService.answer(exchange, 200, "text/plain", length + " of " + announced);
        });
        Multipart form =
                Multipart.builder().field("title", "Plan").file("content", file).build();
        long formLength = form.source().length().orElseThrow();

        assertThat(mode.result(files.put("/plan").body(BodySource.of(file)), String.class)
                        .orElseThrow())
                .isEqualTo("300000 of 300000");
        assertThat(mode.result(files.post("/plan").multipart(form), String.class)
                        .orElseThrow())
                .isEqualTo(formLength + " of " + formLength);
        BodySource unknown = BodySource.of(() -> new ByteArrayInputStream(new byte[70_000]));
        assertThat(mode.result(files.put("/plan").body(unknown), String.class).orElseThrow())
                .isEqualTo("70000 of null");
    }

    @ParameterizedTest
    @EnumSource
    void bodySentOnce_isNotTriedAgain_andOneThatCanBeOpenedAgainIs(Mode mode) throws Exception {
        List<Integer> lengths = new ArrayList<>();
        ServiceClient files = service(exchange -> {
            lengths.add(exchange.getRequestBody().readAllBytes().length);
            LocalService.answer(exchange, 503, "text/plain", "busy");
        });
        InputStream once = new ByteArrayInputStream(new byte[10]);

        assertThat(mode.result(files.put("/a").body(BodySource.of(once)), String.class))
                .isInstanceOf(Result.Failure.class);
        assertThat(lengths).containsExactly(10);
        BodySource again = BodySource.of(() -> new ByteArrayInputStream(new byte[20]));
        assertThat(mode.result(files.put("/a").body(again), String.class)).isInstanceOf(Result.Failure.class);

        assertThat(lengths).containsExactly(10, 20, 20, 20);
    }

    @ParameterizedTest
    @EnumSource
    void gzip_isAskedForAndUnpacked_wholeAndStreamed(Mode mode) throws Exception {
        ServiceClient files = service(exchange -> {
            assertThat(exchange.getRequestHeaders().get("Accept-Encoding")).containsExactly("gzip");
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = new GZIPOutputStream(exchange.getResponseBody())) {
                out.write("hello\n".repeat(10_000).getBytes(StandardCharsets.UTF_8));
            }
        });

        assertThat(mode.result(files.get("/"), String.class).orElseThrow()).hasSize(60_000);
        try (StreamedResponse response =
                mode.result(files.get("/"), StreamedResponse.class).orElseThrow()) {
            assertThat(response.lines().filter("hello"::equals).count()).isEqualTo(10_000);
        }
    }

    @ParameterizedTest
    @EnumSource
    void redirections_areFollowedAsFarAsThePolicySays(Mode mode) throws Exception {
        ServiceClient files = service(exchange -> {
            String path = exchange.getRequestURI().getPath();
            if (path.equals("/end")) {
                LocalService.answer(exchange, 200, "text/plain", exchange.getRequestMethod());
            } else {
                exchange.getResponseHeaders().set("Location", path.equals("/round") ? "/round" : "/end");
                exchange.sendResponseHeaders(302, -1);
            }
        });

        assertThat(mode.result(files.post("/start").body("x", "text/plain"), String.class)
                        .orElseThrow())
                .isEqualTo("GET");
        assertThat(mode.result(files.get("/round"), String.class)).isInstanceOf(Result.Failure.class);
    }

    @Test
    void twoHundredStreams_readByHalvesAndClosed_leaveNoneInFlight() throws Exception {
        ServiceClient files = service(exchange -> {
            exchange.sendResponseHeaders(200, 100_000);
            exchange.getResponseBody().write(new byte[100_000]);
        });

        for (int i = 0; i < 200; i++) {
            try (StreamedResponse response = files.get("/big").stream()) {
                assertThat(response.body().readNBytes(i * 600)).isNotNull();
            }
        }

        assertThat(files.get("/big").as(byte[].class)).hasSize(100_000);
    }
}
