package io.backstay.spi;

/**
 * Where processes share state: tables of small values by key, each value with a version and, by choice, a lease. Thread-safe.
 *
 * <p>A store may be away, also from the start on. Then operations fail soon, with a {@link StateStoreException}, and go on once it is
 * back, without anybody doing anything. {@code io.backstay.state.TableReplica} keeps a copy of a table that stays readable meanwhile.
 */
public interface StateStore extends AutoCloseable {

    /** The greatest length of a key, in octets of UTF-8. */
    int MAX_KEY_BYTES = 512;

    /** The greatest length of a value, in octets. */
    int MAX_VALUE_BYTES = 256 << 10;

    /** The greatest number of changes in a batch, and of leases renewed at once. */
    int MAX_BATCH_CHANGES = 1_024;

    /** The greatest length of a batch, keys and values together, in octets. */
    int MAX_BATCH_BYTES = 1 << 20;

    /** The greatest number of changes that are read at once. */
    int MAX_CHANGES_READ = 10_000;

    /**
     * The table of a name, the same one for the same name. It need not be made before it is used; does no I/O.
     *
     * @param name up to 64 small letters, digits, dots, hyphens and underscores, the first a letter or a digit
     * @throws IllegalArgumentException when the name is none
     */
    StateTable table(String name);

    /**
     * Checks the name of a table, for who implements {@link #table}.
     *
     * @throws IllegalArgumentException when the name is none
     */
    static String checkTableName(String name) {
        if (!name.matches("[a-z0-9][a-z0-9._-]{0,63}")) {
            throw new IllegalArgumentException(
                    "a table's name has up to 64 small letters, digits, dots, hyphens and underscores,"
                            + " the first a letter or a digit");
        }
        return name;
    }

    /** Whether it can be reached, as far as is known at this moment. */
    StateStoreStatus status();

    /** Whether other processes can share it; true unless it says otherwise. */
    default boolean isShared() {
        return true;
    }

    /** What it has counted; nothing unless it says otherwise. */
    default MetricSource metrics() {
        return sink -> {};
    }

    /** Frees what it holds. Operations on their way fail, as all that come later do; watches end. May be called twice. */
    @Override
    void close();
}
