package io.backstay.internal;

import io.backstay.AttemptInterceptor;
import io.backstay.CallInterceptor;
import io.backstay.spi.DelayScheduler;
import io.backstay.spi.HttpTransport;
import io.backstay.spi.RandomSource;
import io.backstay.spi.StateStore;
import io.backstay.spi.TimeSource;
import io.backstay.spi.Waiter;
import java.time.Duration;
import java.util.List;

/**
 * What the engine is put together from.
 *
 * @param closers what was opened for it
 */
record Parts(
        HttpTransport transport,
        StateStore stateStore,
        Extensions extensions,
        Bodies bodies,
        Failures failures,
        Events events,
        List<CallInterceptor> callInterceptors,
        List<AttemptInterceptor> attemptInterceptors,
        TimeSource time,
        DelayScheduler scheduler,
        Waiter waiter,
        RandomSource random,
        String correlationHeader,
        String deadlineHeader,
        Duration shutdownTimeout,
        BreakerBounds breakerBounds,
        String description,
        Closers closers) {}
