package io.backstay.demo;

import io.backstay.CallDetails;
import io.backstay.CallRejectedException;
import io.backstay.Result;
import io.backstay.event.BreakerStateChanged;
import io.backstay.guard.BreakerState;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TableTest {

    private static final long MILLI = 1_000_000;

    private static CallRejectedException refusal() {
        CallDetails details = new CallDetails("users", null, "GET", "/users/{id}", 0, Duration.ZERO, false);
        return new CallRejectedException("circuit breaker", "it is OPEN", details, null);
    }

    private static List<String> rows(PhaseStats... phases) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Table.of(List.of(phases)).print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8).lines().map(String::strip).toList();
    }

    private static PhaseStats phase(String name) {
        PhaseStats phase = new PhaseStats(name);
        phase.of("users").record(new Result.Success<>("ada"), true, 10 * MILLI);
        phase.of("users").record(new Result.Success<>("bob"), true, 10 * MILLI);
        phase.of("users").record(new Result.Degraded<>("?", "fallback", refusal()), true, MILLI);
        phase.of("users").record(new Result.Failure<>(refusal()), false, MILLI);
        return phase;
    }

    @Test
    void of_oneStep_hasARowForTheServiceAndNoTotal() {
        List<String> rows = rows(phase("only"));

        assertThat(rows).hasSize(2);
        assertThat(rows.get(1).split(" {2,}"))
                .containsExactly("users", "only", "4", "2", "1", "1", "1.0", "10.0", "10.0", "-", "-");
    }

    @Test
    void of_severalSteps_addsThemUp() {
        PhaseStats second = phase("second");
        second.changed(new BreakerStateChanged(
                "users", Instant.EPOCH, BreakerState.CLOSED, BreakerState.OPEN, "threshold reached: 5/5"));
        second.recovered("users", Duration.ofMillis(1_250));

        List<String> rows = rows(phase("first"), second);

        assertThat(rows).hasSize(4);
        assertThat(rows.get(2)).endsWith("1, last OPEN     1.3 s");
        assertThat(rows.get(3).split(" {2,}")).startsWith("users", "TOTAL", "8", "4", "2", "2");
    }

    @Test
    void of_stepWithoutCalls_showsDashesForTimes() {
        PhaseStats phase = new PhaseStats("quiet");
        phase.of("users");

        assertThat(rows(phase).get(1).split(" {2,}"))
                .containsExactly("users", "quiet", "0", "0", "0", "0", "-", "-", "-", "-", "-");
    }

    @Test
    void record_countsIdempotentCallsThatWereLostAndTimesOfRefusals() {
        ServiceStats stats = phase("any").of("users");

        assertThat(stats.lost()).isEqualTo(2);
        assertThat(stats.idempotentLost()).isEqualTo(1);
        assertThat(stats.refused().getTotalCount()).isEqualTo(2);
        assertThat(stats.reasons()).containsExactly(Map.entry("refused by the circuit breaker", 2L));
    }
}
