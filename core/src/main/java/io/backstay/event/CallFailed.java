package io.backstay.event;

import io.backstay.CallException;
import io.backstay.ServiceRequest;
import java.time.Instant;

/** A call failed; a fallback may still answer. */
public final class CallFailed extends CallEvent {

    private final CallException failure;

    /** All at once. */
    public CallFailed(ServiceRequest request, String correlationId, Instant at, CallException failure) {
        super(request, correlationId, at);
        this.failure = failure;
    }

    /** Why. */
    public CallException failure() {
        return failure;
    }
}
