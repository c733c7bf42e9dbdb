package io.backstay.benchmarks;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.function.CheckedSupplier;
import io.backstay.Backstay;
import io.backstay.Headers;
import io.backstay.ServiceClient;
import io.backstay.ServiceInstance;
import io.backstay.ServiceRequest;
import io.backstay.ServiceResponse;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.TransportRequest;
import io.backstay.spi.TransportResponse;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What is added to a call whose transport answers at once. Each method's name begins with its system. Logs are at INFO.
 *
 * <p>All systems put a path together from an id, build a {@link TransportRequest} and hand it to the same
 * {@link InstantTransport}; all have three attempts, a failure rate of 50 % of at least 20 calls in their breaker, and look at
 * the status of the answer. The peers get no more to do than that, and their decorators are made once, so what differs is in
 * their favour: Backstay does also what a user of theirs would have to add (template and escapes, correlation id with MDC,
 * deadline, attempt timeout, choice of instance, headers, metrics with a latency distribution, cancellation, shut-down).
 *
 * <p>Timeouts of the peers are left out: Resilience4j's TimeLimiter and Failsafe's Timeout take a thread or a timer for each
 * call, which costs many times what is measured here.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class EngineBenchmark {

    private static final String SERVICE = "user-service";
    private static final URI ADDRESS = URI.create("http://localhost:8080");
    private static final ServiceInstance INSTANCE = ServiceInstance.of(SERVICE, ADDRESS);
    private static final int ATTEMPTS = 3;
    private static final int MINIMUM_CALLS = 20;
    private static final int FAILURE_RATE = 50;
    private static final Duration WINDOW = Duration.ofSeconds(10);
    private static final long TIMEOUT_NANOS = Duration.ofSeconds(10).toNanos();
    private static final long MAX_RESPONSE_BYTES = 16 << 20;

    private final HttpTransport transport = new InstantTransport();
    private int id = 1;

    private final Backstay backstay =
            Backstay.builder().endpoint(SERVICE, ADDRESS).transport(transport).build();
    private final ServiceClient client = backstay.client(SERVICE);
    private final ServiceRequest prepared = client.get("/users/{id}", id);

    private final io.github.resilience4j.core.functions.CheckedSupplier<TransportResponse> countWindow =
            resilience4j(CircuitBreakerConfig.custom());
    private final io.github.resilience4j.core.functions.CheckedSupplier<TransportResponse> timeWindow =
            resilience4j(CircuitBreakerConfig.custom()
                    .slidingWindowType(SlidingWindowType.TIME_BASED)
                    .slidingWindowSize((int) WINDOW.toSeconds()));

    private final FailsafeExecutor<TransportResponse> failsafe = failsafe();
    private final CheckedSupplier<TransportResponse> exchange = this::exchange;

    /** Stops Backstay's timer. */
    @TearDown(Level.Trial)
    public void tearDown() {
        backstay.close();
    }

    private io.github.resilience4j.core.functions.CheckedSupplier<TransportResponse> resilience4j(
            CircuitBreakerConfig.Builder window) {
        CircuitBreaker breaker = CircuitBreaker.of(
                SERVICE,
                window.minimumNumberOfCalls(MINIMUM_CALLS)
                        .failureRateThreshold(FAILURE_RATE)
                        .recordResult(EngineBenchmark::isFailure)
                        .build());
        Retry retry = Retry.of(
                SERVICE,
                RetryConfig.custom()
                        .maxAttempts(ATTEMPTS)
                        .retryOnResult(EngineBenchmark::isFailure)
                        .build());
        return Retry.decorateCheckedSupplier(retry, CircuitBreaker.decorateCheckedSupplier(breaker, this::exchange));
    }

    private static FailsafeExecutor<TransportResponse> failsafe() {
        return Failsafe.with(
                dev.failsafe.RetryPolicy.<TransportResponse>builder()
                        .handle(Exception.class)
                        .handleResultIf(EngineBenchmark::isFailure)
                        .withMaxAttempts(ATTEMPTS)
                        .build(),
                dev.failsafe.CircuitBreaker.<TransportResponse>builder()
                        .handle(Exception.class)
                        .handleResultIf(EngineBenchmark::isFailure)
                        .withFailureRateThreshold(FAILURE_RATE, MINIMUM_CALLS, WINDOW)
                        .build());
    }

    private static boolean isFailure(Object response) {
        return response instanceof TransportResponse answer && answer.status() >= 500;
    }

    /** The call that every system makes. */
    private TransportResponse exchange() throws Exception {
        return transport
                .newCall(new TransportRequest(
                        "GET", INSTANCE, "/users/" + id, Headers.empty(), null, TIMEOUT_NANOS, MAX_RESPONSE_BYTES))
                .execute();
    }

    /** The call alone. */
    @Benchmark
    public TransportResponse floor_transport() throws Exception {
        return exchange();
    }

    /** The whole engine with its defaults, from template to raw response. */
    @Benchmark
    public ServiceResponse backstay_blocking() {
        return client.get("/users/{id}", id).execute();
    }

    /** The same, of a request that was made once. */
    @Benchmark
    public ServiceResponse backstay_blockingPrepared() {
        return prepared.execute();
    }

    /** The same without blocking, up to a future, which is done when it is returned. */
    @Benchmark
    public ServiceResponse backstay_async() {
        return client.get("/users/{id}", id).executeAsync().join();
    }

    /** Retry round a CircuitBreaker that counts the last 100 calls, its default. */
    @Benchmark
    public TransportResponse resilience4j_decorators() throws Throwable {
        return countWindow.get();
    }

    /** Retry round a CircuitBreaker that counts the last 10 s, as Backstay's does. */
    @Benchmark
    public TransportResponse resilience4j_decoratorsTimeWindow() throws Throwable {
        return timeWindow.get();
    }

    /** RetryPolicy round a CircuitBreaker that counts the last 10 s, as Backstay's does. */
    @Benchmark
    public TransportResponse failsafe_decorators() {
        return failsafe.get(exchange);
    }
}
