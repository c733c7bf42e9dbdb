package io.backstay.balance;

import io.backstay.BalancePolicy;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class LeastRequestsTest {

    private final PoolFixture fixture = new PoolFixture(BalancePolicy.of(BalancePolicy.LEAST_REQUESTS));

    @Test
    void attemptsInProgress_areTheSameEverywhere() {
        fixture.pool.onInstances(PoolFixture.instances(8));
        for (int i = 0; i < 80; i++) {
            fixture.choose(new TestCall());
        }

        assertThat(fixture.pool.states()).allMatch(state -> state.pending() == 10);
    }

    @Test
    void attemptsInProgress_followTheWeights() {
        fixture.pool.onInstances(List.of(
                PoolFixture.instance("light").build(),
                PoolFixture.instance("heavy").weight(4).build()));
        for (int i = 0; i < 100; i++) {
            fixture.choose(new TestCall());
        }

        assertThat(fixture.state("heavy").pending()).isCloseTo(80, within(2));
    }

    @Test
    void amongMany_attemptsAreNearlyEven() {
        fixture.pool.onInstances(PoolFixture.instances(1_000));
        for (int i = 0; i < 10_000; i++) {
            fixture.choose(new TestCall());
        }

        assertThat(fixture.pool.states()).allMatch(state -> state.pending() >= 8 && state.pending() <= 12);
    }

    @Test
    void thoseThatAreAlike_comeByChance() {
        fixture.pool.onInstances(PoolFixture.instances(4));

        assertThat(fixture.counts(400).values()).hasSize(4).allMatch(count -> count > 60);
    }
}
