package io.backstay;

/** The presets of {@link CircuitBreakerPolicy} by name, for settings. */
public enum BreakerPreset {
    /** {@link CircuitBreakerPolicy#rate()}. */
    RATE,
    /** {@link CircuitBreakerPolicy#consecutive()}. */
    CONSECUTIVE,
    /** {@link CircuitBreakerPolicy#disabled()}. */
    DISABLED;

    /** What the name stands for. */
    public CircuitBreakerPolicy policy() {
        return switch (this) {
            case RATE -> CircuitBreakerPolicy.rate();
            case CONSECUTIVE -> CircuitBreakerPolicy.consecutive();
            case DISABLED -> CircuitBreakerPolicy.disabled();
        };
    }
}
