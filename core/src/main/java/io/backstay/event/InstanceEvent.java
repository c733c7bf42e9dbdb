package io.backstay.event;

import io.backstay.BackstayEvent;
import io.backstay.ServiceInstance;
import java.time.Instant;

/** Something that became known of an instance, as this process sees it. Immutable. */
public abstract sealed class InstanceEvent implements BackstayEvent
        permits InstanceRegistered, InstanceUp, InstanceSuspect, InstanceDown, InstanceRemoved, InstanceJudged {

    private final ServiceInstance instance;
    private final Instant at;

    InstanceEvent(ServiceInstance instance, Instant at) {
        this.instance = instance;
        this.at = at;
    }

    /** Which one, as it stands from now on. */
    public ServiceInstance instance() {
        return instance;
    }

    @Override
    public String service() {
        return instance.service();
    }

    @Override
    public Instant at() {
        return at;
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + " " + instance;
    }
}
