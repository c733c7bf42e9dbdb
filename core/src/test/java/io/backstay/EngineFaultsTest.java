package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.guard.BreakerState;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Faults that were found in the engine, each as a test of what it did. */
class EngineFaultsTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private static CallPolicy.Builder policy() {
        return Fixture.noBreaker().retry(RetryPolicy.never());
    }

    private static ConcurrencyPolicy limit(int calls, int waiting) {
        return ConcurrencyPolicy.builder()
                .limit(calls)
                .withoutShares()
                .maxWaiting(waiting)
                .build();
    }

    private static HedgePolicy hedge() {
        return HedgePolicy.builder()
                .fixedDelay(Duration.ofMillis(50))
                .budgetPercent(100)
                .build();
    }

    @ParameterizedTest
    @EnumSource
    void postWhoseRedirectionLeadsNowhere_isNotSentAgain(Mode mode) {
        Fixture fixture = new Fixture(Fixture.noBreaker().maxRedirects(3).build());
        fixture.transport.by(request -> request.method().equals("POST")
                ? Step.status(303, "", "Location", "http://gone/")
                : Step.fails(FailureKind.CONNECT_FAILED));

        CallException failure = mode.failure(fixture.users.post("/orders").body("one", "text/plain"), fixture.time);

        assertThat(failure.details().mayHaveReachedServer()).isTrue();
        assertThat(fixture.transport.requests)
                .extracting(request -> request.method())
                .containsExactly("POST", "GET");
    }

    @ParameterizedTest
    @EnumSource
    void attemptThatWaitedForAPermit_hasOnlyTheTimeThatIsLeft(Mode mode) {
        Fixture fixture = new Fixture(
                policy().concurrency(limit(1, 5)).build(), Step.ok("ok").after(SECOND));
        CompletableFuture<String> first = fixture.users.get("/a").asAsync(String.class);

        assertThat(mode.text(fixture.users.get("/b").deadline(SECOND.multipliedBy(3)), fixture.time))
                .isInstanceOf(Result.Success.class);

        assertThat(first).isDone();
        assertThat(fixture.transport.requests.get(1).timeout()).isEqualTo(SECOND.multipliedBy(2));
        assertThat(fixture.transport.requests.get(1).headers().first("X-Deadline-Ms"))
                .contains("2000");
    }

    @ParameterizedTest
    @EnumSource
    void streamThatWonAgainstItsHedge_isTheOneThatIsEnded(Mode mode) {
        Fixture fixture =
                new Fixture(policy().hedge(hedge()).idleTimeout(SECOND).build());
        ScriptedBody winner =
                new ScriptedBody(fixture.time).piece(Duration.ZERO, "one").silence();
        fixture.transport.then(
                Step.streams(200, winner).after(Duration.ofMillis(80)),
                Step.streams(200, new ScriptedBody(fixture.time).silence()).after(Duration.ofSeconds(9)));

        StreamedResponse response = mode.result(fixture.users.get("/events"), StreamedResponse.class, fixture.time)
                .orElseThrow();

        assertThatThrownBy(() -> response.body().readAllBytes()).hasCauseInstanceOf(CallTimeoutException.class);
        assertThat(fixture.elapsed()).isLessThan(Duration.ofSeconds(2));
    }

    @ParameterizedTest
    @EnumSource
    void errorInAnInterceptor_losesNoCallAndNoPermit(Mode mode) {
        List<Boolean> failing = new ArrayList<>(List.of(true));
        Fixture fixture = new Fixture(
                policy().concurrency(limit(1, 0))
                        .instanceConcurrency(limit(1, 0))
                        .build(),
                builder -> builder.interceptor(new AttemptInterceptor() {
                    @Override
                    public Headers before(Attempt attempt, Headers headers) {
                        if (failing.get(0)) {
                            throw new NoClassDefFoundError("gone");
                        }
                        return headers;
                    }
                }),
                Step.ok("ok"));
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> {
                        mode.text(fixture.users.get("/a"), fixture.time).orElseThrow();
                    })
                    .satisfiesAnyOf(
                            thrown -> assertThat(thrown).isInstanceOf(NoClassDefFoundError.class),
                            thrown -> assertThat(thrown).hasRootCauseInstanceOf(NoClassDefFoundError.class));
        }

        failing.set(0, false);

        assertThat(mode.text(fixture.users.get("/a"), fixture.time)).isInstanceOf(Result.Success.class);
        fixture.backstay.close();
        assertThat(fixture.elapsed()).as("no call is waited for").isZero();
    }

    @ParameterizedTest
    @EnumSource
    void hedgedCall_keepsItsContextOnEveryAttempt(Mode mode) {
        List<String> seen = new ArrayList<>();
        Fixture fixture = new Fixture(
                policy().hedge(hedge()).build(),
                builder -> builder.interceptor(new AttemptInterceptor() {
                    @Override
                    public Headers before(Attempt attempt, Headers headers) {
                        seen.add(CallContext.current().correlationId().orElse("none"));
                        return headers;
                    }
                }),
                Step.ok("late").after(SECOND),
                Step.ok("early"));

        try (CallContext.Scope scope =
                CallContext.empty().withCorrelationId("mine").open()) {
            mode.text(fixture.users.get("/a"), fixture.time).orElseThrow();
        }

        assertThat(seen).containsExactly("mine", "mine");
    }

    @ParameterizedTest
    @EnumSource
    void timeoutAfterAWaitOfNoTime_countsForTheBreaker(Mode mode) {
        Fixture fixture = new Fixture(
                CallPolicy.builder()
                        .retry(RetryPolicy.never())
                        .deadline(Duration.ofMillis(100))
                        .rate(RatePolicy.builder().perSecond(1000).burst(10).build())
                        .breaker(CircuitBreakerPolicy.consecutive().toBuilder()
                                .consecutiveFailures(3)
                                .build())
                        .build(),
                Step.never());

        for (int i = 0; i < 3; i++) {
            mode.failure(fixture.users.get("/a"), fixture.time);
        }

        assertThat(fixture.backstay.breaker("users").orElseThrow().state()).isEqualTo(BreakerState.OPEN);
    }

    @ParameterizedTest
    @EnumSource
    void definiteAnswerOfThePrimary_doesNotWaitForItsHedge(Mode mode) {
        Fixture fixture = new Fixture(
                policy().hedge(hedge()).build(), Step.status(404, "").after(Duration.ofMillis(200)), Step.never());

        assertThat(mode.failure(fixture.users.get("/a"), fixture.time)).isInstanceOf(HttpStatusException.class);

        assertThat(fixture.elapsed()).isEqualTo(Duration.ofMillis(200));
    }

    @ParameterizedTest
    @EnumSource
    void failureOfABodyInOneAttempt_isNotThatOfTheNext(Mode mode) {
        Fixture fixture = new Fixture(Fixture.retrying(3, SECOND), Step.ok("kept"));
        List<Integer> opened = new ArrayList<>();
        BodySource source = BodySource.of(() -> {
            opened.add(1);
            return new ByteArrayInputStream(new byte[3]);
        });
        fixture.transport.then(
                Step.fails(FailureKind.CONNECTION_LOST), Step.fails(FailureKind.CONNECT_FAILED), Step.ok("kept"));

        assertThat(mode.text(fixture.users.put("/a").body(source), fixture.time).orElseThrow())
                .isEqualTo("kept");
        assertThat(opened).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource
    void permitOfAnInstance_isTakenUntilTheStreamHasEnded(Mode mode) throws IOException {
        Fixture fixture = new Fixture(policy().instanceConcurrency(limit(1, 0)).build());
        ServiceClient single = fixture.backstay.client("single", URI.create("http://one:8001"));
        fixture.transport.by(request -> Step.streams(200, new ScriptedBody(fixture.time).piece(Duration.ZERO, "one")));
        StreamedResponse first = mode.result(single.get("/a"), StreamedResponse.class, fixture.time)
                .orElseThrow();

        assertThat(mode.result(single.get("/b"), StreamedResponse.class, fixture.time))
                .isInstanceOf(Result.Failure.class);
        first.close();

        mode.result(single.get("/b"), StreamedResponse.class, fixture.time)
                .orElseThrow()
                .close();
    }

    @Test
    void callCancelledWhileItWaitsForAToken_endsAsCancelledAndAsksNoFallback() {
        Fixture fixture = new Fixture(
                policy().rate(RatePolicy.builder()
                                .perSecond(1)
                                .burst(1)
                                .maxWaiting(5)
                                .build())
                        .build(),
                Step.ok("ok"));
        ServiceRequest request = fixture.users
                .get("/a")
                .priority(Priority.CRITICAL)
                .fallback("made up", failure -> {
                    throw new AssertionError("nobody wants an answer any more");
                });
        request.as(String.class);
        CompletableFuture<Result<String>> waiting = request.resultAsync(String.class);

        waiting.cancel(false);

        assertThat(fixture.transport.count()).isOne();
        request.as(String.class);
        assertThat(fixture.elapsed()).isEqualTo(SECOND);
    }

    @Test
    void asynchronousCallThatIsMisusedHalfWay_isNotWaitedForOnClosing() {
        Fixture fixture = new Fixture(
                policy().maxRequestBytes(10).build(),
                builder -> builder.interceptor(new CallInterceptor() {
                    @Override
                    public ServiceRequest before(ServiceRequest request) {
                        return request.body("far more than ten octets", "text/plain");
                    }
                }));

        assertThatThrownBy(() -> fixture.users.post("/a").asAsync(String.class))
                .isInstanceOf(InvalidRequestException.class);

        fixture.backstay.close();
        assertThat(fixture.elapsed()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void rangeOfABody_isNotAskedForInGzip_norUnpacked(Mode mode) {
        Fixture fixture = new Fixture(policy().build(), Step.status(206, "\u001fpart", "Content-Encoding", "gzip"));

        ServiceResponse response = mode.result(
                        fixture.users.get("/a").header("Range", "bytes=5-9"), ServiceResponse.class, fixture.time)
                .orElseThrow();

        assertThat(response.text()).isEqualTo("\u001fpart");
        assertThat(fixture.transport.requests.get(0).headers().contains("Accept-Encoding"))
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void locationOfAQueryAlone_keepsThePath_andSlashesStayAsTheyAre(Mode mode) {
        Fixture fixture = new Fixture(policy().maxRedirects(3).build());
        fixture.transport.then(
                Step.status(302, "", "Location", "?x=1"),
                Step.status(302, "", "Location", "/k//https://e.com/x"),
                Step.ok("there"));

        mode.text(fixture.users.get("/a/b"), fixture.time).orElseThrow();

        assertThat(fixture.transport.requests)
                .extracting(request -> request.uri().toString())
                .containsExactly(
                        "http://one:8001/a/b", "http://one:8001/a/b?x=1", "http://one:8001/k//https://e.com/x");
    }

    @ParameterizedTest
    @EnumSource
    void streamedAnswerWithoutABody_mayNameAnEncoding(Mode mode) throws IOException {
        Fixture fixture = new Fixture(policy().build());
        fixture.transport.then(Step.streams(200, new ScriptedBody(fixture.time), "Content-Encoding", "gzip"));

        StreamedResponse response = mode.result(fixture.users.get("/a"), StreamedResponse.class, fixture.time)
                .orElseThrow();

        assertThat(response.body().readAllBytes()).isEmpty();
    }

    @Test
    void proxyWithAUserInItsAddress_isRefusedWithoutShowingIt() {
        for (String address : List.of("bob:secret@proxy:3128", "http://bob:secret@my_proxy:3128")) {
            assertThatThrownBy(() -> ProxySettings.builder(URI.create(address)))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageNotContaining("secret");
        }
    }

    @Test
    void retryTimeOfAnEventStream_mayComeBeforeTheFirstEvent() {
        Fixture fixture = new Fixture(policy().build());
        fixture.transport.then(
                Step.streams(200, new ScriptedBody(fixture.time).piece(Duration.ZERO, "retry: 5\n\ndata: x\n\n")));

        try (StreamedResponse response = fixture.users.get("/events").stream()) {
            assertThat(response.events())
                    .containsExactly(new ServerSentEvent("message", "x", "", Duration.ofMillis(5)));
        }
    }
}
