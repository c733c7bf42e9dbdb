package io.backstay.guard;

import com.sun.management.ThreadMXBean;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.ConcurrencyPolicy;
import io.backstay.GuardPolicy;
import io.backstay.Priority;
import io.backstay.RatePolicy;
import io.backstay.RetryBudgetPolicy;
import io.backstay.spi.VirtualTime;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** What every call does allocates nothing, admitted or refused. */
class AllocationTest {

    private static final int CALLS = 100_000;
    /** Far less than an octet a call; what class loading and the like may take. */
    private static final long SLACK_BYTES = 20_000;

    private final VirtualTime time = new VirtualTime();
    private long sink;

    private void allocatesNothing(LongConsumer callAtNanos) {
        callAtNanos.accept(0);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < CALLS; i++) {
            callAtNanos.accept(i * 1_000L);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(SLACK_BYTES);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void circuitBreaker(boolean ofLastCalls) {
        CircuitBreakerPolicy policy =
                ofLastCalls ? CircuitBreakerPolicy.builder().lastCalls(100).build() : CircuitBreakerPolicy.rate();
        CircuitBreaker breaker = new BreakerFixture(policy).breaker;
        allocatesNothing(now -> {
            long permit = breaker.tryAcquire(now);
            if (now % 3_000 == 0) {
                breaker.onFailure(permit, now + 500);
            } else {
                breaker.onSuccess(permit, now + 500);
            }
        });
        assertThat(breaker.status().failures()).isPositive();
        breaker.forceOpen();
        allocatesNothing(now -> sink += breaker.tryAcquire(now));
        assertThat(sink).isNegative();
    }

    @Test
    void concurrencyLimit_fixed() {
        ConcurrencyLimit limit = new ConcurrencyLimit("users", ConcurrencyPolicy.fixed(10), time, time, time);
        allocatesNothing(now -> limit.onSuccess(limit.tryAcquire(Priority.HIGH, now), now));
        while (limit.tryAcquire() != ConcurrencyLimit.REFUSED) {
            sink++;
        }
        allocatesNothing(now -> sink += limit.tryAcquire(Priority.NORMAL, now));
        assertThat(limit.status().refused()).isGreaterThan(CALLS);
    }

    @Test
    void concurrencyLimit_adaptive() {
        ConcurrencyLimit limit = new ConcurrencyLimit("users", ConcurrencyPolicy.adaptive(), time, time, time);
        allocatesNothing(now -> limit.onSuccess(limit.tryAcquire(Priority.LOW, now), now + 1_000_000));
    }

    @Test
    void rateLimit() {
        RatePolicy policy = RatePolicy.builder().perSecond(10_000).burst(5).build();
        RateLimit limit = new RateLimit("users", policy, time, time, time);
        allocatesNothing(now -> sink += limit.tryAcquire(Priority.NORMAL, now) ? 1 : 0);
        assertThat(sink).isPositive().isLessThan(CALLS);
    }

    @Test
    void retryBudget() {
        RetryBudget budget = new RetryBudget(RetryBudgetPolicy.standard(), time);
        allocatesNothing(now -> {
            budget.onCall(now);
            long permit = budget.tryAcquire(now);
            sink += permit;
            if (now % 3_000 == 0) {
                budget.giveBack(permit, now);
            }
        });
        assertThat(budget.status().refused()).isPositive();
    }

    @Test
    void guard() {
        GuardPolicy policy = GuardPolicy.builder()
                .retry(3)
                .concurrency(ConcurrencyPolicy.fixed(10))
                .build();
        Guard guard = Guard.builder("users").policy(policy).virtualTime(time).build();
        Guard.Code<String, RuntimeException> code = () -> "ada";
        allocatesNothing(now -> sink += guard.call(code).length());
        guard.breaker().orElseThrow().forceOpen();
        allocatesNothing(now -> sink += guard.tryAcquire().isPresent() ? 1 : 0);
        assertThat(sink).isPositive();
        assertThat(guard.status().refused()).isGreaterThanOrEqualTo(CALLS);
    }

    @Test
    void latencyQuantile() {
        LatencyQuantile quantile = new LatencyQuantile(95, Duration.ofMillis(10), time);
        allocatesNothing(now -> {
            quantile.record(now, now);
            sink += quantile.nanos(now);
        });
        assertThat(sink).isPositive();
    }
}
