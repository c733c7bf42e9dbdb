package io.backstay.event;

import io.backstay.FailureKind;
import io.backstay.ServiceInstance;
import io.backstay.ServiceRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An attempt failed, or was answered with an error status. */
public final class AttemptFailed extends CallEvent {

    private final ServiceInstance instance;
    private final int number;
    private final int maxAttempts;
    private final FailureKind kind;
    private final @Nullable Integer status;
    private final Duration elapsed;
    private final @Nullable Duration retryIn;

    /** All at once. */
    public AttemptFailed(
            ServiceRequest request,
            String correlationId,
            Instant at,
            ServiceInstance instance,
            int number,
            int maxAttempts,
            FailureKind kind,
            @Nullable Integer status,
            Duration elapsed,
            @Nullable Duration retryIn) {
        super(request, correlationId, at);
        this.instance = instance;
        this.number = number;
        this.maxAttempts = maxAttempts;
        this.kind = kind;
        this.status = status;
        this.elapsed = elapsed;
        this.retryIn = retryIn;
    }

    /** Who was asked. */
    public ServiceInstance instance() {
        return instance;
    }

    /** Which attempt, from 1. */
    public int number() {
        return number;
    }

    /** How many there may be. */
    public int maxAttempts() {
        return maxAttempts;
    }

    /** Why it failed. */
    public FailureKind kind() {
        return kind;
    }

    /** The error status, where there was an answer. */
    public Optional<Integer> status() {
        return Optional.ofNullable(status);
    }

    /** How long the exchange took. */
    public Duration elapsed() {
        return elapsed;
    }

    /** After what wait it is tried again; nothing when it is not. */
    public Optional<Duration> retryIn() {
        return Optional.ofNullable(retryIn);
    }
}
