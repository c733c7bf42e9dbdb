package io.backstay.event;

import io.backstay.ServiceInstance;
import java.time.Instant;

/** An instance is no longer known. */
public final class InstanceRemoved extends InstanceEvent {

    private final String reason;

    /** All at once. */
    public InstanceRemoved(ServiceInstance instance, String reason, Instant at) {
        super(instance, at);
        this.reason = reason;
    }

    /** Why, in a few words. */
    public String reason() {
        return reason;
    }

    @Override
    public String toString() {
        return super.toString() + " (" + reason + ")";
    }
}
