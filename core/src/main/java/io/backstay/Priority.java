package io.backstay;

/** How much a call matters when not all can be served. The order is the order of importance, greatest first. */
public enum Priority {
    /** Must be served: payments, log-ins. */
    CRITICAL,
    /** A user waits for it. */
    HIGH,
    /** The default. */
    NORMAL,
    /** May be shed first: prefetching, reports. */
    LOW
}
