package io.backstay.demo;

import java.time.Duration;

/**
 * How long everything takes.
 *
 * @param isShortened whether this is less than the demo would take by itself
 * @param openTime how long a breaker stays open
 * @param step how long each step lasts
 * @param outage how long a service is gone
 * @param settling how long callers are watched after an instance or the registry has come or gone
 * @param lease how long a registration stays unless it is renewed
 * @param checkInterval how often instances are checked
 */
record Timing(
        boolean isShortened,
        Duration openTime,
        Duration step,
        Duration outage,
        Duration settling,
        Duration lease,
        Duration checkInterval) {

    static Timing full() {
        return new Timing(
                false,
                Duration.ofSeconds(3),
                Duration.ofSeconds(8),
                Duration.ofSeconds(12),
                Duration.ofSeconds(4),
                Duration.ofSeconds(9),
                Duration.ofSeconds(2));
    }

    static Timing quick() {
        return new Timing(
                true,
                Duration.ofSeconds(2),
                Duration.ofMillis(2_500),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                Duration.ofSeconds(3),
                Duration.ofSeconds(1));
    }
}
