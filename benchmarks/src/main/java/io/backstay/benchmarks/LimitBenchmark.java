package io.backstay.benchmarks;

import dev.failsafe.RateLimiter;
import io.backstay.ConcurrencyPolicy;
import io.backstay.Priority;
import io.backstay.RatePolicy;
import io.backstay.RetryBudgetPolicy;
import io.backstay.guard.ConcurrencyLimit;
import io.backstay.guard.LatencyQuantile;
import io.backstay.guard.RateLimit;
import io.backstay.guard.RetryBudget;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TimeSource;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.internal.AtomicRateLimiter;
import io.github.resilience4j.ratelimiter.internal.SemaphoreBasedRateLimiter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one decision of a limit costs, taken and given back without waiting. Each method's name begins with its system.
 *
 * <p>Limits are so wide that nothing is refused, but where the name says so. {@code backstay} is handed the reading of the clock that the
 * engine has anyway; {@code backstayAlone} reads the clock itself, as the peers' rate limiters do. Failsafe's Bulkhead is left out, since it loses
 * permits.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class LimitBenchmark {

    private static final int CONCURRENT = 100;
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final SystemTime time = SystemTime.shared();
    private final TimeSource clock = TimeSource.system();
    private final long now = clock.nanoTime();

    private final ConcurrencyLimit fixed = concurrency(ConcurrencyPolicy.fixed(CONCURRENT));
    private final ConcurrencyLimit adaptive = concurrency(ConcurrencyPolicy.adaptive());
    private final ConcurrencyLimit full = full();
    private final RateLimit unlimited = new RateLimit("users", RatePolicy.unlimited(), time, time, time);
    private final RateLimit empty = new RateLimit("users", RatePolicy.perSecond(0.001), time, time, time);
    private final RetryBudget budget = new RetryBudget(RetryBudgetPolicy.standard(), time);
    private final LatencyQuantile quantile = new LatencyQuantile(95, Duration.ofSeconds(10), time);

    private final Bulkhead bulkhead = Bulkhead.of(
            "users",
            BulkheadConfig.custom()
                    .maxConcurrentCalls(CONCURRENT)
                    .maxWaitDuration(Duration.ZERO)
                    .build());
    private final Bulkhead fullBulkhead = Bulkhead.of(
            "users",
            BulkheadConfig.custom()
                    .maxConcurrentCalls(0)
                    .maxWaitDuration(Duration.ZERO)
                    .build());
    private final AtomicRateLimiter atomicLimiter = new AtomicRateLimiter("users", rate(Integer.MAX_VALUE, SECOND));
    private final AtomicRateLimiter emptyAtomicLimiter = new AtomicRateLimiter("users", rate(1, Duration.ofHours(1)));
    private final SemaphoreBasedRateLimiter semaphoreLimiter =
            new SemaphoreBasedRateLimiter("users", rate(Integer.MAX_VALUE, SECOND));
    private final RateLimiter<Object> failsafeBursty =
            RateLimiter.<Object>burstyBuilder(Integer.MAX_VALUE, SECOND).build();
    private final RateLimiter<Object> failsafeEmpty =
            RateLimiter.<Object>burstyBuilder(1, Duration.ofHours(1)).build();

    private ConcurrencyLimit concurrency(ConcurrencyPolicy policy) {
        return new ConcurrencyLimit("users", policy, time, time, time);
    }

    private ConcurrencyLimit full() {
        ConcurrencyLimit limit = concurrency(ConcurrencyPolicy.fixed(1));
        limit.tryAcquire();
        return limit;
    }

    private static RateLimiterConfig rate(int permits, Duration period) {
        return RateLimiterConfig.custom()
                .limitForPeriod(permits)
                .limitRefreshPeriod(period)
                .timeoutDuration(Duration.ZERO)
                .build();
    }

    /** A permit of a fixed limit of 100 with its shares by priority, taken and given back. */
    @Benchmark
    public long backstay_concurrency() {
        long permit = fixed.tryAcquire(Priority.NORMAL, now);
        fixed.onSuccess(permit, now);
        return permit;
    }

    /** The same of an adaptive limit, which learns from it. */
    @Benchmark
    public long backstay_concurrencyAdaptive() {
        long start = clock.nanoTime();
        long permit = adaptive.tryAcquire(Priority.NORMAL, start);
        adaptive.onSuccess(permit, start + 1_000_000);
        return permit;
    }

    /** A refusal of a limit that is full. */
    @Benchmark
    public long backstay_concurrencyRefused() {
        return full.tryAcquire(Priority.NORMAL, now);
    }

    /** A token. */
    @Benchmark
    public boolean backstay_rate() {
        return unlimited.tryAcquire(Priority.NORMAL, now);
    }

    /** The same, reading the clock. */
    @Benchmark
    public boolean backstayAlone_rate() {
        return unlimited.tryAcquire();
    }

    /** A refusal of an empty bucket, reading the clock. */
    @Benchmark
    public boolean backstayAlone_rateRefused() {
        return empty.tryAcquire();
    }

    /** What each call pays in. */
    @Benchmark
    public void backstay_budgetCall() {
        budget.onCall(now);
    }

    /** What a retry takes out, put back at once. */
    @Benchmark
    public long backstay_budgetRetry() {
        long permit = budget.tryAcquire(now);
        budget.giveBack(permit, now);
        return permit;
    }

    /** A latency recorded. */
    @Benchmark
    public void backstay_quantileRecord() {
        quantile.record(1_234_567, now);
    }

    /** The percentile read. */
    @Benchmark
    public long backstay_quantileRead() {
        return quantile.nanos(now);
    }

    /** A permit of 100, taken and given back. */
    @Benchmark
    public boolean resilience4j_bulkhead() {
        boolean taken = bulkhead.tryAcquirePermission();
        bulkhead.onComplete();
        return taken;
    }

    /** A refusal of a bulkhead that is full. */
    @Benchmark
    public boolean resilience4j_bulkheadRefused() {
        return fullBulkhead.tryAcquirePermission();
    }

    /** A token of the limiter that it makes by default. */
    @Benchmark
    public boolean resilience4j_rateLimiter() {
        return atomicLimiter.acquirePermission();
    }

    /** A refusal of the same. */
    @Benchmark
    public boolean resilience4j_rateLimiterRefused() {
        return emptyAtomicLimiter.acquirePermission();
    }

    /** A token of the limiter that uses a semaphore and a timer. */
    @Benchmark
    public boolean resilience4j_rateLimiterSemaphore() {
        return semaphoreLimiter.acquirePermission();
    }

    /** A token of a bursty limiter. */
    @Benchmark
    public boolean failsafe_rateLimiter() {
        return failsafeBursty.tryAcquirePermit();
    }

    /** A refusal of the same. */
    @Benchmark
    public boolean failsafe_rateLimiterRefused() {
        return failsafeEmpty.tryAcquirePermit();
    }
}
