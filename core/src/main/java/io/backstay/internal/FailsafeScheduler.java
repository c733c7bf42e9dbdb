package io.backstay.internal;

import dev.failsafe.spi.Scheduler;
import io.backstay.spi.DelayScheduler;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Our delays for Failsafe's loop, so that retries run on virtual time in tests. */
final class FailsafeScheduler implements Scheduler {

    private final DelayScheduler delays;

    FailsafeScheduler(DelayScheduler delays) {
        this.delays = delays;
    }

    @Override
    public ScheduledFuture<?> schedule(Callable<?> task, long delay, TimeUnit unit) {
        Scheduled scheduled = new Scheduled(unit.toNanos(delay));
        scheduled.timer = delays.schedule(() -> scheduled.run(task), Duration.ofNanos(unit.toNanos(delay)));
        return scheduled;
    }

    private static final class Scheduled extends CompletableFuture<Object> implements ScheduledFuture<Object> {

        private final long delayNanos;
        private volatile DelayScheduler.Cancellable timer = () -> {};

        Scheduled(long delayNanos) {
            this.delayNanos = delayNanos;
        }

        void run(Callable<?> task) {
            if (isDone()) {
                return;
            }
            try {
                complete(task.call());
            } catch (Throwable failure) {
                completeExceptionally(failure);
            }
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            timer.cancel();
            return super.cancel(false);
        }

        /** The delay it was scheduled with; nobody orders these by what remains. */
        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(delayNanos, TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(delayNanos, other.getDelay(TimeUnit.NANOSECONDS));
        }
    }
}
