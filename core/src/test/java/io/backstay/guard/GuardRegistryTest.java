package io.backstay.guard;

import io.backstay.CircuitBreakerPolicy;
import io.backstay.ConcurrencyPolicy;
import io.backstay.ConfigurationException;
import io.backstay.GuardPolicy;
import io.backstay.RatePolicy;
import io.backstay.spi.RandomSource;
import io.backstay.spi.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Guards by name are bounded in number, and what would be missed stays. */
class GuardRegistryTest {

    private static final Duration IDLE = Duration.ofMinutes(10);

    private final VirtualTime time = new VirtualTime();
    private final List<String> changes = new ArrayList<>();

    private GuardRegistry registry(int most) {
        return new GuardRegistry(
                time,
                time,
                time,
                RandomSource.seeded(1),
                (breaker, from, to, reason) -> changes.add(breaker.name() + " " + to),
                most,
                IDLE);
    }

    @Test
    void get_givesTheSameGuardForTheSameName_andFollowsAPolicy() {
        GuardRegistry registry = registry(10);
        Guard ledger = registry.get("ledger");
        GuardPolicy twice = GuardPolicy.builder().retry(2).build();
        assertThat(registry.get("ledger", twice)).isSameAs(ledger);
        assertThat(ledger.policy()).isSameAs(twice);
        assertThat(registry.get("ledger").policy()).isSameAs(twice);
        assertThat(registry.find("other")).isEmpty();
    }

    @Test
    void get_ofANameThatWasDropped_followsThePolicyThatItHad() {
        GuardRegistry registry = registry(10);
        GuardPolicy retryAlone = GuardPolicy.builder()
                .breaker(CircuitBreakerPolicy.disabled())
                .retry(2)
                .build();
        Guard dao = registry.get("dao", retryAlone);
        time.advance(IDLE.plusSeconds(20));
        registry.get("another");
        assertThat(registry.find("dao")).isEmpty();

        assertThat(registry.get("dao")).isNotSameAs(dao);
        assertThat(registry.get("dao").policy()).isSameAs(retryAlone);
    }

    @Test
    void whatIsRememberedOfDroppedGuards_isBounded() {
        GuardRegistry registry = registry(2);
        GuardPolicy twice = GuardPolicy.builder().retry(2).build();
        for (int i = 0; i < 5; i++) {
            registry.get("guard-" + i, twice);
            time.advance(IDLE.plusSeconds(20));
        }

        assertThat(registry.get("guard-0").policy()).isNotSameAs(twice);
        time.advance(IDLE.plusSeconds(20));
        assertThat(registry.get("guard-4").policy()).isSameAs(twice);
    }

    @Test
    void get_whenFull_dropsTheIdleAndKeepsWhatWouldBeMissed() {
        GuardRegistry registry = registry(6);
        registry.get("idle").call(() -> "once");
        registry.get("forced").breaker().orElseThrow().forceOpen();
        registry.get("disabled").breaker().orElseThrow().disable();
        GuardPermit running = registry.get("running").acquire();
        GuardPermit placed = registry.get(
                        "placed",
                        GuardPolicy.builder()
                                .breaker(CircuitBreakerPolicy.disabled())
                                .concurrency(ConcurrencyPolicy.fixed(1))
                                .build())
                .acquire();
        Guard emptied = registry.get(
                "emptied",
                GuardPolicy.builder()
                        .breaker(CircuitBreakerPolicy.disabled())
                        .rate(RatePolicy.builder().perSecond(0.001).burst(1).build())
                        .build());
        emptied.call(() -> "once");
        assertThatThrownBy(() -> registry.get("too-many"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("6 guards", "breakers.max");
        time.advance(IDLE.plusSeconds(20));
        registry.get("new");
        assertThat(registry.all())
                .extracting(Guard::name)
                .containsExactlyInAnyOrder("forced", "disabled", "running", "placed", "emptied", "new");
        running.close();
        placed.close();
        time.advance(IDLE.plusSeconds(20));
        registry.get("newer");
        assertThat(registry.all()).extracting(Guard::name).doesNotContain("running", "placed");
    }

    @Test
    void breakers_tellOfTheirChanges() {
        registry(5).get("ledger").breaker().orElseThrow().forceOpen();
        assertThat(changes).containsExactly("ledger FORCED_OPEN");
    }

    @Test
    void numbersOutOfRange_areRefusedByName() {
        assertThatThrownBy(() -> registry(0))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("breakers.max cannot be 0");
    }
}
