package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.guard.CircuitBreaker;
import java.util.Map;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class WarmUpTest {

    @Test
    void warmUp_asksEachInstanceOnce_andTellsWhichAnswered() {
        Fixture fixture = new Fixture(CallPolicy.standard(), Step.ok(""));
        fixture.transport.by(request -> request.instance().address().equals("one:8001")
                ? Step.status(404, "")
                : Step.fails(FailureKind.CONNECT_FAILED));

        Map<ServiceInstance, Boolean> answered = fixture.users.warmUp("/health").join();

        assertThat(answered)
                .hasSize(2)
                .allSatisfy((instance, did) ->
                        assertThat(did).isEqualTo(instance.address().equals("one:8001")));
        assertThat(fixture.transport.requests)
                .extracting(request -> request.method() + " " + request.target())
                .containsOnly("HEAD /health");
    }

    @Test
    void warmUp_ofInstancesThatAreDown_isNoFailureOfTheService() {
        Fixture fixture = new Fixture(CallPolicy.standard(), Step.fails(FailureKind.CONNECT_FAILED));

        for (int i = 0; i < 10; i++) {
            fixture.users.warmUp("/").join();
        }

        assertThat(fixture.backstay
                        .breaker("users")
                        .map(CircuitBreaker::status)
                        .orElseThrow()
                        .failures())
                .isZero();
    }
}
