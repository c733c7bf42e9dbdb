package io.backstay.guard;

import io.backstay.Backoff;
import io.backstay.CallDetails;
import io.backstay.CallRejectedException;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.ConcurrencyPolicy;
import io.backstay.Fallback;
import io.backstay.GuardPolicy;
import io.backstay.HeldMonitors;
import io.backstay.Result;
import io.backstay.guard.GuardScript.Mode;
import io.backstay.spi.RandomSource;
import io.backstay.spi.TimeSource;
import io.backstay.spi.VirtualTime;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What other engines were found to get wrong, or were asked for in vain, as far as no other test has it as its subject. */
@Timeout(60)
@SuppressWarnings("ComplexBooleanConstant")
class PeerFaultsTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final VirtualTime time = new VirtualTime();
    private final GuardScript script = new GuardScript(time);
    private final IOException broken = new IOException("no route");

    private Guard guard(GuardPolicy.Builder policy) {
        return Guard.builder("ledger").policy(policy.build()).virtualTime(time).build();
    }

    @Test
    void timeoutOfBlockingCode_costsNoThreadForEachCall() {
        Guard guard = Guard.of(
                "ledger", GuardPolicy.builder().timeout(Duration.ofMinutes(1)).build());
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        guard.call(() -> "the timer's own thread is there now");
        long before = threads.getTotalStartedThreadCount();
        for (int i = 0; i < 1_000; i++) {
            assertThat(guard.<Thread, RuntimeException>call(Thread::currentThread))
                    .isSameAs(Thread.currentThread());
        }
        assertThat(threads.getTotalStartedThreadCount() - before)
                .as("a few of the machine's own, none for a call")
                .isLessThan(50);
    }

    @ParameterizedTest
    @EnumSource
    void shortDelay_isNotCutToMilliseconds(Mode mode) throws Throwable {
        Duration delay = Duration.ofNanos(1_500_001);
        Guard guard = guard(GuardPolicy.builder().retry(2, Backoff.fixed(delay)));
        mode.call(guard, script.fail(broken).answer("second"));
        assertThat(script.startedAt).containsExactly(Duration.ZERO, delay);
    }

    /** Without a deadline nothing else bounds it. */
    @ParameterizedTest
    @EnumSource
    void delayThatAFailureGives_beyondAllMeasure_isNotWaitedFor(Mode mode) {
        CallDetails details = new CallDetails("rates", null, "GET", "/", 1, Duration.ZERO, true);
        CallRejectedException closed = new CallRejectedException("quota", "closed", details, Duration.ofDays(1));
        Guard guard = guard(GuardPolicy.builder().retry(2, Backoff.none()).retryOn(CallRejectedException.class));
        assertThatThrownBy(() -> mode.call(guard, script.fail(closed))).isSameAs(closed);
        assertThat(time.nanoTime()).isZero();
    }

    @Test
    void wallClockThatJumps_neitherOpensNorClosesNorForgets() {
        Instant[] wall = {Instant.parse("2026-03-29T00:59:59Z")};
        TimeSource jumping = new TimeSource() {
            @Override
            public long nanoTime() {
                return time.nanoTime();
            }

            @Override
            public Instant now() {
                return wall[0];
            }
        };
        Guard guard = Guard.builder("ledger")
                .breaker(CircuitBreakerPolicy.builder()
                        .openTime(Duration.ofSeconds(30))
                        .build())
                .timeout(SECOND)
                .clocks(jumping, time, time, RandomSource.seeded(1))
                .build();
        CircuitBreaker breaker = guard.breaker().orElseThrow();
        for (int i = 0; i < 4; i++) {
            assertThatThrownBy(() -> guard.call(script.fail(broken)::block)).isSameAs(broken);
        }
        wall[0] = wall[0].plus(Duration.ofDays(1));
        assertThat(breaker.status().counts().failures()).isEqualTo(4);
        assertThatThrownBy(() -> guard.call(script::block)).isSameAs(broken);
        assertThat(breaker.state()).isEqualTo(BreakerState.OPEN);
        wall[0] = wall[0].plus(Duration.ofDays(1));
        time.advance(Duration.ofSeconds(29));
        assertThat(breaker.state()).isEqualTo(BreakerState.OPEN);
        wall[0] = wall[0].minus(Duration.ofDays(9));
        time.advance(SECOND);
        assertThat(breaker.state()).isEqualTo(BreakerState.HALF_OPEN);
    }

    /** Somebody who reads the status holds the breaker's lock for as long as that takes. */
    @Test
    void recordingACall_waitsForNoLock() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        TimeSource slow = new TimeSource() {
            @Override
            public long nanoTime() {
                return time.nanoTime();
            }

            @Override
            public Instant now() {
                reading.countDown();
                try {
                    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                return time.now();
            }
        };
        CircuitBreaker breaker = new CircuitBreaker(
                "ledger",
                CircuitBreakerPolicy.rate(),
                slow,
                time,
                RandomSource.seeded(1),
                (changed, from, to, reason) -> {});
        CompletableFuture<BreakerStatus> status = CompletableFuture.supplyAsync(breaker::status, command -> {
            Thread thread = new Thread(command, "reader");
            thread.setDaemon(true);
            thread.start();
        });
        assertThat(reading.await(30, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < 3; i++) {
            breaker.onSuccess(breaker.tryAcquire());
            breaker.onFailure(breaker.tryAcquire());
        }
        done.countDown();
        assertThat(status.get(30, TimeUnit.SECONDS).counts().calls()).isEqualTo(6);
    }

    /** On Java 21 to 23 a virtual thread that waits under a monitor holds its carrier. */
    @ParameterizedTest
    @EnumSource
    void usersCode_neverRunsUnderAMonitorOfOurs(Mode mode) throws Throwable {
        List<String> held = new ArrayList<>();
        Guard guard = Guard.builder("ledger")
                .policy(GuardPolicy.builder()
                        .timeout(SECOND)
                        .retry(2, Backoff.fixed(SECOND))
                        .concurrency(ConcurrencyPolicy.adaptive())
                        .breaker(CircuitBreakerPolicy.consecutive())
                        .retryIf(failure -> held.addAll(HeldMonitors.ofThisThread()) || true)
                        .fallback(new Fallback("kept", failure -> {
                            held.addAll(HeldMonitors.ofThisThread());
                            return "kept";
                        }))
                        .build())
                .virtualTime(time)
                .onTransition((breaker, from, to, reason) -> held.addAll(HeldMonitors.ofThisThread()))
                .build();
        for (int i = 0; i < 5; i++) {
            if (mode == Mode.BLOCKING) {
                assertThat(guard.<String, Exception>call(() -> {
                            held.addAll(HeldMonitors.ofThisThread());
                            throw broken;
                        }))
                        .isEqualTo("kept");
            } else {
                CompletableFuture<String> future = guard.callAsync(() -> {
                    held.addAll(HeldMonitors.ofThisThread());
                    return CompletableFuture.failedFuture(broken);
                });
                var unused = future.thenRun(() -> held.addAll(HeldMonitors.ofThisThread()));
                time.await(future);
            }
        }
        assertThat(guard.breaker().orElseThrow().state()).isEqualTo(BreakerState.OPEN);
        assertThat(held).isEmpty();
    }

    @Test
    void monitorsAreSeen_whereThereAreAny() {
        synchronized (this) {
            assertThat(HeldMonitors.ofThisThread()).hasSize(1);
        }
    }

    @Test
    void openBreaker_isAnOutcome_withoutAnExceptionAsControlFlow() {
        Guard guard = guard(GuardPolicy.builder());
        guard.breaker().orElseThrow().forceOpen();
        assertThat(guard.tryAcquire()).isEmpty();
        Result<String> result = guard.result(() -> "never");
        assertThat(result)
                .isInstanceOfSatisfying(
                        Result.Failure.class,
                        failure -> assertThat(failure.cause().getStackTrace()).isEmpty());
    }
}
