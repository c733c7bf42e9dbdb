package io.backstay.registry.dns;

import io.backstay.ConfigurationException;
import java.time.Duration;

/**
 * How often DNS is asked at most and at least, whatever its answers' TTL.
 *
 * @param least the shortest time between two questions
 * @param most the longest
 */
record TtlBounds(Duration least, Duration most) {

    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofDays(1);

    static final TtlBounds STANDARD = new TtlBounds(Duration.ofSeconds(1), Duration.ofMinutes(5));

    /** Checks the parts. */
    TtlBounds {
        if (least.compareTo(SHORTEST) < 0 || most.compareTo(LONGEST) > 0 || least.compareTo(most) > 0) {
            throw new ConfigurationException("the bounds of a TTL cannot be " + least + " and " + most
                    + "; allowed: from 100 ms to 1 day, the least first");
        }
    }

    Duration bound(Duration ttl) {
        return ttl.compareTo(least) < 0 ? least : ttl.compareTo(most) > 0 ? most : ttl;
    }
}
