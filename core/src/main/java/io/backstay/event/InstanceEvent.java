package io.backstay.event;

import io.backstay.ServiceInstance;
import java.time.Instant;

/** Something that was made of one instance of a service. Immutable. */
public abstract sealed class InstanceEvent implements BackstayEvent
        permits InstanceEjected, InstanceRestored, InstanceDegrading {

    private final ServiceInstance instance;
    private final Instant at;
    private final String reason;

    InstanceEvent(ServiceInstance instance, Instant at, String reason) {
        this.instance = instance;
        this.at = at;
        this.reason = reason;
    }

    @Override
    public final String service() {
        return instance.service();
    }

    @Override
    public final Instant at() {
        return at;
    }

    /** Which one. */
    public final ServiceInstance instance() {
        return instance;
    }

    /** Why, in a few words: {@code 5 failures in a row}. */
    public final String reason() {
        return reason;
    }

    /** What happened to it, as log lines have it. */
    abstract String words();

    @Override
    public final String toString() {
        return "[" + service() + "] instance " + instance.address() + " " + words() + " (" + reason + ")";
    }
}
