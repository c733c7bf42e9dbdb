package io.backstay;

import io.backstay.ScriptedTransport.Step;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** What callers wait for a service that never answers, beside what they would without a breaker: all attempts timing out. */
class DeadServiceCostTest {

    private static final int CALLS = 100;
    private static final int SHARE = 10;

    private static CallPolicy policy(BreakerPreset preset) {
        return CallPolicy.builder().breaker(preset.policy()).build();
    }

    /** The time that callers spend waiting, the pauses between their calls left out. */
    private static Duration waited(Mode mode, BreakerPreset preset, Duration pause) {
        Fixture fixture = new Fixture(policy(preset), Step.never());
        for (int i = 0; i < CALLS; i++) {
            CallException failure = mode.failure(fixture.users.get("/users"), fixture.time);
            assertThat(failure).isInstanceOf(ServiceUnavailableException.class);
            fixture.time.advance(pause);
        }
        return fixture.elapsed().minus(pause.multipliedBy(CALLS));
    }

    private static void assertCheap(Mode mode, BreakerPreset preset, Duration pause) {
        Duration unguarded = waited(mode, BreakerPreset.DISABLED, pause);
        assertThat(unguarded.dividedBy(CALLS))
                .as("each call takes all the time there is")
                .isEqualTo(CallPolicy.standard().deadline());

        assertThat(waited(mode, preset, pause)).isPositive().isLessThan(unguarded.dividedBy(SHARE));
    }

    @ParameterizedTest
    @CsvSource({"BLOCKING, RATE", "ASYNC, RATE", "BLOCKING, CONSECUTIVE", "ASYNC, CONSECUTIVE"})
    void callsInARow_costLessThanATenthOfAllAttemptsTimingOut(Mode mode, BreakerPreset preset) {
        assertCheap(mode, preset, Duration.ZERO);
    }

    @ParameterizedTest
    @CsvSource({"BLOCKING, RATE", "ASYNC, RATE", "BLOCKING, CONSECUTIVE", "ASYNC, CONSECUTIVE"})
    void callsASecondApart_costLessThanATenth_theProbesIncluded(Mode mode, BreakerPreset preset) {
        assertCheap(mode, preset, Duration.ofSeconds(1));
    }
}
