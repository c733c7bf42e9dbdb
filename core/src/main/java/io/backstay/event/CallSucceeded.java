package io.backstay.event;

import io.backstay.ServiceRequest;
import java.time.Duration;
import java.time.Instant;

/** A call was answered by the service. */
public final class CallSucceeded extends CallEvent {

    private final int status;
    private final int attempts;
    private final Duration elapsed;

    /** All at once. */
    public CallSucceeded(
            ServiceRequest request, String correlationId, Instant at, int status, int attempts, Duration elapsed) {
        super(request, correlationId, at);
        this.status = status;
        this.attempts = attempts;
        this.elapsed = elapsed;
    }

    /** The status. */
    public int status() {
        return status;
    }

    /** How many attempts it took. */
    public int attempts() {
        return attempts;
    }

    /** From the call's start to its end. */
    public Duration elapsed() {
        return elapsed;
    }
}
