package io.backstay.event;

import io.backstay.ServiceInstance;
import java.time.Instant;

/** An instance that was not known has registered. Not told of those that are there when a process begins to look. */
public final class InstanceRegistered extends InstanceEvent {

    /** All at once. */
    public InstanceRegistered(ServiceInstance instance, Instant at) {
        super(instance, at);
    }
}
