package io.backstay.guard;

import java.time.Duration;

/**
 * What of a circuit breaker outlives its process. Times are durations from the moment it was taken, since clocks of processes have
 * nothing in common. What the window holds is not part of it: it is stale soon after.
 *
 * @param state the state; CLOSED of a breaker that its policy disables, so that DISABLED is always what a hand has set
 * @param remainingOpen how long an open breaker will go on refusing; zero in other states
 * @param timesOpened how often it has opened
 * @param openingsInARow how often without closing in between: the step of an open time that grows
 * @param downFor how long ago the first of these was; zero where there is none
 */
public record BreakerSnapshot(
        BreakerState state, Duration remainingOpen, int timesOpened, int openingsInARow, Duration downFor) {

    /**
     * Checks the parts, since they may come from outside.
     *
     * @throws IllegalArgumentException when one is negative
     */
    public BreakerSnapshot {
        if (remainingOpen.isNegative() || timesOpened < 0 || openingsInARow < 0 || downFor.isNegative()) {
            throw new IllegalArgumentException("times and counts of a breaker's snapshot must not be negative: state "
                    + state + ", open for " + remainingOpen + ", opened " + timesOpened + " times, " + openingsInARow
                    + " in a row, down for " + downFor);
        }
    }
}
