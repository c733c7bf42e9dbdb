package io.backstay.registry;

import io.backstay.ServiceInstance;
import java.util.function.Consumer;

/** Tries once whether an instance is well. Thread-safe; never blocks. */
interface Probe {

    /**
     * What a try came to.
     *
     * @param passed whether the instance is well
     * @param detail what was seen, in a few words without anything of the answer's content
     */
    record Outcome(boolean passed, String detail) {}

    /** Whether one that passes says something of calls too. */
    default boolean isLikeACall() {
        return false;
    }

    /** Begins. Within the check's timeout, or soon after, the outcome is told, once, on any thread. */
    void begin(ServiceInstance instance, HealthCheck check, Consumer<Outcome> whenDone);
}
