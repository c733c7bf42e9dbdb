package io.backstay.http.jdk;

import io.backstay.spi.ProviderContext;
import io.backstay.spi.RunningCalls;
import io.backstay.spi.TimeSource;
import io.backstay.spi.Waiter;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The exchanges under way, and what follows from them for the others. Thread-safe. */
final class RunningExchanges {

    private static final long WARY_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** How many exchanges one thread sees to in passing; of more, those that wait for it may lose what it spares. */
    private static final int FEW = 128;

    private final TimeSource time;
    private final Executor workers;
    private final Waiter waiter;
    private final RunningCalls running;
    private final AtomicInteger notPlain = new AtomicInteger();

    /** Zero when there is no reason. */
    private volatile long waryUntilNanos;

    RunningExchanges(ProviderContext context) {
        this.time = context.time();
        this.workers = context.workers();
        this.waiter = context.waiter();
        this.running = new RunningCalls(context);
    }

    long deadline(long timeoutNanos) {
        return running.deadlineAfter(timeoutNanos);
    }

    boolean isDue(long deadlineNanos) {
        return running.isDue(deadlineNanos);
    }

    /**
     * Has exchanges be made, for a while, in the way by which no connection is forgotten: a server that breaks the protocol
     * once is likely to do it again.
     */
    void beWary() {
        waryUntilNanos = (time.nanoTime() + WARY_NANOS) | 1;
    }

    boolean isWary() {
        long until = waryUntilNanos;
        return until != 0 && until - time.nanoTime() > 0;
    }

    /** Watches from now on; the deadline of the call must be set. */
    void add(JdkTransportCall call) {
        if (!call.isPlain()) {
            notPlain.incrementAndGet();
        }
        var unused = running.add(call);
    }

    /** Its deadline is another from now on. */
    void rewatch(JdkTransportCall call) {
        running.rewatch(call);
    }

    /** Where what may block is done. */
    Executor workers() {
        return workers;
    }

    /** How a thread waits for an exchange that others make. */
    Waiter waiter() {
        return waiter;
    }

    void remove(JdkTransportCall call) {
        if (running.remove(call) && !call.isPlain()) {
            notPlain.decrementAndGet();
        }
    }

    /** Whether all that the client does for them is quickly done, see {@link Requests#isPlain}, and they are few. */
    boolean areFewAndPlain() {
        return notPlain.get() == 0 && running.size() <= FEW;
    }

    void cancelAll() {
        running.close();
    }
}
