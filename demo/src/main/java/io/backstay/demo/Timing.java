package io.backstay.demo;

import java.time.Duration;

/**
 * How long everything takes.
 *
 * @param isShortened whether this is less than the demo would take by itself
 * @param openTime how long a breaker stays open
 * @param step how long each step lasts
 * @param outage how long a service is gone
 */
record Timing(boolean isShortened, Duration openTime, Duration step, Duration outage) {

    static Timing full() {
        return new Timing(false, Duration.ofSeconds(3), Duration.ofSeconds(8), Duration.ofSeconds(12));
    }

    static Timing quick() {
        return new Timing(true, Duration.ofSeconds(2), Duration.ofSeconds(3), Duration.ofSeconds(6));
    }
}
