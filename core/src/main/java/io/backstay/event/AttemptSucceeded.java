package io.backstay.event;

import io.backstay.ServiceInstance;
import io.backstay.ServiceRequest;
import java.time.Duration;
import java.time.Instant;

/** An attempt was answered, with a status that the request accepts. */
public final class AttemptSucceeded extends CallEvent {

    private final ServiceInstance instance;
    private final int number;
    private final int status;
    private final Duration elapsed;

    /** All at once. */
    public AttemptSucceeded(
            ServiceRequest request,
            String correlationId,
            Instant at,
            ServiceInstance instance,
            int number,
            int status,
            Duration elapsed) {
        super(request, correlationId, at);
        this.instance = instance;
        this.number = number;
        this.status = status;
        this.elapsed = elapsed;
    }

    /** Who answered. */
    public ServiceInstance instance() {
        return instance;
    }

    /** Which attempt, from 1. */
    public int number() {
        return number;
    }

    /** The status. */
    public int status() {
        return status;
    }

    /** How long the exchange took. */
    public Duration elapsed() {
        return elapsed;
    }
}
