package io.backstay.event;

import io.backstay.ServiceInstance;
import java.time.Instant;

/** An instance that was ejected, or that was warned of, is as the others again. Immutable. */
public final class InstanceRestored extends InstanceJudged {

    /** All at once. */
    public InstanceRestored(ServiceInstance instance, Instant at, String reason) {
        super(instance, at, reason);
    }

    @Override
    String words() {
        return "restored";
    }
}
