package io.backstay.internal;

import io.backstay.ServiceInstance;
import io.backstay.guard.ConcurrencyLimit;
import io.backstay.spi.TransportCall;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** One attempt of a call: whom it asks, since when, and what came of it. Written by the thread that has the work. */
final class Attempt {

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

    private final @Nullable ConcurrencyLimit limit;
    private final long permit;
    private boolean released;

    /** The limit of the instance and the permit taken from it, if it has one. */
    Attempt(
            Call call,
            ServiceInstance instance,
            @Nullable ConcurrencyLimit limit,
            long permit,
            long startNanos,
            long timeoutNanos) {
        this.call = call;
        this.instance = instance;
        this.number = call.attempts;
        this.limit = limit;
        this.permit = permit;
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

    /** Gives the instance's permit back; of a streamed answer, once its stream has ended. May be called again. */
    void release() {
        if (limit != null && !released) {
            released = true;
            switch (Load.of(this)) {
                case CARRIED -> limit.onSuccess(permit, endNanos);
                case OVERLOAD -> limit.onDropped(permit, endNanos);
                case NOTHING -> limit.onIgnored(permit);
            }
        }
    }
}
