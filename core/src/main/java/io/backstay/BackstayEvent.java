package io.backstay;

import java.time.Instant;

/** Something that happened to a service. Immutable. The core's own are in {@code io.backstay.event}; a module may add others. */
public interface BackstayEvent {

    /** The service's name. */
    String service();

    /** When, by the wall clock. */
    Instant at();
}
