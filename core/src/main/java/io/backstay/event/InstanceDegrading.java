package io.backstay.event;

import io.backstay.ServiceInstance;
import java.time.Instant;

/**
 * An instance gets slower or fails more, beside its own past and its peers: a warning before it fails for good. It gets less until it
 * does better. Immutable.
 */
public final class InstanceDegrading extends InstanceJudged {

    /** All at once. */
    public InstanceDegrading(ServiceInstance instance, Instant at, String reason) {
        super(instance, at, reason);
    }

    @Override
    String words() {
        return "degrading";
    }
}
