package io.backstay.guard;

import io.backstay.Backoff;
import io.backstay.CallRejectedException;
import io.backstay.CallTimeoutException;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.ConcurrencyPolicy;
import io.backstay.GuardPolicy;
import io.backstay.Result;
import io.backstay.RetryBudgetPolicy;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Many mixed calls from eight threads on the machine's clocks: every permit comes back and every count is exact. The number of calls is
 * the system property {@code backstay.stress.calls}; 1,000,000 by default.
 */
class GuardStressTest {

    private static final int THREADS = 8;
    private static final int CALLS = Integer.getInteger("backstay.stress.calls", 1_000_000);
    private final IOException broken = new Quiet("no route");
    private final FileNotFoundException unknown = new FileNotFoundException("invoice 7");

    private final LongAdder succeeded = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder ignored = new LongAdder();
    private final LongAdder timedOut = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder runs = new LongAdder();

    private static final class Quiet extends IOException {
        private static final long serialVersionUID = 1L;

        Quiet(String message) {
            super(message);
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    private final GuardPolicy policy = GuardPolicy.builder()
            .breaker(CircuitBreakerPolicy.builder()
                    .withoutFailureRate()
                    .withoutSlowCallRate()
                    .consecutiveFailures(1_000)
                    .window(Duration.ofHours(1))
                    .build())
            .concurrency(ConcurrencyPolicy.fixed(5))
            .retry(2, Backoff.none())
            .retryBudget(RetryBudgetPolicy.builder().percent(10).minPerSecond(0).build())
            .ignore(FileNotFoundException.class)
            .build();
    private final Guard guard = Guard.of("ledger", policy);

    @Test
    void mixedCalls_giveEveryPermitBackAndCountExactly() throws Exception {
        Guard timed = Guard.of(
                "timed",
                policy.toBuilder().retry(1).timeout(Duration.ofMillis(1)).build());
        Parallel.run(THREADS, thread -> {
            for (int i = thread; i < CALLS; i += THREADS) {
                count(one(i, timed));
            }
        });
        long expected = CALLS;
        assertThat(succeeded.sum() + failed.sum() + ignored.sum() + timedOut.sum() + refused.sum())
                .isEqualTo(expected);
        GuardStatus status = guard.status();
        assertThat(status.failed() + timed.status().failed()).isEqualTo(failed.sum() + timedOut.sum());
        assertThat(status.refused() + timed.status().refused()).isEqualTo(refused.sum());
        assertThat(timed.status().timedOut()).isEqualTo(timedOut.sum()).isPositive();
        assertThat(runs.sum())
                .as("each call that was not refused, and each retry")
                .isEqualTo(expected - refused.sum() + status.retries());
        assertThat(refused.sum()).isPositive();
        assertThat(ignored.sum()).isPositive();
        assertThat(status.retries()).isPositive();
        for (Guard each : new Guard[] {guard, timed}) {
            assertThat(each.status().concurrency().orElseThrow().inFlight()).isZero();
            BreakerCounts counts = each.status().breaker().orElseThrow().counts();
            assertThat(counts.inFlight()).isZero();
            assertThat(counts.failures()).isEqualTo((int) each.status().failed());
        }
        assertThat(guard.status().breaker().orElseThrow().counts().calls()
                        + timed.status().breaker().orElseThrow().counts().calls())
                .isEqualTo((int) (succeeded.sum() + failed.sum() + timedOut.sum()));
    }

    private Result<Integer> one(int i, Guard timed) {
        if (i % 20_000 == 19) {
            return timed.result(() -> {
                runs.increment();
                new CompletableFuture<Integer>().get();
                return i;
            });
        }
        if (i % 3 == 0) {
            return guard.resultAsync(() -> {
                        try {
                            return CompletableFuture.completedFuture(code(i));
                        } catch (IOException e) {
                            return CompletableFuture.failedFuture(e);
                        }
                    })
                    .join();
        }
        return guard.result(() -> code(i));
    }

    private int code(int i) throws IOException {
        runs.increment();
        if (i % 100 == 7) {
            await(); // the limit is only met when threads stay inside
        }
        if (i % 50 == 3) {
            throw broken;
        }
        if (i % 50 == 4) {
            throw unknown;
        }
        return i;
    }

    private static void await() {
        for (int i = 0; i < 2_000; i++) {
            Thread.onSpinWait();
        }
    }

    private void count(Result<Integer> result) {
        if (!(result instanceof Result.Failure<Integer> failure)) {
            succeeded.increment();
        } else if (failure.cause() instanceof CallRejectedException) {
            refused.increment();
        } else if (failure.cause() instanceof CallTimeoutException) {
            timedOut.increment();
        } else if (failure.cause().getCause() instanceof FileNotFoundException) {
            ignored.increment();
        } else {
            failed.increment();
        }
    }
}
