package io.backstay.event;

import io.backstay.BackstayEvent;
import io.backstay.ServiceRequest;
import java.time.Instant;

/** Something that happened to a call. Immutable. */
public abstract sealed class CallEvent implements BackstayEvent
        permits AttemptStarted, AttemptSucceeded, AttemptFailed, CallSucceeded, CallFailed, FallbackAnswered {

    private final ServiceRequest request;
    private final String correlationId;
    private final Instant at;

    CallEvent(ServiceRequest request, String correlationId, Instant at) {
        this.request = request;
        this.correlationId = correlationId;
        this.at = at;
    }

    /** The request of the call. */
    public ServiceRequest request() {
        return request;
    }

    /** What ties this call to the work it was made for. */
    public String correlationId() {
        return correlationId;
    }

    @Override
    public String service() {
        return request.service();
    }

    @Override
    public Instant at() {
        return at;
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + " " + request;
    }
}
