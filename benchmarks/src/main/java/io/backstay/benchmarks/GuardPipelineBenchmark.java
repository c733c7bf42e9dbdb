package io.backstay.benchmarks;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import io.backstay.CallRejectedException;
import io.backstay.ConcurrencyPolicy;
import io.backstay.GuardPolicy;
import io.backstay.guard.Guard;
import io.backstay.guard.GuardPermit;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.core.functions.CheckedSupplier;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
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
import org.openjdk.jmh.infra.Blackhole;

/**
 * Code that succeeds at once, in a pipeline of retry, breaker and a limit of 100 calls, shared by all threads; and what a refusal of an
 * open breaker costs. Each method's name begins with its system. Pipelines are put together once, outside of what is measured, and the
 * code is the same object for all.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class GuardPipelineBenchmark {

    private static final String NAME = "ledger";
    private static final int ATTEMPTS = 3;
    private static final int CONCURRENT = 100;
    private static final int MINIMUM_CALLS = 20;
    private static final int FAILURE_RATE = 50;
    private static final Duration WINDOW = Duration.ofSeconds(10);

    private final String value = "invoice";

    private final GuardPolicy policy = GuardPolicy.builder()
            .retry(ATTEMPTS)
            .concurrency(ConcurrencyPolicy.fixed(CONCURRENT))
            .build();
    private final Guard guard = Guard.of(NAME, policy);
    private final Guard open = Guard.of(NAME, policy);
    private final Guard.Code<String, RuntimeException> code = this::code;

    private final CheckedSupplier<String> resilience4jCount = resilience4j(SlidingWindowType.COUNT_BASED, 100, false);
    private final CheckedSupplier<String> resilience4jTime =
            resilience4j(SlidingWindowType.TIME_BASED, (int) WINDOW.toSeconds(), false);
    private final CheckedSupplier<String> resilience4jOpen = resilience4j(SlidingWindowType.COUNT_BASED, 100, true);

    private final FailsafeExecutor<String> failsafe = failsafe(false);
    private final FailsafeExecutor<String> failsafeOpen = failsafe(true);
    private final dev.failsafe.function.CheckedSupplier<String> failsafeCode = this::code;

    /** Opens the one that is to refuse. */
    public GuardPipelineBenchmark() {
        open.breaker().orElseThrow().forceOpen();
    }

    private String code() {
        return value;
    }

    private CheckedSupplier<String> resilience4j(SlidingWindowType type, int size, boolean isOpen) {
        CircuitBreaker breaker = CircuitBreaker.of(
                NAME,
                CircuitBreakerConfig.custom()
                        .slidingWindowType(type)
                        .slidingWindowSize(size)
                        .minimumNumberOfCalls(MINIMUM_CALLS)
                        .failureRateThreshold(FAILURE_RATE)
                        .writableStackTraceEnabled(false)
                        .build());
        if (isOpen) {
            breaker.transitionToForcedOpenState();
        }
        Bulkhead bulkhead = Bulkhead.of(
                NAME,
                BulkheadConfig.custom()
                        .maxConcurrentCalls(CONCURRENT)
                        .maxWaitDuration(Duration.ZERO)
                        .build());
        Retry retry = Retry.of(
                NAME,
                RetryConfig.custom()
                        .maxAttempts(ATTEMPTS)
                        .ignoreExceptions(io.github.resilience4j.circuitbreaker.CallNotPermittedException.class)
                        .build());
        return Retry.decorateCheckedSupplier(
                retry,
                CircuitBreaker.decorateCheckedSupplier(
                        breaker, Bulkhead.decorateCheckedSupplier(bulkhead, this::code)));
    }

    private static FailsafeExecutor<String> failsafe(boolean isOpen) {
        dev.failsafe.CircuitBreaker<String> breaker = dev.failsafe.CircuitBreaker.<String>builder()
                .withFailureRateThreshold(FAILURE_RATE, MINIMUM_CALLS, WINDOW)
                .withDelay(Duration.ofDays(1))
                .build();
        if (isOpen) {
            breaker.open();
        }
        return Failsafe.with(
                dev.failsafe.RetryPolicy.<String>builder()
                        .withMaxAttempts(ATTEMPTS)
                        .abortOn(dev.failsafe.CircuitBreakerOpenException.class)
                        .build(),
                breaker,
                dev.failsafe.Bulkhead.<String>of(CONCURRENT));
    }

    /** The code and two readings of the clock, which a breaker that knows slow calls cannot do without. */
    @Benchmark
    public String floor_codeAndClock(Blackhole hole) {
        hole.consume(System.nanoTime());
        String given = code.run();
        hole.consume(System.nanoTime());
        return given;
    }

    /** Limit, breaker over 10 s with slow calls, retry within a budget. */
    @Benchmark
    public String backstay_pipeline() {
        return guard.call(code);
    }

    /** The same, telling how it ended. */
    @Benchmark
    public Object backstay_pipelineResult() {
        return guard.result(code);
    }

    /** The same by a permit. */
    @Benchmark
    public String backstay_pipelinePermit() {
        try (GuardPermit permit = guard.acquire()) {
            String given = code.run();
            permit.succeeded();
            return given;
        }
    }

    /** An open breaker, as an outcome. */
    @Benchmark
    public boolean backstay_pipelineRefused() {
        return open.tryAcquire().isPresent();
    }

    /** An open breaker, as an exception. */
    @Benchmark
    public Object backstay_pipelineRefusedThrown() {
        try {
            return open.call(code);
        } catch (CallRejectedException refusal) {
            return refusal;
        }
    }

    /** Retry, breaker over the last 100 calls, bulkhead. */
    @Benchmark
    public String resilience4j_pipeline() throws Throwable {
        return resilience4jCount.get();
    }

    /** Retry, breaker over 10 s as Backstay's, bulkhead. */
    @Benchmark
    public String resilience4j_pipelineTimeWindow() throws Throwable {
        return resilience4jTime.get();
    }

    /** An open breaker, as an exception without a stack trace. */
    @Benchmark
    public Object resilience4j_pipelineRefusedThrown() {
        try {
            return resilience4jOpen.get();
        } catch (Throwable refusal) {
            return refusal;
        }
    }

    /** Retry, breaker over 10 s without slow calls, bulkhead. */
    @Benchmark
    public String failsafe_pipeline() {
        return failsafe.get(failsafeCode);
    }

    /** An open breaker, as an exception. */
    @Benchmark
    public Object failsafe_pipelineRefusedThrown() {
        try {
            return failsafeOpen.get(failsafeCode);
        } catch (RuntimeException refusal) {
            return refusal;
        }
    }
}
