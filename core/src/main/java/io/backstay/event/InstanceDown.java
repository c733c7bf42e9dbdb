package io.backstay.event;

import io.backstay.ServiceInstance;
import java.time.Instant;

/** Checks of an instance have failed, or it says so itself. */
public final class InstanceDown extends InstanceEvent {

    private final String reason;

    /** All at once. */
    public InstanceDown(ServiceInstance instance, String reason, Instant at) {
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
