package io.backstay.guard;

/**
 * A rate limit as it stood at one moment.
 *
 * @param perSecond tokens per second; infinite without a limit
 * @param burst how many tokens the bucket holds
 * @param available how many whole tokens are in it
 * @param waiting how many callers wait for one
 * @param refused how many got none since the beginning
 */
public record RateStatus(double perSecond, int burst, int available, int waiting, long refused) {}
