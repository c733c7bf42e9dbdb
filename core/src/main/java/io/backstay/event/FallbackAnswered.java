package io.backstay.event;

import io.backstay.CallException;
import io.backstay.ServiceRequest;
import java.time.Instant;

/** A fallback answered in place of the service. */
public final class FallbackAnswered extends CallEvent {

    private final String answeredBy;
    private final CallException cause;

    /** All at once. */
    public FallbackAnswered(
            ServiceRequest request, String correlationId, Instant at, String answeredBy, CallException cause) {
        super(request, correlationId, at);
        this.answeredBy = answeredBy;
        this.cause = cause;
    }

    /** The name of the fallback. */
    public String answeredBy() {
        return answeredBy;
    }

    /** Why the service did not answer. */
    public CallException cause() {
        return cause;
    }
}
