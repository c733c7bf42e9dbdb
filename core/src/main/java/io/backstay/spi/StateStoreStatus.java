package io.backstay.spi;

import java.time.Instant;

/**
 * Whether a store can be reached.
 *
 * @param available whether the last that was heard of it was good; false before it has been reached for the first time
 * @param since since when that is so
 * @param detail where it is, or what is wrong with it, in a few words and without secrets
 */
public record StateStoreStatus(boolean available, Instant since, String detail) {}
