package io.backstay.store.redis;

import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.TimeSource;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** All operations of a store that are on their way: how many there may be, and how long each may take. Thread-safe. */
final class Calls {

    /** Of all operations on their way together. */
    private static final long MOST_OCTETS = 64L << 20;

    private final Router router;
    private final TimeSource time;
    private final StoreCounts counts;
    private final long timeout;
    private final int most;
    private final Queue<Call> underway = new ConcurrentLinkedQueue<>();
    private final AtomicInteger number = new AtomicInteger();
    private final AtomicLong octets = new AtomicLong();
    private volatile boolean closed;

    Calls(Router router, TimeSource time, StoreCounts counts, RedisSettings settings) {
        this.router = router;
        this.time = time;
        this.counts = counts;
        this.timeout = settings.commandTimeoutNanos();
        this.most = settings.queue();
    }

    /** Begins an operation; done within the command timeout. */
    Call call(Request request) {
        long now = time.nanoTime();
        Call call = new Call(request, router, now, now + timeout);
        if (admit(call)) {
            call.begin();
        }
        return call;
    }

    /** Begins an operation over the connection of another one, within what is left of its time. */
    Call callBehind(Call other, Link link, Request request) {
        Call call = new Call(request, router, time.nanoTime(), other.deadline());
        if (admit(call)) {
            call.begin(link);
        }
        return call;
    }

    /** How much of an operation's time is left, in ms, 1 at least. */
    long millisLeft(Call call) {
        return Math.max(1, (call.deadline() - time.nanoTime()) / 1_000_000);
    }

    private boolean admit(Call call) {
        long size = call.request().octets();
        // Both are counted, whatever they come to: both are taken back below.
        boolean few = number.incrementAndGet() <= most;
        boolean room = octets.addAndGet(size) <= MOST_OCTETS && few;
        Stages.whenDone(call, (reply, error) -> {
            number.decrementAndGet();
            octets.addAndGet(-size);
            counts.record(call.request().operation(), time.nanoTime() - call.begun(), error);
        });
        if (!room) {
            call.completeExceptionally(new StateStoreException(
                    Reason.OVERLOADED, false, "too many operations are on their way to Redis", null));
            return false;
        }
        underway.add(call);
        if (closed) {
            call.fail(CLOSED);
            return false;
        }
        return true;
    }

    static final RedisFailure CLOSED = new RedisFailure(Reason.CLOSED, true, "the store is closed");

    /** Ends what has taken too long; to be called every now and then. */
    void look() {
        long now = time.nanoTime();
        underway.removeIf(call -> {
            if (!call.isDone() && now - call.deadline() >= 0) {
                call.timeOut();
            }
            return call.isDone();
        });
    }

    int underway() {
        return number.get();
    }

    void close() {
        closed = true;
        underway.forEach(call -> call.fail(CLOSED));
        underway.clear();
    }
}
