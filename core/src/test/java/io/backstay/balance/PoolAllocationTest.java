package io.backstay.balance;

import com.sun.management.ThreadMXBean;
import io.backstay.BalancePolicy;
import io.backstay.EjectionPolicy;
import io.backstay.spi.RandomSource;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Choosing, learning and giving back allocate nothing, however many instances there are. */
class PoolAllocationTest {

    private static final int CALLS = 50_000;
    /** Far less than an octet a call; what class loading, compilation and the like may take. */
    private static final long SLACK_BYTES = 20_000;

    @ParameterizedTest
    @CsvSource({
        "peak-ewma, 1",
        "peak-ewma, 10",
        "peak-ewma, 100000",
        "round-robin, 1000",
        "least-requests, 10",
        "least-requests, 1000",
        "random, 1000",
        "consistent-hash, 1000"
    })
    void attempt_allocatesNothing(String balancer, int instances) {
        // The reviews, which allocate, come every five seconds of calls.
        PoolFixture fixture = new PoolFixture(
                BalancePolicy.of(balancer),
                EjectionPolicy.standard(),
                builder -> builder.random(RandomSource.system()));
        fixture.pool.onInstances(PoolFixture.instances(instances));
        TestCall call = TestCall.withKey("ada");
        attempts(fixture.pool, call, 0);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        long before = threads.getCurrentThreadAllocatedBytes();
        attempts(fixture.pool, call, CALLS);

        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(SLACK_BYTES);
    }

    private static void attempts(InstancePool pool, TestCall call, long from) {
        for (int i = 0; i < CALLS; i++) {
            long now = (from + i) * 10_000;
            Chosen chosen = pool.choose(call, now);
            pool.onResult(chosen, call, AttemptResult.SUCCESS, now, now + 5_000);
            chosen.carried(now + 5_000);
        }
    }
}
