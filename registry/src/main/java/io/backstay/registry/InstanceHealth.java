package io.backstay.registry;

import java.time.Duration;
import java.time.Instant;

/**
 * What the checks of this process came to for an instance.
 *
 * @param up whether checks say that it is up; it takes several to change that
 * @param at when the last check ended
 * @param detail what the last one came to, in a few words
 * @param responseTime how long the last one took
 * @param averageResponseTime how long those that passed take, the last ones counting most
 * @param consecutiveFailures how many have failed in a row
 */
public record InstanceHealth(
        boolean up,
        Instant at,
        String detail,
        Duration responseTime,
        Duration averageResponseTime,
        int consecutiveFailures) {}
