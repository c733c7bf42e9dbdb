package io.backstay.event;

import io.backstay.ServiceInstance;
import java.time.Instant;

/** What was made of an instance for what its calls from this process came to. Immutable. */
public abstract sealed class InstanceJudged extends InstanceEvent
        permits InstanceEjected, InstanceRestored, InstanceDegrading {

    private final String reason;

    InstanceJudged(ServiceInstance instance, Instant at, String reason) {
        super(instance, at);
        this.reason = reason;
    }

    /** Why, in a few words: {@code 5 failures in a row}. */
    public final String reason() {
        return reason;
    }

    /** What happened to it, as log lines have it. */
    abstract String words();

    @Override
    public final String toString() {
        return "[" + service() + "] instance " + instance().address() + " " + words() + " (" + reason + ")";
    }
}
