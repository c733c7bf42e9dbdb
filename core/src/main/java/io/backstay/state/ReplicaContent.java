package io.backstay.state;

import io.backstay.spi.StateChange;
import io.backstay.spi.StateEntry;
import io.backstay.state.ReplicaChange.Cause;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The values of a replica, and which of them are stale. Read by anybody at any time without a lock; changed by one thread at a time.
 *
 * <p>When the table begins a new life, all that is here is of the old one and stale, until it is seen again or is {@link #lose lost}.
 * An entry that can no longer be decoded leaves the value before it in place, stale, until it goes or can be decoded again.
 */
final class ReplicaContent<T> {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.state");

    private static final long SHORTEST_LEASE_NANOS = Duration.ofMillis(10).toNanos();

    private final String table;
    private final EntryDecoder<T> decoder;
    private final DamagedEntries damaged;
    private final long assumedLeaseNanos;
    private final Consumer<ReplicaChange<T>> told;
    private final Map<String, Kept<T>> entries = new ConcurrentHashMap<>();

    private volatile int life;
    /** How many are of an earlier life, and how many of this one are overwritten. */
    private final AtomicInteger outlived = new AtomicInteger();

    private final AtomicInteger overwritten = new AtomicInteger();

    ReplicaContent(String table, EntryDecoder<T> decoder, Duration assumedLease, Consumer<ReplicaChange<T>> told) {
        this.table = table;
        this.decoder = decoder;
        this.damaged = new DamagedEntries(table);
        this.assumedLeaseNanos = assumedLease.toNanos();
        this.told = told;
    }

    @Nullable
    T get(String key) {
        Kept<T> kept = entries.get(key);
        return kept == null ? null : kept.value();
    }

    long version(String key) {
        Kept<T> kept = entries.get(key);
        return kept == null ? 0 : kept.version();
    }

    boolean isStale(String key) {
        Kept<T> kept = entries.get(key);
        return kept != null && (kept.overwritten() || kept.life() != life);
    }

    Map<String, Kept<T>> entries() {
        return entries;
    }

    int stale() {
        return outlived.get() + overwritten.get();
    }

    int damaged() {
        return damaged.count();
    }

    /** Whether something is here that the table's present life has not shown yet. */
    boolean hasOutlived() {
        return outlived.get() > 0;
    }

    /** From now on the table is another one. */
    void beginLife() {
        int next = life + 1;
        life = next;
        overwritten.set(0);
        outlived.set(entries.size());
        damaged.beginLife();
    }

    /**
     * Takes over a change.
     *
     * @param read whether it was read some time after it was made, so that its lease may be partly used up
     */
    void apply(StateChange change, boolean read) {
        byte[] octets = change.value();
        switch (change.kind()) {
            case PUT -> put(change, octets == null ? new byte[0] : octets, read);
            case REMOVED -> remove(change.key(), Cause.REMOVED);
            case EXPIRED -> remove(change.key(), Cause.EXPIRED);
        }
    }

    private void put(StateChange change, byte[] octets, boolean read) {
        String key = change.key();
        Kept<T> before = entries.get(key);
        T value = decode(change, octets);
        if (value == null) {
            if (before != null) {
                replace(key, before, before.overwrittenIn(life));
            }
            return;
        }
        long lease = leaseNanos(change, read, before);
        replace(key, before, new Kept<>(value, change.revision(), lease, life, /* overwritten= */ false));
        if (before == null || !isEqual(before.value(), value)) {
            told.accept(new ReplicaChange<>(key, before == null ? null : before.value(), value, Cause.PUT));
        }
    }

    /** The values are the user's, and so is what their comparison throws. */
    private boolean isEqual(T one, T other) {
        try {
            return Objects.deepEquals(one, other);
        } catch (RuntimeException | StackOverflowError e) {
            LOG.error("[{}] two values cannot be compared and are taken for different ones", table, e);
            return false;
        }
    }

    private @Nullable T decode(StateChange change, byte[] octets) {
        String key = change.key();
        long version = change.revision();
        try {
            T value = decoder.decode(
                    new StateEntry(key, octets, version, change.remainingLease().orElse(null)));
            if (value != null) {
                damaged.mended(key);
                return value;
            }
            damaged.found(key, version, "it stands for nothing");
        } catch (Exception | StackOverflowError e) {
            damaged.found(key, version, e.getClass().getSimpleName());
        }
        return null;
    }

    /** Leases are renewed at each third, so at least two thirds of one are left whenever it is read. */
    private long leaseNanos(StateChange change, boolean read, @Nullable Kept<T> before) {
        Duration remaining = change.remainingLease().orElse(null);
        if (remaining == null) {
            return assumedLeaseNanos;
        }
        long nanos = Math.max(SHORTEST_LEASE_NANOS, remaining.toNanos());
        long whole = read ? nanos + nanos / 2 : nanos;
        return before != null && before.version() == change.revision() ? Math.max(whole, before.leaseNanos()) : whole;
    }

    private void replace(String key, @Nullable Kept<T> before, Kept<T> after) {
        entries.put(key, after);
        forget(before);
        if (after.overwritten()) {
            overwritten.incrementAndGet();
        }
    }

    private void forget(@Nullable Kept<T> before) {
        if (before == null) {
            return;
        }
        if (before.life() != life) {
            outlived.decrementAndGet();
        } else if (before.overwritten()) {
            overwritten.decrementAndGet();
        }
    }

    private void remove(String key, Cause cause) {
        damaged.mended(key);
        Kept<T> before = entries.remove(key);
        if (before != null) {
            forget(before);
            told.accept(new ReplicaChange<>(key, before.value(), null, cause));
        }
    }

    /**
     * Removes what has not been put back.
     *
     * @param nanos for how long there has been occasion to
     * @return how much more time the next to be lost has; {@link Long#MAX_VALUE} where there is none
     */
    long lose(long nanos) {
        long next = Long.MAX_VALUE;
        if (!hasOutlived()) {
            return next;
        }
        for (Map.Entry<String, Kept<T>> entry : entries.entrySet()) {
            Kept<T> kept = entry.getValue();
            if (kept.life() != life) {
                long left = kept.leaseNanos() - nanos;
                if (left <= 0) {
                    remove(entry.getKey(), Cause.LOST);
                } else {
                    next = Math.min(next, left);
                }
            }
        }
        return next;
    }
}
