package io.backstay.balance;

import io.backstay.ServiceInstance;
import java.time.Duration;

/** Is told what a pool makes of its instances: one thing after the other, with no lock held. What it throws is logged. */
public interface PoolListener {

    /** Nobody. */
    PoolListener NONE = new PoolListener() {};

    /**
     * An instance is left out for a while.
     *
     * @param times the how-many-th time, less what has been forgiven
     */
    default void onEjected(ServiceInstance instance, String reason, Duration time, int times) {}

    /** An instance that was ejected, or of which was warned, is as the others again. */
    default void onRestored(ServiceInstance instance, String reason) {}

    /** An instance gets slower or fails more, beside its own past and its peers, and so gets less. */
    default void onDegrading(ServiceInstance instance, String reason) {}

    /** An instance is left out for a while for one endpoint, a method and a path template, that fails there alone. */
    default void onAvoided(ServiceInstance instance, String endpoint, Duration time) {}
}
