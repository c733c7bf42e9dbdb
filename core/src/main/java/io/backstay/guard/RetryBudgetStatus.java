package io.backstay.guard;

/**
 * A retry budget as it stood at one moment.
 *
 * @param calls how many calls the window holds
 * @param withdrawn how many retries were taken out in the window
 * @param available how many more could be taken out now
 * @param refused how many were refused since the beginning
 */
public record RetryBudgetStatus(long calls, long withdrawn, long available, long refused) {}
