package io.backstay.benchmarks;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.alibaba.csp.sentinel.slots.block.RuleConstant;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRule;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRuleManager;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.RetryBudgetPolicy;
import io.backstay.guard.CircuitBreaker;
import io.backstay.guard.RetryBudget;
import io.backstay.spi.SystemTime;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * One breaker, shared by all threads: a permit taken and a success recorded. Each method's name begins with its system. All have a
 * failure rate of 50 % of at least 20 calls, and slow calls where the system has them.
 *
 * <p>Failsafe's breaker takes no duration and reads the wall clock only to turn its buckets; Sentinel is driven through its entry,
 * which is the only way in, and does more than a breaker. Of Backstay's rows {@code given} gets clock readings from outside, as
 * from the engine, and the others read the clock twice themselves.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class GuardsBenchmark {

    private static final String SERVICE = "user-service";
    private static final int MINIMUM_CALLS = 20;
    private static final int FAILURE_RATE = 50;
    private static final Duration WINDOW = Duration.ofSeconds(10);
    private static final Duration SLOW = Duration.ofSeconds(5);
    private static final int LAST_CALLS = 100;
    /** More retries a second than threads could hold at once. */
    private static final int PLENTY = 1_000;

    private final CircuitBreaker timeWindow = CircuitBreaker.of(SERVICE, CircuitBreakerPolicy.rate());
    private final CircuitBreaker countWindow = CircuitBreaker.of(
            SERVICE, CircuitBreakerPolicy.builder().lastCalls(LAST_CALLS).build());
    private final CircuitBreaker open = CircuitBreaker.of(SERVICE, CircuitBreakerPolicy.rate());

    private final io.github.resilience4j.circuitbreaker.CircuitBreaker resilience4jCount =
            resilience4j(SlidingWindowType.COUNT_BASED, LAST_CALLS);
    private final io.github.resilience4j.circuitbreaker.CircuitBreaker resilience4jTime =
            resilience4j(SlidingWindowType.TIME_BASED, (int) WINDOW.toSeconds());
    private final io.github.resilience4j.circuitbreaker.CircuitBreaker resilience4jOpen =
            resilience4j(SlidingWindowType.COUNT_BASED, LAST_CALLS);

    private final dev.failsafe.CircuitBreaker<Object> failsafe = failsafe();
    private final dev.failsafe.CircuitBreaker<Object> failsafeOpen = failsafe();

    private final RetryBudget plenty = new RetryBudget(
            RetryBudgetPolicy.builder().percent(0).minPerSecond(PLENTY).build(), SystemTime.shared());
    private final RetryBudget spent = new RetryBudget(
            RetryBudgetPolicy.builder().percent(0).minPerSecond(0).build(), SystemTime.shared());

    private final long readingNanos = System.nanoTime();

    /** Opens those that are to refuse, and gives Sentinel its rule. */
    public GuardsBenchmark() {
        open.forceOpen();
        resilience4jOpen.transitionToForcedOpenState();
        failsafeOpen.open();
        DegradeRule rule = new DegradeRule(SERVICE)
                .setGrade(RuleConstant.DEGRADE_GRADE_EXCEPTION_RATIO)
                .setCount(FAILURE_RATE / 100.0)
                .setMinRequestAmount(MINIMUM_CALLS)
                .setStatIntervalMs((int) WINDOW.toMillis())
                .setTimeWindow(30);
        DegradeRuleManager.loadRules(List.of(rule));
    }

    private static io.github.resilience4j.circuitbreaker.CircuitBreaker resilience4j(SlidingWindowType type, int size) {
        return io.github.resilience4j.circuitbreaker.CircuitBreaker.of(
                SERVICE,
                CircuitBreakerConfig.custom()
                        .slidingWindowType(type)
                        .slidingWindowSize(size)
                        .minimumNumberOfCalls(MINIMUM_CALLS)
                        .failureRateThreshold(FAILURE_RATE)
                        .slowCallDurationThreshold(SLOW)
                        .build());
    }

    private static dev.failsafe.CircuitBreaker<Object> failsafe() {
        return dev.failsafe.CircuitBreaker.builder()
                .withFailureRateThreshold(FAILURE_RATE, MINIMUM_CALLS, WINDOW)
                .withDelay(Duration.ofDays(1))
                .build();
    }

    /** Two readings of the clock and nothing else. */
    @Benchmark
    public void floor_twoClockReadings(Blackhole hole) {
        hole.consume(System.nanoTime());
        hole.consume(System.nanoTime());
    }

    /** Two atomic additions and nothing else: the least for a call that is seen while it is on its way and once it has ended. */
    @Benchmark
    public void floor_twoAtomicAdditions(Additions mine) {
        mine.counter.getAndIncrement();
        mine.counter.getAndDecrement();
    }

    /** Time window with slow calls, readings given. */
    @Benchmark
    public void backstay_given(Reading reading) {
        long now = reading.next();
        timeWindow.onSuccess(timeWindow.tryAcquire(now), now);
    }

    /** Time window with slow calls. */
    @Benchmark
    public void backstay_ownClock() {
        timeWindow.onSuccess(timeWindow.tryAcquire());
    }

    /** The last 100 calls, with slow calls. */
    @Benchmark
    public void backstay_ownClockLastCalls() {
        countWindow.onSuccess(countWindow.tryAcquire());
    }

    /** As an outcome, without an exception. */
    @Benchmark
    public long backstay_refusal() {
        return open.tryAcquire(readingNanos);
    }

    /** What a retry takes out of a budget that has enough, and puts back at once, so that it stays so: two decisions. */
    @Benchmark
    public void backstay_retryTakenAndPutBack() {
        plenty.giveBack(plenty.tryAcquire(readingNanos), readingNanos);
    }

    /** What a retry is told by a budget that is empty, as in an outage. */
    @Benchmark
    public long backstay_retryRefused() {
        return spent.tryAcquire(readingNanos);
    }

    /** The last 100 calls. */
    @Benchmark
    public void resilience4j_count() {
        resilience4j(resilience4jCount);
    }

    /** The last 10 s. */
    @Benchmark
    public void resilience4j_time() {
        resilience4j(resilience4jTime);
    }

    private static void resilience4j(io.github.resilience4j.circuitbreaker.CircuitBreaker breaker) {
        breaker.acquirePermission();
        long start = breaker.getCurrentTimestamp();
        breaker.onSuccess(breaker.getCurrentTimestamp() - start, breaker.getTimestampUnit());
    }

    /** As an outcome. */
    @Benchmark
    public boolean resilience4j_refusal() {
        return resilience4jOpen.tryAcquirePermission();
    }

    /** The last 10 s, without slow calls, which it has not. */
    @Benchmark
    public void failsafe_time() {
        failsafe.tryAcquirePermit();
        failsafe.recordSuccess();
    }

    /** As an outcome. */
    @Benchmark
    public boolean failsafe_refusal() {
        return failsafeOpen.tryAcquirePermit();
    }

    /** An entry under a rule on the share of exceptions in the last 10 s. */
    @Benchmark
    public void sentinel_entry() throws BlockException {
        Entry entry = SphU.entry(SERVICE);
        entry.exit();
    }

    /** A counter of each thread's own. */
    @State(Scope.Thread)
    public static class Additions {
        private final AtomicLong counter = new AtomicLong();
    }

    /** A clock that goes on by 100 ns at each reading, so that buckets turn as they do in life. */
    @State(Scope.Thread)
    public static class Reading {
        private long nanos = System.nanoTime();

        long next() {
            nanos += 100;
            return nanos;
        }
    }
}
