package io.backstay;

import java.time.Duration;

/** The shapes of {@link Backoff} by name, for settings: each made of a first and a greatest delay. */
public enum BackoffKind {
    /** {@link Backoff#exponential}, doubling, with full jitter. */
    EXPONENTIAL,
    /** {@link Backoff#fixed} at the first delay. */
    FIXED,
    /** {@link Backoff#linear}. */
    LINEAR,
    /** {@link Backoff#decorrelated}. */
    DECORRELATED,
    /** {@link Backoff#none}. */
    NONE;

    /** The backoff of this shape. */
    public Backoff of(Duration first, Duration greatest) {
        return switch (this) {
            case EXPONENTIAL -> Backoff.exponential(first, 2, greatest).withFullJitter();
            case FIXED -> Backoff.fixed(first);
            case LINEAR -> Backoff.linear(first, greatest);
            case DECORRELATED -> Backoff.decorrelated(first, greatest);
            case NONE -> Backoff.none();
        };
    }
}
