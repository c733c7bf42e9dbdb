package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.guard.BreakerState;
import io.backstay.guard.CircuitBreaker;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

class EndpointBreakerTest {

    private static final CallPolicy POLICY = CallPolicy.builder()
            .retry(RetryPolicy.never())
            .breaker(CircuitBreakerPolicy.consecutive().toBuilder()
                    .consecutiveFailures(2)
                    .perEndpoint(true)
                    .build())
            .build();

    private final Fixture fixture = new Fixture(POLICY);

    private void failReports(Mode mode) {
        fixture.transport.by(request -> request.target().startsWith("/reports") ? Step.status(500, "") : Step.ok("ok"));
        mode.failure(fixture.users.get("/reports/{id}", 1), fixture.time);
        mode.failure(fixture.users.get("/reports/{id}", 2), fixture.time);
    }

    @ParameterizedTest
    @EnumSource
    void endpointThatFails_isRefusedByItself_andTheOthersGoOn(Mode mode) {
        failReports(mode);

        assertThat(mode.failure(fixture.users.get("/reports/{id}", 3), fixture.time))
                .isInstanceOf(CallRejectedException.class);
        assertThat(mode.text(fixture.users.get("/users/{id}", 3), fixture.time)).isInstanceOf(Result.Success.class);

        assertThat(fixture.backstay.breaker("users")).isEmpty();
        assertThat(fixture.backstay.breakers("users"))
                .extracting(CircuitBreaker::name)
                .containsExactlyInAnyOrder("users GET /reports/{id}", "users GET /users/{id}");
    }

    @ParameterizedTest
    @EnumSource
    void changedPolicy_keepsTheStateOfEachEndpoint(Mode mode) {
        failReports(mode);

        fixture.backstay.policy("users", POLICY.toBuilder().maxRedirects(1).build());

        assertThat(fixture.backstay.breakers("users"))
                .extracting(CircuitBreaker::state)
                .containsExactly(BreakerState.OPEN);
        assertThat(mode.failure(fixture.users.get("/reports/{id}", 3), fixture.time))
                .isInstanceOf(CallRejectedException.class);
    }
}
