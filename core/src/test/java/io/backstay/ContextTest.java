package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.spi.SystemTime;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.MDC;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ContextTest {

    @AfterEach
    void clear() {
        MDC.clear();
    }

    private static String mdcId() {
        return MDC.get(CallContext.MDC_CORRELATION_ID);
    }

    @ParameterizedTest
    @EnumSource
    void call_withoutACorrelationId_makesOneForAllItsAttempts(Mode mode) {
        Fixture fixture = new Fixture(Fixture.retrying(2, Duration.ofSeconds(1)), Step.status(503, ""), Step.ok("ada"));

        mode.text(fixture.users.get("/users"), fixture.time);

        assertThat(fixture.transport.requests)
                .extracting(
                        request -> request.headers().first("X-Correlation-ID").orElseThrow())
                .hasSize(2)
                .allMatch(id -> id.matches("[0-9a-f]{32}"))
                .satisfies(ids -> assertThat(ids.get(0)).isEqualTo(ids.get(1)));
        assertThat(mdcId()).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void call_underACorrelationId_sendsItOnceAndUnderTheNameThatIsSet(Mode mode) {
        Fixture fixture = new Fixture(
                Fixture.noBreaker().build(), builder -> builder.correlationHeader("X-Request-Id"), Step.ok("ada"));

        try (CallContext.Scope scope =
                CallContext.empty().withCorrelationId("c-1").open()) {
            mode.text(fixture.users.get("/users").header("x-request-id", "other"), fixture.time);
            assertThat(mdcId()).isEqualTo("c-1");
        }

        assertThat(fixture.transport.requests.get(0).headers().all("X-Request-Id"))
                .containsExactly("c-1");
        assertThat(mdcId()).isNull();
    }

    /** Interceptors, listeners, fallbacks and stages, on the caller's thread, on retries and on timers alike. */
    @ParameterizedTest
    @EnumSource
    void usersCode_onEveryThread_seesTheCallersContext(Mode mode) throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        Runnable look = () -> seen.add(
                CallContext.current().correlationId().orElse("none") + "/" + mdcId() + "/" + MDC.get("tenant") + "/"
                        + CallContext.current().caller().map(CallerIdentity::id).orElse("none"));
        CallInterceptor call = new CallInterceptor() {
            @Override
            public ServiceRequest before(ServiceRequest request) {
                look.run();
                return request;
            }

            @Override
            public void failed(ServiceRequest request, CallException failure) {
                look.run();
            }
        };
        AttemptInterceptor attempt = new AttemptInterceptor() {
            @Override
            public Headers before(Attempt each, Headers headers) {
                look.run();
                return headers;
            }

            @Override
            public void after(Attempt each, ServiceResponse response) {
                look.run();
            }
        };
        SystemTime system = SystemTime.shared();
        ThreadedTransport transport = new ThreadedTransport(system);
        try (Backstay backstay = Backstay.builder()
                .transport(transport)
                .policy(Fixture.retrying(3, Duration.ofMillis(1)))
                .endpoint("users", URI.create("http://one:1"))
                .interceptor(call)
                .interceptor(attempt)
                .listener(BackstayEvent.class, event -> look.run())
                .build()) {
            CompletableFuture<String> stage;
            MDC.put("tenant", "t-1");
            try (CallContext.Scope scope = CallContext.empty()
                    .withCorrelationId("c-1")
                    .withCaller(new CallerIdentity("shop"))
                    .open()) {
                ServiceRequest request = backstay.client("users").get("/users").fallback("default", failure -> {
                    look.run();
                    return "nobody";
                });
                CompletableFuture<String> answer = mode == Mode.BLOCKING
                        ? CompletableFuture.completedFuture(request.as(String.class))
                        : request.asAsync(String.class);
                stage = answer.thenApply(value -> {
                    look.run();
                    return value;
                });
            }
            assertThat(stage.get(10, TimeUnit.SECONDS)).isEqualTo("nobody");
        }

        assertThat(transport.threads).hasSize(3);
        assertThat(seen).hasSizeGreaterThan(12).containsOnly("c-1/c-1/t-1/shop");
    }

    /** Deadline and priority of a call are its own: what the caller does afterwards, or instead, has the caller's. */
    @ParameterizedTest
    @EnumSource
    void deadlineAndPriorityOfACall_endWithIt(Mode mode) {
        Fixture fixture = Fixture.answering(Step.never());
        List<String> seen = new CopyOnWriteArrayList<>();
        ServiceRequest request = fixture.users
                .get("/users")
                .deadline(Duration.ofMillis(100))
                .priority(Priority.LOW)
                .fallback("backup", failure -> {
                    seen.add(CallContext.current().deadline() + " "
                            + CallContext.current().priority());
                    return "nobody";
                });

        assertThat(mode.text(request, fixture.time).orElseThrow()).isEqualTo("nobody");
        var stage = request.asAsync(String.class)
                .thenAccept(value -> seen.add(CallContext.current().deadline() + " "
                        + CallContext.current().priority()));
        fixture.time.advance(Duration.ofSeconds(1));

        assertThat(stage).isCompleted();
        assertThat(seen).hasSize(3).containsOnly("Optional.empty Optional.empty");
    }

    @Test
    void fallback_mayCallAnotherService_afterTheDeadlineHasPassed() {
        Fixture fixture = Fixture.answering(Step.never());
        ServiceRequest backup = fixture.users.get("/backup");
        Result<String> result = fixture.users
                .get("/users")
                .deadline(Duration.ofMillis(100))
                .fallback("backup", failure -> {
                    fixture.transport.then(Step.ok("from the backup"));
                    return backup.as(String.class);
                })
                .result(String.class);

        assertThat(result.orElseThrow()).isEqualTo("from the backup");
    }

    @Test
    void scopeWithoutAnId_hidesTheOuterOneFromTheLogsToo() {
        try (CallContext.Scope outer =
                CallContext.empty().withCorrelationId("c-1").open()) {
            try (CallContext.Scope inner = CallContext.empty().open()) {
                assertThat(CallContext.current().correlationId()).isEmpty();
                assertThat(mdcId()).isNull();
            }
            assertThat(mdcId()).isEqualTo("c-1");
        }
    }

    @Test
    void correlationId_thatCouldForgeALogLine_isRefused() {
        for (String id : new String[] {"", "a\nFAKE", "a b", "ü", "x".repeat(129)}) {
            assertThatThrownBy(() -> CallContext.empty().withCorrelationId(id))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void snapshot_givesBackWhatTheOtherThreadHadBefore() throws Exception {
        MDC.put("tenant", "mine");
        ContextSnapshot snapshot;
        try (CallContext.Scope scope =
                CallContext.empty().withCorrelationId("c-1").open()) {
            snapshot = ContextSnapshot.capture();
        }

        CompletableFuture.runAsync(() -> {
                    MDC.put("tenant", "other");
                    snapshot.wrap(() -> {
                                assertThat(CallContext.current().correlationId())
                                        .contains("c-1");
                                assertThat(mdcId()).isEqualTo("c-1");
                                assertThat(MDC.get("tenant")).isEqualTo("mine");
                            })
                            .run();
                    assertThat(CallContext.current().correlationId()).isEmpty();
                    assertThat(mdcId()).isNull();
                    assertThat(MDC.get("tenant")).isEqualTo("other");
                })
                .get(10, TimeUnit.SECONDS);
    }

    @Test
    void listener_thatThrows_hurtsNobody() {
        Fixture fixture = new Fixture(
                Fixture.noBreaker().build(),
                builder -> builder.listener(BackstayEvent.class, event -> {
                    throw new IllegalStateException("listener");
                }),
                Step.ok("ada"));

        assertThat(fixture.users.get("/users").as(String.class)).isEqualTo("ada");
        assertThat(fixture.events).isNotEmpty();
    }
}
