package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import java.time.Duration;
import org.junit.jupiter.api.Test;

import static io.backstay.guard.BreakerState.CLOSED;
import static io.backstay.guard.BreakerState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

class RampTest {

    private static final CircuitBreakerPolicy RAMP =
            CircuitBreakerPolicy.builder().ramp(Duration.ofSeconds(10)).build();

    private static BreakerFixture recovered(CircuitBreakerPolicy policy) {
        BreakerFixture fixture = BreakerFixture.halfOpen(policy);
        fixture.succeed(1);
        assertThat(fixture.state()).isEqualTo(CLOSED);
        return fixture;
    }

    private static int admittedOf1000(BreakerFixture fixture) {
        int admitted = 0;
        for (int i = 0; i < 1_000; i++) {
            long permit = fixture.acquire();
            if (permit != CircuitBreaker.REFUSED) {
                admitted++;
                fixture.succeed(permit);
            }
        }
        return admitted;
    }

    @Test
    void admission_growsFromATenthToAll() {
        BreakerFixture fixture = recovered(RAMP);
        assertThat(admittedOf1000(fixture)).isBetween(70, 130);
        fixture.advanceSeconds(5);
        assertThat(admittedOf1000(fixture)).isBetween(500, 600);
        fixture.advanceSeconds(5);
        assertThat(admittedOf1000(fixture)).isEqualTo(1_000);
        fixture.advanceSeconds(60);
        assertThat(admittedOf1000(fixture)).isEqualTo(1_000);
    }

    @Test
    void failuresDuringTheRamp_openItAgain() {
        BreakerFixture fixture = recovered(RAMP);
        fixture.advanceSeconds(9);
        for (int i = 0; i < 100 && fixture.state() == CLOSED; i++) {
            fixture.fail(fixture.acquire());
        }
        assertThat(fixture.state()).isEqualTo(OPEN);
    }

    @Test
    void byDefault_allAreAdmittedAtOnce() {
        assertThat(admittedOf1000(recovered(CircuitBreakerPolicy.rate()))).isEqualTo(1_000);
    }

    @Test
    void closingByHand_rampsNothing() {
        BreakerFixture fixture = new BreakerFixture(RAMP);
        fixture.fail(5);
        fixture.breaker.close();

        assertThat(admittedOf1000(fixture)).isEqualTo(1_000);
    }
}
