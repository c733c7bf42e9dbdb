package io.backstay.guard;

import io.backstay.Backoff;
import io.backstay.CallCancelledException;
import io.backstay.CallTimeoutException;
import io.backstay.Fallback;
import io.backstay.GuardPolicy;
import io.backstay.Result;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.RandomSource;
import io.backstay.spi.SystemTime;
import io.backstay.spi.VirtualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.SynchronousQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** Whose interrupt it was: ours never outlives the code, anybody else's is never lost. */
@Timeout(60)
class GuardInterruptTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final VirtualTime time = new VirtualTime();
    private int attempts;

    private Guard guard(GuardPolicy.Builder policy) {
        return Guard.builder("ledger").policy(policy.build()).virtualTime(time).build();
    }

    private static GuardPolicy.Builder impatient() {
        return GuardPolicy.builder().timeout(SECOND).fallback(new Fallback("kept", failure -> "kept"));
    }

    @AfterEach
    void leaveNoInterrupt() {
        boolean unused = Thread.interrupted();
    }

    @Test
    void call_whenTheCodeIgnoresTheInterrupt_isATimeoutAndLeavesNoFlag() {
        Guard guard = guard(impatient().withoutFallback());
        assertThatThrownBy(() -> guard.call(() -> {
                    time.advance(Duration.ofSeconds(5));
                    return "late";
                }))
                .isInstanceOf(CallTimeoutException.class)
                .hasNoCause();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void call_whenTheCodeFailsLate_isATimeoutCausedByIt() {
        IOException broken = new IOException("closed");
        CallTimeoutException timeout = catchThrowableOfType(
                CallTimeoutException.class,
                () -> guard(impatient().withoutFallback()).call(() -> {
                    time.advance(Duration.ofSeconds(5));
                    throw broken;
                }));
        assertThat(timeout).hasCause(broken);
    }

    @Test
    void call_whenTheUserHasInterruptedBefore_leavesTheFlag() {
        Guard guard = guard(impatient().withoutFallback());
        assertThatThrownBy(() -> guard.call(() -> {
                    Thread.currentThread().interrupt();
                    time.advance(Duration.ofSeconds(5));
                    return "late";
                }))
                .isInstanceOf(CallTimeoutException.class);
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
    }

    @Test
    void call_whenTheUserInterruptsTheCode_throwsWhatItThrewAndNothingAnswersOrRepeats() {
        Guard guard = guard(impatient().retry(3, Backoff.none()));
        InterruptedException byUser = new InterruptedException();
        assertThatThrownBy(() -> guard.call(() -> {
                    attempts++;
                    throw byUser;
                }))
                .isSameAs(byUser);
        assertThat(attempts).isEqualTo(1);
        assertThat(guard.status().failed()).isZero();
    }

    @Test
    void result_whenTheUserInterruptsTheCode_setsTheFlagAgain() {
        Result<String> result = guard(impatient()).result(() -> {
            throw new InterruptedException();
        });
        assertThat(((Result.Failure<String>) result).cause()).isInstanceOf(CallCancelledException.class);
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
    }

    @Test
    void call_whenTheUserInterruptsTheWaitForARetry_endsCancelledWithTheFlagSet() {
        Guard guard = guard(GuardPolicy.builder().retry(3, Backoff.fixed(Duration.ofSeconds(5))));
        IOException broken = new IOException("no route");
        time.schedule(Thread.currentThread()::interrupt, SECOND);
        assertThatThrownBy(() -> guard.call(() -> {
                    attempts++;
                    throw broken;
                }))
                .isInstanceOf(CallCancelledException.class)
                .hasCause(broken);
        assertThat(attempts).isEqualTo(1);
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
        assertThat(guard.status().breaker().orElseThrow().counts().inFlight()).isZero();
    }

    /** The timer fires on another thread just when the code returns. */
    @Test
    void interruptOfOurs_neverLeaksIntoLaterCode() throws Exception {
        SynchronousQueue<Runnable> timers = new SynchronousQueue<>();
        Thread timer = new Thread(() -> {
            try {
                while (true) {
                    timers.take().run();
                }
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
            }
        });
        timer.start();
        DelayScheduler atOnce = (task, delay) -> {
            try {
                timers.put(task);
            } catch (InterruptedException e) {
                throw new AssertionError("an interrupt has leaked", e);
            }
            return () -> {};
        };
        Guard guard = Guard.builder("ledger")
                .timeout(SECOND)
                .clocks(SystemTime.shared(), atOnce, SystemTime.shared(), RandomSource.seeded(7))
                .build();
        int late = 0;
        int inTime = 0;
        for (int round = 0; round < 20_000; round++) {
            int spins = round % 200;
            Result<Integer> result = guard.result(() -> {
                for (int i = 0; i < spins; i++) {
                    Thread.onSpinWait();
                }
                return spins;
            });
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            late += result.hasValue() ? 0 : 1;
            inTime += result.hasValue() ? 1 : 0;
            if (guard.breaker().orElseThrow().state() != BreakerState.CLOSED) {
                guard.breaker().orElseThrow().reset();
            }
        }
        timer.interrupt();
        assertThat(late).isPositive();
        assertThat(inTime).isPositive();
    }

    @Test
    void timeout_firesThoughSharedPoolsAreBusy() {
        CountDownLatch never = new CountDownLatch(1);
        try {
            for (int i = 0; i < 64; i++) {
                ForkJoinPool.commonPool().execute(() -> await(never));
                SystemTime.shared().schedule(() -> await(never), Duration.ZERO);
            }
            Guard guard = Guard.of(
                    "ledger",
                    GuardPolicy.builder().timeout(Duration.ofMillis(20)).build());
            assertThatThrownBy(() -> guard.run(never::await)).isInstanceOf(CallTimeoutException.class);
        } finally {
            never.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
