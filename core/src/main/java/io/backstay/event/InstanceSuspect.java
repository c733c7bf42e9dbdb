package io.backstay.event;

import io.backstay.ServiceInstance;
import java.time.Instant;

/** An instance may be gone: its lease has run out, or the store has lost it. */
public final class InstanceSuspect extends InstanceEvent {

    private final String reason;

    /** All at once. */
    public InstanceSuspect(ServiceInstance instance, String reason, Instant at) {
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
