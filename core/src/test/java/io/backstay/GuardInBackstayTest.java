package io.backstay;

import io.backstay.event.BreakerStateChanged;
import io.backstay.guard.BreakerState;
import io.backstay.guard.Guard;
import io.backstay.spi.VirtualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Guards that a Backstay gives live on its clocks and tell its listeners. */
class GuardInBackstayTest {

    private final VirtualTime time = new VirtualTime();
    private final List<String> changes = new ArrayList<>();

    private Backstay backstay() {
        return Backstay.builder()
                .transport(new ScriptedTransport(time))
                .virtualTime(time)
                .listener(
                        BreakerStateChanged.class,
                        event -> changes.add(event.service() + " " + event.from() + " to " + event.to()))
                .build();
    }

    @Test
    void guard_tellsListenersOfItsBreaker_andRecoversOnTheSameTime() {
        try (Backstay backstay = backstay()) {
            Guard ledger = backstay.guard(
                    "ledger-db",
                    GuardPolicy.builder()
                            .breaker(CircuitBreakerPolicy.consecutive())
                            .build());
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(() -> ledger.call(() -> {
                            throw new IOException("no route");
                        }))
                        .isInstanceOf(IOException.class);
            }
            assertThat(ledger.breaker().orElseThrow().state()).isEqualTo(BreakerState.OPEN);
            time.advance(Duration.ofSeconds(60));
            assertThat(backstay.guard("ledger-db").<String, RuntimeException>call(() -> "back"))
                    .isEqualTo("back");
            assertThat(changes)
                    .containsExactly(
                            "ledger-db CLOSED to OPEN", "ledger-db OPEN to HALF_OPEN", "ledger-db HALF_OPEN to CLOSED");
        }
    }

    @Test
    void guard_ofTheSameName_isTheSame_andFollowsThePolicyThatIsGiven() {
        try (Backstay backstay = backstay()) {
            Guard ledger = backstay.guard("ledger-db");
            GuardPolicy twice = GuardPolicy.builder().retry(2).build();
            assertThat(backstay.guard("ledger-db", twice)).isSameAs(ledger);
            assertThat(ledger.policy()).isSameAs(twice);
        }
    }

    @Test
    void badInput_isRefusedByName() {
        try (Backstay backstay = backstay()) {
            assertThatThrownBy(() -> backstay.guard(" "))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("the name of a guard");
            assertThatThrownBy(() -> backstay.guard("a", null)).hasMessageContaining("guard policy must not be null");
        }
    }

    @Test
    void policy_refusesWhatIsOutOfRange() {
        GuardPolicy.Builder builder = GuardPolicy.builder();
        assertThatThrownBy(() -> builder.retry(0)).hasMessageContaining("retry.max-attempts cannot be 0; allowed");
        assertThatThrownBy(() -> builder.timeout(Duration.ZERO)).hasMessageContaining("attempt-timeout cannot be 0 s");
        assertThatThrownBy(() -> builder.timeout(null)).hasMessageContaining("attempt-timeout must not be null");
        assertThatThrownBy(() -> builder.deadline(Duration.ofSeconds(-1)))
                .hasMessageContaining("deadline cannot be -1 s; allowed");
        assertThatThrownBy(() -> builder.breaker(
                        CircuitBreakerPolicy.builder().perEndpoint(true).build()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("breaker.per-endpoint cannot be true in a guard");
        assertThatThrownBy(() -> builder.breaker(null)).hasMessageContaining("breaker policy must not be null");
        assertThatThrownBy(() -> builder.concurrency(null)).hasMessageContaining("concurrency policy");
        assertThatThrownBy(() -> builder.rate(null)).hasMessageContaining("rate policy");
        assertThatThrownBy(() -> builder.retry(2, null)).hasMessageContaining("retry backoff");
        assertThatThrownBy(() -> builder.retryBudget(null)).hasMessageContaining("retry budget");
        assertThatThrownBy(() -> builder.fallback(null)).hasMessageContaining("fallback");
        assertThatThrownBy(() -> builder.ignoreIf(null)).hasMessageContaining("condition");
        assertThatThrownBy(() -> builder.ignore(IOException.class, null)).hasMessageContaining("ignored exception");
        assertThatThrownBy(() -> builder.retryOn((Class<? extends Exception>[]) null))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("retried exception types");
    }

    @Test
    void toBuilder_keepsAll() {
        GuardPolicy policy = GuardPolicy.builder()
                .timeout(Duration.ofSeconds(2))
                .deadline(Duration.ofSeconds(9))
                .retry(4, Backoff.none())
                .ignore(IOException.class)
                .retryOn(IllegalStateException.class)
                .concurrency(ConcurrencyPolicy.fixed(3))
                .rate(RatePolicy.perSecond(5))
                .breaker(CircuitBreakerPolicy.consecutive())
                .fallback(new Fallback("kept", failure -> "kept"))
                .build();
        GuardPolicy same = policy.toBuilder().build();
        assertThat(same).hasToString(policy.toString());
        assertThat(same.toString()).contains("timeout=PT2S", "deadline=PT9S", "maxAttempts=4", "fallback kept");
        assertThat(same.ignores(new IOException())).isTrue();
        assertThat(same.retries(new IllegalStateException())).isTrue();
        assertThat(same.retries(new IllegalArgumentException())).isFalse();
        assertThat(same.retryBudget()).isSameAs(policy.retryBudget());
    }
}
