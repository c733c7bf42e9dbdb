package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.spi.RandomSource;
import java.time.Duration;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class OpenTimeTest {

    private static final CircuitBreakerPolicy GROWING =
            CircuitBreakerPolicy.builder().growOpenTime(true).build();

    private static Duration openTime(BreakerFixture fixture) {
        return fixture.breaker.retryAfter(fixture.time.nanoTime());
    }

    private static void failAgain(BreakerFixture fixture) {
        fixture.advance(openTime(fixture));
        fixture.fail(1);
    }

    private static Duration afterFailureThatAsksFor(CircuitBreakerPolicy policy, Duration retryAfter) {
        BreakerFixture fixture = new BreakerFixture(policy);
        fixture.fail(4);
        fixture.breaker.onFailure(fixture.acquire(), fixture.time.nanoTime(), retryAfter);
        return openTime(fixture);
    }

    @Test
    void fixed_isTheSameEachTime() {
        BreakerFixture fixture = new BreakerFixture(CircuitBreakerPolicy.rate());
        fixture.fail(5);
        failAgain(fixture);
        failAgain(fixture);

        assertThat(openTime(fixture)).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void growing_doublesUpToItsMaximum_withJitterWithinIt() {
        BreakerFixture fixture = new BreakerFixture(GROWING);
        fixture.fail(5);
        for (long seconds : new long[] {30, 60, 120, 240}) {
            assertThat(openTime(fixture)).isBetween(Duration.ofSeconds(seconds), Duration.ofMillis(seconds * 1_100));
            failAgain(fixture);
        }
        for (int i = 0; i < 50; i++) {
            assertThat(openTime(fixture)).isBetween(Duration.ofSeconds(270), Duration.ofSeconds(300));
            failAgain(fixture);
        }
    }

    @Test
    void growing_startsAnewOnceItHasClosed() {
        BreakerFixture fixture = new BreakerFixture(GROWING);
        fixture.fail(5);
        failAgain(fixture);
        fixture.advance(openTime(fixture));
        fixture.succeed(1);

        fixture.fail(5);

        assertThat(openTime(fixture)).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(33));
    }

    @Test
    void growing_differsFromBreakerToBreaker() {
        BreakerFixture one = new BreakerFixture(GROWING, RandomSource.seeded(1));
        BreakerFixture other = new BreakerFixture(GROWING, RandomSource.seeded(2));
        one.fail(5);
        other.fail(5);

        assertThat(openTime(one)).isNotEqualTo(openTime(other));
    }

    @Test
    void whatTheServerAskedFor_isNeverUndercut_andALittleMore() {
        for (long seconds : new long[] {2, 30, 100, 280}) {
            assertThat(afterFailureThatAsksFor(CircuitBreakerPolicy.rate(), Duration.ofSeconds(seconds)))
                    .isBetween(Duration.ofSeconds(seconds), Duration.ofMillis(seconds * 1_100));
        }
    }

    @Test
    void whatTheServerAskedFor_isBounded() {
        assertThat(afterFailureThatAsksFor(CircuitBreakerPolicy.rate(), Duration.ofSeconds(Long.MAX_VALUE)))
                .isBetween(Duration.ofSeconds(270), Duration.ofSeconds(300));
        assertThat(afterFailureThatAsksFor(CircuitBreakerPolicy.rate(), Duration.ZERO))
                .isBetween(Duration.ofSeconds(1), Duration.ofMillis(1_100));
        assertThat(afterFailureThatAsksFor(CircuitBreakerPolicy.rate(), Duration.ofSeconds(-5)))
                .isBetween(Duration.ofSeconds(1), Duration.ofMillis(1_100));
    }

    @Test
    void whatTheServerAskedFor_isNotFollowedByAPolicyThatSaysNotTo() {
        assertThat(afterFailureThatAsksFor(CircuitBreakerPolicy.consecutive(), Duration.ofSeconds(5)))
                .isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void whatTheServerAskedFor_ofAProbe_setsTheNextOpenTime() {
        BreakerFixture fixture = BreakerFixture.halfOpen(CircuitBreakerPolicy.rate());
        fixture.breaker.onFailure(fixture.acquire(), fixture.time.nanoTime(), Duration.ofSeconds(100));

        assertThat(openTime(fixture)).isBetween(Duration.ofSeconds(100), Duration.ofSeconds(110));
    }
}
