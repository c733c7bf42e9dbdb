package io.backstay.state;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.TimeSource;
import java.time.Duration;

/** Where time and chance come from. */
record StateClocks(TimeSource time, DelayScheduler scheduler, RandomSource random) {

    static StateClocks of(ProviderContext context) {
        return new StateClocks(context.time(), context.scheduler(), context.random());
    }

    long nanoTime() {
        return time.nanoTime();
    }

    DelayScheduler.Cancellable schedule(Runnable task, long nanos) {
        return scheduler.schedule(task, Duration.ofNanos(nanos));
    }

    /** Evenly between two times. */
    long between(long leastNanos, long mostNanos) {
        return leastNanos + (long) (random.nextDouble() * Math.max(0, mostNanos - leastNanos));
    }
}
