package io.backstay.state;

/**
 * How it stands with the entries of {@link OwnEntries}.
 *
 * @param entries how many are to be kept
 * @param held how many of them are in the table, as far as is known
 */
public record OwnEntriesStatus(int entries, int held) {}
