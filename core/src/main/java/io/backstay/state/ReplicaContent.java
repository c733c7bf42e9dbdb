package io.backstay.state;

import io.backstay.spi.StateChange;
import io.backstay.spi.StateEntry;
import io.backstay.state.ReplicaChange.Cause;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
 * An entry that can no longer be decoded leaves the value before it in place, stale, until it goes or can be decoded again; without a
 * lease it would never go, so the value is lost then when its own lease is over.
 */
final class ReplicaContent<T> {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.state");

    private static final long SHORTEST_LEASE_NANOS = Duration.ofMillis(10).toNanos();

    private final String table;
    private final EntryDecoder<T> decoder;
    private final StateClocks clocks;
    private final DamagedEntries damaged;
    private final long assumedLeaseNanos;
    private final Consumer<ReplicaChange<T>> told;
    private final Map<String, Kept<T>> entries = new ConcurrentHashMap<>();

    private volatile int life;
    /** How many are of an earlier life. */
    private final AtomicInteger outlived = new AtomicInteger();
    /** The keys of this life in whose place something is that cannot be decoded. */
    private final Set<String> overwritten = ConcurrentHashMap.newKeySet();
    /** Since when that has no lease, and so would never go; touched by the one thread alone. */
    private final Map<String, Long> overwrittenForGoodNanos = new HashMap<>();

    ReplicaContent(
            String table,
            EntryDecoder<T> decoder,
            Duration assumedLease,
            StateClocks clocks,
            Consumer<ReplicaChange<T>> told) {
        this.table = table;
        this.decoder = decoder;
        this.clocks = clocks;
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
        return kept != null && (kept.life() != life || overwritten.contains(key));
    }

    Map<String, Kept<T>> entries() {
        return entries;
    }

    int stale() {
        return outlived.get() + overwritten.size();
    }

    int damaged() {
        return damaged.count();
    }

    /** Whether something is here that the table's present life has not shown yet. */
    boolean hasOutlived() {
        return outlived.get() > 0;
    }

    /** How many were overwritten for good. */
    int overwrittenForGood() {
        return overwrittenForGoodNanos.size();
    }

    /** From now on the table is another one. */
    void beginLife() {
        int next = life + 1;
        life = next;
        overwritten.clear();
        overwrittenForGoodNanos.clear();
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
                replace(key, before, before.in(life));
                overwrite(key, change.remainingLease().isPresent());
            }
            return;
        }
        long lease = leaseNanos(change, read, before);
        replace(key, before, new Kept<>(value, change.revision(), lease, life));
        restore(key);
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
    }

    private void forget(@Nullable Kept<T> before) {
        if (before != null && before.life() != life) {
            outlived.decrementAndGet();
        }
    }

    private void overwrite(String key, boolean hasLease) {
        overwritten.add(key);
        if (hasLease) {
            overwrittenForGoodNanos.remove(key);
        } else {
            overwrittenForGoodNanos.putIfAbsent(key, clocks.nanoTime());
        }
    }

    private void restore(String key) {
        if (overwritten.remove(key)) {
            overwrittenForGoodNanos.remove(key);
        }
    }

    private void remove(String key, Cause cause) {
        damaged.mended(key);
        drop(key, cause);
    }

    private void drop(String key, Cause cause) {
        restore(key);
        Kept<T> before = entries.remove(key);
        if (before != null) {
            forget(before);
            told.accept(new ReplicaChange<>(key, before.value(), null, cause));
        }
    }

    /**
     * Removes what has not been put back.
     *
     * @param sinceNanos since when there has been occasion to
     * @return how much more time the next to be lost has; {@link Long#MAX_VALUE} where there is none
     */
    long lose(long sinceNanos) {
        long now = clocks.nanoTime();
        long next = Long.MAX_VALUE;
        for (Map.Entry<String, Long> entry : List.copyOf(overwrittenForGoodNanos.entrySet())) {
            long passed = Math.min(now - sinceNanos, now - entry.getValue());
            next = Math.min(next, leftOrLost(entry.getKey(), passed));
        }
        if (hasOutlived()) {
            for (Map.Entry<String, Kept<T>> entry : entries.entrySet()) {
                if (entry.getValue().life() != life) {
                    next = Math.min(next, leftOrLost(entry.getKey(), now - sinceNanos));
                }
            }
        }
        return next;
    }

    /** How much of its lease is left to one that is not known to be there; without any it is lost. */
    private long leftOrLost(String key, long passedNanos) {
        Kept<T> kept = entries.get(key);
        if (kept != null && kept.leaseNanos() > passedNanos) {
            return kept.leaseNanos() - passedNanos;
        }
        drop(key, Cause.LOST);
        return Long.MAX_VALUE;
    }
}
