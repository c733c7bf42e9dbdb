package io.backstay.state;

/**
 * A value as the replica keeps it. Immutable.
 *
 * @param version at which it was written
 * @param leaseNanos for how long it is kept when the table that held it has gone
 * @param life of the table, counted by the replica, in which it was last seen
 */
record Kept<T>(T value, long version, long leaseNanos, int life) {

    Kept<T> in(int now) {
        return new Kept<>(value, version, leaseNanos, now);
    }
}
