package io.backstay;

import io.backstay.ScriptedTransport.Step;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

class InterceptorTest {

    private final List<String> seen = new ArrayList<>();

    private CallInterceptor call(String name) {
        return new CallInterceptor() {
            @Override
            public ServiceRequest before(ServiceRequest request) {
                seen.add(name + " before");
                return request.header("X-" + name, "1");
            }

            @Override
            public ServiceResponse after(ServiceRequest request, ServiceResponse response) {
                seen.add(name + " after " + response.status());
                return response;
            }

            @Override
            public void failed(ServiceRequest request, CallException failure) {
                seen.add(name + " failed " + failure.kind());
            }
        };
    }

    private AttemptInterceptor attempt() {
        return new AttemptInterceptor() {
            @Override
            public Headers before(Attempt attempt, Headers headers) {
                seen.add("attempt " + attempt.number());
                return headers.plus("X-Attempt", String.valueOf(attempt.number()));
            }

            @Override
            public void after(Attempt attempt, ServiceResponse response) {
                seen.add("answer " + response.status());
            }

            @Override
            public void failed(Attempt attempt, FailureKind kind) {
                seen.add("no answer " + kind);
            }
        };
    }

    @ParameterizedTest
    @EnumSource
    void interceptors_runRoundTheCallAndRoundEachAttempt(Mode mode) {
        Fixture fixture = new Fixture(
                Fixture.retrying(3, Duration.ofSeconds(1)),
                builder -> builder.interceptor(call("A")).interceptor(call("B")).interceptor(attempt()),
                Step.fails(FailureKind.CONNECTION_LOST),
                Step.status(503, ""),
                Step.ok("ada"));

        mode.text(fixture.users.get("/users"), fixture.time);

        assertThat(seen)
                .containsExactly(
                        "A before",
                        "B before",
                        "attempt 1",
                        "no answer CONNECTION_LOST",
                        "attempt 2",
                        "answer 503",
                        "attempt 3",
                        "answer 200",
                        "B after 200",
                        "A after 200");
        assertThat(fixture.transport.requests)
                .allSatisfy(
                        request -> assertThat(request.headers().first("X-B")).contains("1"));
        assertThat(fixture.transport.requests)
                .extracting(request -> request.headers().all("X-Attempt"))
                .containsExactly(List.of("1"), List.of("2"), List.of("3"));
    }

    @ParameterizedTest
    @EnumSource
    void interceptors_areToldOfAFailure(Mode mode) {
        Fixture fixture = new Fixture(
                Fixture.noBreaker().build(), builder -> builder.interceptor(call("A")), Step.status(404, ""));

        mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(seen).containsExactly("A before", "A failed STATUS");
    }

    @ParameterizedTest
    @EnumSource
    void interceptor_thatThrowsBefore_failsTheCallAndNothingIsSent(Mode mode) {
        Fixture fixture = new Fixture(
                Fixture.noBreaker().build(),
                builder -> builder.interceptor(new CallInterceptor() {
                    @Override
                    public ServiceRequest before(ServiceRequest request) {
                        throw new IllegalStateException("no token");
                    }
                }),
                Step.ok("ada"));

        CallException failure = mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(failure)
                .isInstanceOf(UnexpectedCallException.class)
                .hasRootCauseInstanceOf(IllegalStateException.class);
        assertThat(failure.details().mayHaveReachedServer()).isFalse();
        assertThat(fixture.transport.count()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void attemptInterceptor_thatThrowsBefore_failsTheCallAndNothingIsSent(Mode mode) {
        Fixture fixture = new Fixture(
                Fixture.noBreaker().build(),
                builder -> builder.interceptor(new AttemptInterceptor() {
                    @Override
                    public Headers before(Attempt attempt, Headers headers) {
                        throw new IllegalStateException("no");
                    }
                }),
                Step.ok("ada"));

        CallException failure = mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(failure).isInstanceOf(UnexpectedCallException.class);
        assertThat(failure.details().mayHaveReachedServer()).isFalse();
        assertThat(fixture.transport.count()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void interceptor_thatSetsADeadline_isHeeded(Mode mode) {
        Fixture fixture = new Fixture(
                Fixture.noBreaker().build(),
                builder -> builder.interceptor(new CallInterceptor() {
                    @Override
                    public ServiceRequest before(ServiceRequest request) {
                        return request.deadline(Duration.ofSeconds(1));
                    }
                }),
                Step.never());

        mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(fixture.elapsed()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void interceptor_thatChangesTheBody_hasItEncodedAnew() {
        Fixture fixture = new Fixture(
                Fixture.noBreaker().build(),
                builder -> builder.interceptor(new CallInterceptor() {
                    @Override
                    public ServiceRequest before(ServiceRequest request) {
                        return request.body("changed", "text/plain");
                    }
                }),
                Step.ok("ada"));

        fixture.users.post("/users").body("original", "text/plain").execute();

        assertThat(fixture.transport.requests.get(0).body()).isEqualTo("changed".getBytes(StandardCharsets.UTF_8));
    }
}
