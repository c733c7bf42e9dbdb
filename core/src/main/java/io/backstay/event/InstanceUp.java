package io.backstay.event;

import io.backstay.ServiceInstance;
import java.time.Instant;

/** An instance that was suspect, down or draining is up again. */
public final class InstanceUp extends InstanceEvent {

    /** All at once. */
    public InstanceUp(ServiceInstance instance, Instant at) {
        super(instance, at);
    }
}
