package io.backstay.event;

import io.backstay.BackstayEvent;
import io.backstay.guard.BreakerState;
import java.time.Instant;

/** A circuit breaker went from one state to another. Immutable. */
public final class BreakerStateChanged implements BackstayEvent {

    private final String service;
    private final Instant at;
    private final BreakerState from;
    private final BreakerState to;
    private final String reason;

    /** All at once. */
    public BreakerStateChanged(String service, Instant at, BreakerState from, BreakerState to, String reason) {
        this.service = service;
        this.at = at;
        this.from = from;
        this.to = to;
        this.reason = reason;
    }

    @Override
    public String service() {
        return service;
    }

    @Override
    public Instant at() {
        return at;
    }

    /** The state it left. */
    public BreakerState from() {
        return from;
    }

    /** The state it is in. */
    public BreakerState to() {
        return to;
    }

    /** Why, in a few words: {@code threshold reached: 5/5}. */
    public String reason() {
        return reason;
    }

    @Override
    public String toString() {
        return "[" + service + "] circuit breaker " + from + " to " + to + " (" + reason + ")";
    }
}
