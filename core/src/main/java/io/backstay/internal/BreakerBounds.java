package io.backstay.internal;

import io.backstay.Settings;
import java.time.Duration;

/**
 * How many breakers a registry holds, and for how long without a call.
 *
 * @param most as {@link Settings#BREAKERS_MAX}
 * @param idleTime as {@link Settings#BREAKERS_IDLE_TIME}
 */
record BreakerBounds(int most, Duration idleTime) {}
