package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.EjectionPolicy;
import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class SlowStartTest {

    private static final int CALLS = 20_000;

    private static PoolFixture fixture(String balancer) {
        PoolFixture fixture = new PoolFixture(BalancePolicy.of(balancer));
        fixture.pool.onInstances(PoolFixture.instances(9));
        return fixture;
    }

    /** Of what one of ten would get, all being alike to the balancer. */
    private static double share(PoolFixture fixture, String id) {
        int count = 0;
        for (int i = 0; i < CALLS; i++) {
            TestCall call = new TestCall();
            Chosen chosen = fixture.choose(call);
            count += chosen.instance().id().equals(id) ? 1 : 0;
            fixture.pool.onResult(
                    chosen, call, AttemptResult.SUCCESS, fixture.time.nanoTime(), fixture.time.nanoTime() + 1_000_000);
            chosen.ended();
        }
        return count * 10.0 / CALLS;
    }

    @ParameterizedTest
    @ValueSource(strings = {"peak-ewma", "round-robin", "least-requests", "random"})
    void newInstance_getsATenthAtFirst_andAllAfterHalfAMinute(String balancer) {
        PoolFixture fixture = fixture(balancer);
        fixture.pool.onInstances(PoolFixture.instances(10));

        assertThat(share(fixture, "j")).as("at once").isBetween(0.05, 0.25);
        fixture.time.advance(Duration.ofSeconds(15));
        assertThat(share(fixture, "j")).as("after half the time").isBetween(0.4, 0.75);
        fixture.time.advance(Duration.ofSeconds(15));
        assertThat(share(fixture, "j")).as("after all of it").isEqualTo(1, within(0.1));
        assertThat(fixture.state("j").share()).isEqualTo(1);
    }

    @Test
    void share_growsEvenly() {
        PoolFixture fixture = fixture(BalancePolicy.PEAK_EWMA);
        fixture.pool.onInstances(PoolFixture.instances(10));
        List<Double> shares = new ArrayList<>();
        for (int i = 0; i <= 3; i++) {
            shares.add(fixture.state("j").share());
            fixture.time.advance(Duration.ofSeconds(10));
        }

        assertThat(shares)
                .satisfiesExactly(
                        first -> assertThat(first).isEqualTo(0.1, within(1e-9)),
                        second -> assertThat(second).isEqualTo(0.4, within(1e-9)),
                        third -> assertThat(third).isEqualTo(0.7, within(1e-9)),
                        last -> assertThat(last).isEqualTo(1));
    }

    @Test
    void firstInstances_beginAtOnce() {
        assertThat(fixture(BalancePolicy.PEAK_EWMA).pool.states()).allMatch(state -> state.share() == 1);
    }

    @Test
    void returned_beginsSlowly_andSoDoesOneThatWasEjected() {
        PoolFixture fixture = fixture(BalancePolicy.ROUND_ROBIN);
        List<ServiceInstance> oneDown = new ArrayList<>(PoolFixture.instances(9));
        oneDown.set(0, oneDown.get(0).withStatus(InstanceStatus.DOWN));
        fixture.pool.onInstances(oneDown);
        assertThat(fixture.state("a").share()).isEqualTo(1);

        fixture.pool.onInstances(PoolFixture.instances(9));
        assertThat(fixture.state("a").share()).isEqualTo(0.1, within(1e-9));

        for (int i = 0; i < 60; i++) {
            TestCall call = new TestCall();
            Chosen chosen = fixture.choose(call);
            AttemptResult result = chosen.instance().id().equals("c") ? AttemptResult.FAILURE : AttemptResult.SUCCESS;
            fixture.end(chosen, call, result, Duration.ZERO);
        }
        assertThat(fixture.state("c").ejectedFor()).isPresent();
        fixture.time.advance(Duration.ofSeconds(30));
        assertThat(fixture.state("c").share()).isEqualTo(0.1, within(1e-9));
        assertThat(fixture.state("a").share()).isEqualTo(1);
    }

    @Test
    void slowStartThatIsOff_givesAllAtOnce() {
        PoolFixture fixture = new PoolFixture(
                BalancePolicy.builder().slowStart(Duration.ZERO).build(),
                EjectionPolicy.standard(),
                builder -> builder);
        fixture.pool.onInstances(PoolFixture.instances(9));
        fixture.pool.onInstances(PoolFixture.instances(10));

        assertThat(fixture.state("j").share()).isEqualTo(1);
    }

    @Test
    void refresh_doesNotStartAnybodyAnew() {
        PoolFixture fixture = fixture(BalancePolicy.PEAK_EWMA);
        fixture.pool.onInstances(PoolFixture.instances(10));
        fixture.time.advance(Duration.ofSeconds(20));

        fixture.pool.onInstances(PoolFixture.instances(10));

        assertThat(fixture.state("j").share()).isEqualTo(0.7, within(1e-9));
    }

    @Test
    void manyThatStartAtOnce_areAllCalled() {
        PoolFixture fixture = new PoolFixture(BalancePolicy.standard());
        fixture.pool.onInstances(PoolFixture.instances(1));
        fixture.pool.onInstances(PoolFixture.instances(20));

        assertThat(fixture.counts(CALLS)).hasSize(20);
    }
}
