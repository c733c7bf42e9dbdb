package io.backstay.event;

import io.backstay.ServiceInstance;
import java.time.Duration;
import java.time.Instant;

/** An instance is left out for a while for what its attempts came to. Immutable. */
public final class InstanceEjected extends InstanceJudged {

    private final Duration time;
    private final int times;

    /** All at once. */
    public InstanceEjected(ServiceInstance instance, Instant at, String reason, Duration time, int times) {
        super(instance, at, reason);
        this.time = time;
        this.times = times;
    }

    /** For how long, unless a health check takes it back earlier. */
    public Duration time() {
        return time;
    }

    /** The how-many-th time, less what has been forgiven. */
    public int times() {
        return times;
    }

    @Override
    String words() {
        return "ejected for " + time.toSeconds() + " s";
    }
}
