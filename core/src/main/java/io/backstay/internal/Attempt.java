package io.backstay.internal;

import io.backstay.ServiceInstance;
import io.backstay.balance.Chosen;
import io.backstay.spi.TransportCall;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/** One attempt of a call: whom it asks, since when, and what came of it. Written by the thread that has the work. */
final class Attempt {

    private static final AtomicIntegerFieldUpdater<Attempt> RELEASED =
            AtomicIntegerFieldUpdater.newUpdater(Attempt.class, "released");

    final Call call;
    final ServiceInstance instance;
    /** From 1. */
    final int number;

    final long startNanos;
    final long timeoutNanos;

    @Nullable
    TransportCall exchange;

    long endNanos;

    @Nullable
    Outcome outcome;

    /** The body of the outcome, where that is an answer which is streamed. */
    @Nullable
    InputStream arriving;

    /** What is sent, where that is a stream. */
    SentBody.@Nullable Sending body;

    final Chosen chosen;
    /** Set once, to 1. */
    private volatile int released;

    Attempt(Call call, Chosen chosen, ServiceInstance instance, long startNanos, long timeoutNanos) {
        this.call = call;
        this.chosen = chosen;
        this.instance = instance;
        this.number = call.attempts;
        this.startNanos = startNanos;
        this.timeoutNanos = timeoutNanos;
        this.endNanos = startNanos;
    }

    boolean succeeded() {
        return outcome instanceof Outcome.Answer answer && answer.accepted();
    }

    /**
     * Whether it had the time that the policy gives one, less a tenth for what came before, so that its timeout tells of the
     * service.
     */
    boolean hasFairTimeout() {
        long fair = Math.min(
                call.policy.attemptTimeout().toNanos(), call.policy.deadline().toNanos());
        return timeoutNanos >= fair - fair / 10;
    }

    /** Whether it timed out although it had its time; a transport's own limit on connecting, which ends it earlier, is fair too. */
    boolean timedOutFairly() {
        if (!(outcome instanceof Outcome.Broken broken)) {
            return false;
        }
        return switch (broken.kind()) {
            case TIMEOUT -> hasFairTimeout();
            case CONNECT_TIMEOUT -> hasFairTimeout() || endNanos - startNanos < timeoutNanos;
            default -> false;
        };
    }

    void cancel() {
        TransportCall running = exchange;
        if (running != null) {
            running.cancel();
        }
    }

    /** Nobody will read what it brought. */
    void discard() {
        InputStream unread = arriving;
        if (unread != null) {
            try {
                unread.close();
            } catch (IOException unimportant) {
                // Another attempt has answered.
            }
        }
    }

    /** Gives the instance back; of a streamed answer, once its stream has ended. May be called again. */
    void release() {
        if (released == 0 && RELEASED.compareAndSet(this, 0, 1)) {
            switch (Load.of(this)) {
                case CARRIED -> chosen.carried(endNanos);
                case OVERLOAD -> chosen.overloaded(endNanos);
                case NOTHING -> chosen.ended();
            }
        }
    }
}
