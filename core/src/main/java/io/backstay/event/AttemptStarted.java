package io.backstay.event;

import io.backstay.ServiceInstance;
import io.backstay.ServiceRequest;
import java.time.Instant;

/** An attempt is about to be made. */
public final class AttemptStarted extends CallEvent {

    private final ServiceInstance instance;
    private final int number;
    private final int maxAttempts;

    /** All at once. */
    public AttemptStarted(
            ServiceRequest request,
            String correlationId,
            Instant at,
            ServiceInstance instance,
            int number,
            int maxAttempts) {
        super(request, correlationId, at);
        this.instance = instance;
        this.number = number;
        this.maxAttempts = maxAttempts;
    }

    /** Who is asked. */
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
}
