package io.backstay.event;

import java.time.Instant;

/** Something that happened to a service. Immutable. */
public sealed interface BackstayEvent permits CallEvent, BreakerStateChanged, InstanceEvent {

    /** The service's name. */
    String service();

    /** When, by the wall clock. */
    Instant at();
}
