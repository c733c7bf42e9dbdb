package io.backstay.state;

import io.backstay.spi.StateEntry;

/**
 * Makes of an entry's octets what they stand for. Quick, without side effects, and prepared for anything: other programs write into
 * a table too.
 *
 * @param <T> what is made; its {@code equals} says whether a new version is a new value, arrays are compared by what they hold
 */
@FunctionalInterface
public interface EntryDecoder<T> {

    /**
     * The value of an entry.
     *
     * @throws Exception when the octets stand for nothing; what it says is not logged, since it may quote them
     */
    T decode(StateEntry entry) throws Exception;
}
