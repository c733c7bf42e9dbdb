package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.event.AttemptSucceeded;
import io.backstay.event.CallFailed;
import io.backstay.event.CallSucceeded;
import io.backstay.guard.BreakerState;
import io.backstay.spi.BodyMode;
import io.backstay.spi.UnseenFailures;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class StreamingTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final CallPolicy policy = CallPolicy.builder()
            .breaker(CircuitBreakerPolicy.consecutive().toBuilder()
                    .consecutiveFailures(1)
                    .build())
            .idleTimeout(Duration.ofSeconds(5))
            .retry(RetryPolicy.builder()
                    .maxAttempts(2)
                    .backoff(Backoff.fixed(SECOND))
                    .build())
            .build();
    private final Fixture fixture = new Fixture(policy);
    private final ScriptedBody body = new ScriptedBody(fixture.time);

    private StreamedResponse open(Mode mode) {
        return open(mode, fixture.users.get("/events"));
    }

    private StreamedResponse open(Mode mode, ServiceRequest request) {
        return mode.result(request, StreamedResponse.class, fixture.time).orElseThrow();
    }

    private static String text(StreamedResponse response) throws IOException {
        return new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource
    void stream_givesTheAnswerAtItsHead_andPiecesAsTheyArrive(Mode mode) throws Exception {
        fixture.transport.then(
                Step.streams(200, body.piece(SECOND, "one").piece(SECOND, "two"), "Content-Type", "text/plain"));

        try (StreamedResponse response = open(mode)) {
            assertThat(fixture.transport.requests.get(0).responseMode()).isEqualTo(BodyMode.STREAMED);
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.contentType()).contains("text/plain");
            assertThat(fixture.elapsed()).isZero();
            byte[] buffer = new byte[100];
            assertThat(response.body().read(buffer)).isEqualTo(3);
            assertThat(fixture.elapsed()).isEqualTo(SECOND);
            assertThat(text(response)).isEqualTo("two");
        }
    }

    @ParameterizedTest
    @EnumSource
    void stream_readToItsEnd_endsTheCallThere(Mode mode) throws Exception {
        fixture.transport.then(Step.streams(200, body.piece(SECOND, "one").piece(SECOND, "two")));
        StreamedResponse response = open(mode);
        assertThat(fixture.events(AttemptSucceeded.class)).hasSize(1);
        assertThat(fixture.events(CallSucceeded.class)).isEmpty();

        assertThat(text(response)).isEqualTo("onetwo");

        assertThat(fixture.events(CallSucceeded.class))
                .hasSize(1)
                .first()
                .satisfies(event -> assertThat(event.elapsed()).isEqualTo(SECOND.multipliedBy(2)));
        assertThat(response.body().read()).isEqualTo(-1);
        assertThat(fixture.time.pendingTasks()).as("the watch is gone").isZero();
    }

    @ParameterizedTest
    @EnumSource
    void stream_closedEarly_isNoFailureAndFreesTheConnection(Mode mode) {
        fixture.transport.then(Step.streams(200, body.piece(SECOND, "one").silence()));
        StreamedResponse response = open(mode);

        response.close();
        response.close();

        assertThat(body.closed).isTrue();
        assertThat(fixture.events(CallSucceeded.class)).hasSize(1);
        assertThat(fixture.events(CallFailed.class)).isEmpty();
        assertThatThrownBy(() -> response.body().read()).isInstanceOf(IOException.class);
        assertThat(fixture.time.pendingTasks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void stream_silentForTheIdleTimeout_failsItsReaderAndTheBreakerHearsOfIt(Mode mode) {
        fixture.transport.then(Step.streams(200, body.piece(SECOND, "one").silence()));
        StreamedResponse response = open(mode);

        assertThatThrownBy(() -> text(response))
                .isInstanceOf(IOException.class)
                .cause()
                .satisfies(cause -> {
                    assertThat(cause)
                            .isInstanceOf(CallTimeoutException.class)
                            .hasMessageContaining("nothing has arrived");
                    assertThat(((CallException) cause).details().elapsed()).isEqualTo(Duration.ofSeconds(6));
                });

        assertThat(fixture.backstay.breaker("users").orElseThrow().state()).isEqualTo(BreakerState.OPEN);
        assertThat(fixture.events(CallFailed.class)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void stream_whoseReaderIsSlow_isNotIdle(Mode mode) throws Exception {
        fixture.transport.then(Step.streams(200, body.piece(SECOND, "one").piece(SECOND, "two")));
        StreamedResponse response = open(mode);

        fixture.time.advance(Duration.ofSeconds(20));

        assertThat(text(response)).isEqualTo("onetwo");
    }

    @ParameterizedTest
    @EnumSource
    void stream_longerThanTheAttemptsTimeout_goesOnToTheDeadline(Mode mode) {
        fixture.transport.then(Step.streams(
                200,
                body.piece(SECOND.multipliedBy(4), "a")
                        .piece(SECOND.multipliedBy(4), "b")
                        .piece(SECOND.multipliedBy(4), "c")
                        .silence()));
        StreamedResponse response = open(mode, fixture.users.get("/events").deadline(Duration.ofSeconds(13)));

        assertThatThrownBy(() -> text(response))
                .cause()
                .satisfies(cause -> assertThat(cause)
                        .isInstanceOf(CallTimeoutException.class)
                        .hasMessageContaining("deadline"));

        assertThat(fixture.elapsed()).isEqualTo(Duration.ofSeconds(13));
        assertThat(fixture.backstay.breaker("users").orElseThrow().state())
                .as("the caller's own limit says nothing of the service")
                .isEqualTo(BreakerState.CLOSED);
    }

    @ParameterizedTest
    @EnumSource
    void stream_thatNobodyReadsOrCloses_endsWithTheDeadline(Mode mode) {
        fixture.transport.then(Step.streams(200, body.silence()));
        StreamedResponse response = open(mode);

        fixture.time.advance(Duration.ofSeconds(31));

        assertThat(fixture.events(CallFailed.class)).hasSize(1);
        assertThat(fixture.time.pendingTasks()).isZero();
        assertThatThrownBy(() -> text(response)).hasCauseInstanceOf(CallTimeoutException.class);
    }

    @ParameterizedTest
    @EnumSource
    void stream_thatBreaksOff_failsItsReaderAndIsNotTriedAgain(Mode mode) {
        fixture.transport.then(Step.streams(200, body.piece(SECOND, "one").breakingOff()));
        StreamedResponse response = open(mode);

        assertThatThrownBy(() -> text(response))
                .cause()
                .satisfies(cause -> assertThat(((CallException) cause).kind()).isEqualTo(FailureKind.CONNECTION_LOST));

        assertThat(fixture.transport.count()).isOne();
        assertThat(fixture.backstay.breaker("users").orElseThrow().state()).isEqualTo(BreakerState.OPEN);
    }

    @ParameterizedTest
    @EnumSource
    void stream_isRetriedBeforeItsHeadAsAnyCall(Mode mode) throws Exception {
        Fixture retrying = new Fixture(Fixture.retrying(3, SECOND));
        retrying.transport.then(
                Step.fails(FailureKind.CONNECTION_LOST),
                Step.streams(503, new ScriptedBody(retrying.time).piece(Duration.ZERO, "busy")),
                Step.streams(200, new ScriptedBody(retrying.time).piece(SECOND, "one")));

        StreamedResponse response = mode.result(retrying.users.get("/events"), StreamedResponse.class, retrying.time)
                .orElseThrow();

        assertThat(text(response)).isEqualTo("one");
        assertThat(retrying.transport.count()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource
    void stream_withAFailureStatus_hasItsBodyReadForTheException(Mode mode) {
        fixture.transport.then(Step.streams(
                404,
                body.piece(SECOND, "{\"title\":\"No such").piece(SECOND, " thing\",\"status\":404}"),
                "Content-Type",
                "application/problem+json"));

        Result<StreamedResponse> result =
                mode.result(fixture.users.get("/events"), StreamedResponse.class, fixture.time);

        assertThatThrownBy(result::orElseThrow)
                .isInstanceOfSatisfying(
                        HttpStatusException.class,
                        failure -> assertThat(
                                        failure.problemDetails().orElseThrow().title())
                                .contains("No such thing"));
        assertThat(body.closed).isTrue();
        fixture.time.advance(UnseenFailures.GRACE);
        assertThat(fixture.time.pendingTasks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void stream_whoseFailureBodyNeverEnds_failsWithTheStatusWithinTheAttemptsTime(Mode mode) {
        fixture.transport.then(Step.streams(404, body.piece(SECOND, "half").silence()));
        ServiceRequest request = fixture.users.get("/events").attemptTimeout(Duration.ofSeconds(3));

        Result<StreamedResponse> result = mode.result(request, StreamedResponse.class, fixture.time);

        assertThatThrownBy(result::orElseThrow).isInstanceOf(HttpStatusException.class);
        assertThat(fixture.elapsed()).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void streamAsync_cancelledAfterItsHead_closesWhatNobodyCanClose() {
        fixture.transport.by(request -> Step.streams(200, body.silence()).after(SECOND));
        CompletableFuture<StreamedResponse> future =
                fixture.users.get("/events").streamAsync();
        future.cancel(false);

        fixture.time.advance(Duration.ofSeconds(2));

        assertThat(fixture.time.pendingTasks()).isZero();
        assertThat(fixture.transport.cancelled).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void close_ofBackstay_endsStreamsAfterTheShutdownTimeout(Mode mode) {
        fixture.transport.then(Step.streams(200, body.piece(SECOND, "one").silence()));
        StreamedResponse response = open(mode);

        fixture.backstay.close();

        assertThat(fixture.elapsed()).isEqualTo(Duration.ofSeconds(10));
        assertThatThrownBy(() -> text(response)).hasCauseInstanceOf(CallCancelledException.class);
    }

    @ParameterizedTest
    @EnumSource
    void fallback_answersForAStreamThatCannotBeOpened(Mode mode) throws Exception {
        fixture.transport.then(Step.fails(FailureKind.CONNECT_FAILED));
        ServiceResponse head =
                new ServiceResponse(200, Headers.empty(), new byte[0], null, (response, octets, type) -> "");
        ServiceRequest request = fixture.users
                .get("/events")
                .fallback("kept", failure -> new StreamedResponse(head, InputStream.nullInputStream()));

        Result<StreamedResponse> result = mode.result(request, StreamedResponse.class, fixture.time);

        assertThat(result).isInstanceOf(Result.Degraded.class);
        assertThat(text(result.orElseThrow())).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void interceptorThatThrowsAfterTheHead_failsTheCallAndEndsTheExchange(Mode mode) {
        Fixture intercepted = new Fixture(
                policy,
                builder -> builder.interceptor(new CallInterceptor() {
                    @Override
                    public ServiceResponse after(ServiceRequest request, ServiceResponse response) {
                        throw new IllegalStateException("no");
                    }
                }));
        ScriptedBody unread = new ScriptedBody(intercepted.time).silence();
        intercepted.transport.then(Step.streams(200, unread));

        Result<StreamedResponse> result =
                mode.result(intercepted.users.get("/events"), StreamedResponse.class, intercepted.time);

        assertThatThrownBy(result::orElseThrow).isInstanceOf(UnexpectedCallException.class);
        assertThatThrownBy(unread::read).isInstanceOf(IOException.class);
        assertThat(intercepted.time.pendingTasks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void lines_comeAsTheyArrive_whateverTheirEnds(Mode mode) {
        fixture.transport.then(Step.streams(
                200, body.piece(SECOND, "one\r").piece(SECOND, "\ntw").piece(SECOND, "o\n\nthree\rfour")));

        try (StreamedResponse response = open(mode);
                Stream<String> lines = response.lines()) {
            assertThat(lines).containsExactly("one", "two", "", "three", "four");
        }
    }

    @ParameterizedTest
    @EnumSource
    void lines_ofABodyWithoutEnds_areBoundedInMemory(Mode mode) {
        String piece = "x".repeat(60_000);
        for (int i = 0; i < 20; i++) {
            body.piece(Duration.ZERO, piece);
        }
        fixture.transport.then(Step.streams(200, body));

        try (StreamedResponse response = open(mode)) {
            assertThatThrownBy(() -> response.lines().count()).hasMessageContaining("1000000 characters");
        }
    }

    @ParameterizedTest
    @EnumSource
    void lines_ofABodyThatBreaksOff_throwTheCallsFailure(Mode mode) {
        fixture.transport.then(Step.streams(200, body.piece(SECOND, "one\n").breakingOff()));

        try (StreamedResponse response = open(mode)) {
            assertThatThrownBy(() -> response.lines().toList()).isInstanceOf(TransportException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void events_arePutTogetherAsTheStandardHasIt(Mode mode) {
        fixture.transport.then(Step.streams(
                200,
                body.piece(SECOND, "\uFEFF: hello\n\nid: 7\nevent: price\ndata: 1\ndata:  2\nretry: 250\n\n")
                        .piece(SECOND, "data\n\ndata: x\nretry: soon\nid: 8\0\nother: y\n\nevent: none\n\ndata: cut")));

        try (StreamedResponse response = open(mode)) {
            assertThat(response.events())
                    .containsExactly(
                            new ServerSentEvent("price", "1\n 2", "7", Duration.ofMillis(250)),
                            new ServerSentEvent("message", "", "7", null),
                            new ServerSentEvent("message", "x", "7", null));
        }
    }

    @ParameterizedTest
    @EnumSource
    void events_comeOneByOne(Mode mode) {
        fixture.transport.then(
                Step.streams(200, body.piece(SECOND, "data: 1\n\n").piece(SECOND, "data: 2\n\n")));

        try (StreamedResponse response = open(mode)) {
            List<Duration> arrivals =
                    response.events().map(event -> fixture.elapsed()).toList();
            assertThat(arrivals).containsExactly(SECOND, SECOND.multipliedBy(2));
        }
    }

    @ParameterizedTest
    @EnumSource
    void stream_whenTheTransportGivesTheWholeBody_isReadAllTheSame(Mode mode) throws Exception {
        fixture.transport.then(Step.ok("whole"));

        assertThat(text(open(mode))).isEqualTo("whole");
    }
}
