package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.EjectionPolicy;
import io.backstay.spi.RandomSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** What calls lose, of three attempts each, when most of the instances end at once and nobody has heard of it yet. */
class MassCrashTest {

    private static final int ATTEMPTS = 3;
    private static final int SEEDS = 20;
    private static final Set<String> LEFT = Set.of("a", "b");

    private final Random random = new Random(3);

    private PoolFixture fixture(String balancer, int seed) {
        PoolFixture fixture = new PoolFixture(
                BalancePolicy.builder().balancer(balancer).build(),
                EjectionPolicy.standard(),
                builder -> builder.random(RandomSource.seeded(seed)));
        fixture.pool.onInstances(PoolFixture.instances(8));
        return fixture;
    }

    private Duration latency() {
        return Duration.ofNanos((long) (2e6 - 3e6 * Math.log(1 - random.nextDouble())));
    }

    /** Whether one of the attempts has found an instance that is left. */
    private boolean call(PoolFixture fixture, boolean crashed) {
        TestCall call = TestCall.withKey("key-" + random.nextInt(1_000));
        for (int i = 0; i < ATTEMPTS; i++) {
            Chosen chosen = fixture.choose(call);
            boolean well = !crashed || LEFT.contains(chosen.instance().id());
            fixture.end(chosen, call, well ? AttemptResult.SUCCESS : AttemptResult.UNREACHABLE, latency());
            if (well) {
                return true;
            }
            call.tried.add(chosen.instance());
        }
        return false;
    }

    @ParameterizedTest
    @CsvSource({"peak-ewma", "round-robin", "least-requests", "random", "consistent-hash"})
    void sixOfEightEnd_onlyTheCallsThatComeUponItFirstAreLost(String balancer) {
        List<Integer> lost = new ArrayList<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            PoolFixture fixture = fixture(balancer, seed);
            for (int i = 0; i < 800; i++) {
                call(fixture, false);
            }
            int failed = 0;
            for (int i = 0; i < 400; i++) {
                failed += call(fixture, true) ? 0 : 1;
            }
            lost.add(failed);
        }
        assertThat(lost).allSatisfy(failed -> assertThat(failed).isLessThanOrEqualTo(2));
    }

    @Test
    void thoseThatCannotBeReached_areEjectedThoughTheyAreMost() {
        PoolFixture fixture = fixture("round-robin", 1);
        for (int i = 0; i < 400; i++) {
            call(fixture, true);
        }

        assertThat(fixture.pool.ejected()).isEqualTo(4);
    }

    /** As when the caller's own network is gone: nobody is better than the others. */
    @Test
    void nobodyCanBeReached_nobodyIsEjected() {
        PoolFixture fixture = fixture("round-robin", 1);
        for (int i = 0; i < 400; i++) {
            fixture.call(new TestCall(), AttemptResult.UNREACHABLE, latency());
        }

        assertThat(fixture.pool.ejected()).isZero();
    }
}
