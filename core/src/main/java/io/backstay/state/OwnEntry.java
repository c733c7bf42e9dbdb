package io.backstay.state;

import io.backstay.spi.StateEntry;
import io.backstay.spi.StateWrite;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An entry that this process keeps in a table, see {@link OwnEntries}. Thread-safe; nothing here waits for the store.
 */
public final class OwnEntry implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.state");

    /** The expected version of an entry that was never written: whatever is there, the later wins. */
    static final long ANY = -1;

    private static final Duration SHORTEST_LEASE = Duration.ofMillis(10);
    private static final Duration LONGEST_LEASE = Duration.ofDays(366);
    private static final int MOST_LOST = 4;
    /** Such a part of a lease passes at least until what is nobody's in its place is written over once more. */
    private static final int MENDINGS_PER_LEASE = 10;

    /** Where the keeper has it; on its way to the store it is in no list. */
    enum Place {
        NOWHERE,
        AGENDA,
        LOOKS,
        WRITES,
        REMOVALS
    }

    /** What is wanted of it. */
    enum Wish {
        KEEP,
        REMOVE,
        ENDED
    }

    private record Held(Instant since, long untilNanos) {}

    private final OwnKeeper keeper;
    private final String key;
    private final int keyBytes;
    private final Consumer<OwnEntry> onReplaced;
    final CompletableFuture<Void> removed = new CompletableFuture<>();

    private volatile @Nullable Held held;
    private volatile boolean replaced;

    // Touched by the keeper alone.
    Place place = Place.NOWHERE;
    Wish wish = Wish.KEEP;
    boolean underWay;
    long dueNanos;
    /** At which version it must be for the next write: {@link #ANY}, absent, or the one that was last seen. */
    long expected = ANY;
    /** The highest version that was ever this entry's. */
    private long ownVersion;
    /** By when it is surely gone from the table unless it is renewed. */
    private long goneNanos;

    private boolean mended;
    private long mendedNanos;

    private byte[] value;
    /** What the table holds as far as is known, or is being sent. */
    private byte @Nullable [] written;
    /** Octets of writes that may have been done although nothing came back. */
    private final List<byte[]> lost = new ArrayList<>();

    private final Supplier<Duration> leases;
    private long leaseNanos;

    OwnEntry(OwnKeeper keeper, String key, byte[] value, Supplier<Duration> leases, Consumer<OwnEntry> onReplaced) {
        this.keeper = keeper;
        this.key = key;
        this.keyBytes = StateWrite.checkKey(key);
        this.value = value;
        this.leases = leases;
        this.onReplaced = onReplaced;
        nextLease();
    }

    /** Its key. */
    public String key() {
        return key;
    }

    /** Whether it is in the table, as far as is known: written or renewed no longer than its lease ago. */
    public boolean isHeld() {
        return heldSince().isPresent();
    }

    /** Since when it is in the table without a break, by the wall clock; nothing when it is not held. */
    public Optional<Instant> heldSince() {
        Held now = held;
        return now == null || keeper.nanoTime() - now.untilNanos() >= 0 ? Optional.empty() : Optional.of(now.since());
    }

    /** Whether it was given up here because somebody else has put an entry under the same key. */
    public boolean isReplaced() {
        return replaced;
    }

    /**
     * Gives it another value, soon. Of several in a short time the last is sure to be written. Does nothing once it was removed, left or
     * replaced.
     *
     * @param value not to be changed any more
     * @throws IllegalArgumentException when it is too long
     */
    public void update(byte[] value) {
        checkValue(key, value);
        keeper.update(this, value);
    }

    static void checkValue(String key, byte[] value) {
        StateWrite.put(key, value);
    }

    /**
     * Removes it from the table, unless it is somebody else's by now, and keeps it no longer.
     *
     * @return done once it is gone, or will go by its lease
     */
    public CompletableFuture<Void> remove() {
        keeper.remove(this);
        return removed.copy();
    }

    /** Keeps it no longer, but leaves it in the table until its lease ends. */
    public void leave() {
        keeper.leave(this);
    }

    /** The same as {@link #remove()}, without a word of how it goes. May be called twice. */
    @Override
    public void close() {
        keeper.remove(this);
    }

    @Override
    public String toString() {
        return "own entry " + key + (replaced ? ", replaced" : isHeld() ? ", held" : ", not held");
    }

    // What follows is the keeper's.

    void value(byte[] next) {
        value = next;
    }

    @SuppressWarnings("ReferenceEquality") // whether it is the very array that was sent
    boolean isWritten() {
        return value == written;
    }

    int bytes() {
        return keyBytes + value.length;
    }

    long leaseNanos() {
        return leaseNanos;
    }

    /** Asks how long it is to stay, from now on. */
    Duration nextLease() {
        Duration lease = SHORTEST_LEASE;
        try {
            lease = leases.get();
        } catch (RuntimeException e) {
            LOG.error("the lease of {} cannot be told", key, e);
        }
        lease = lease.compareTo(SHORTEST_LEASE) < 0 ? SHORTEST_LEASE : lease;
        lease = lease.compareTo(LONGEST_LEASE) > 0 ? LONGEST_LEASE : lease;
        leaseNanos = lease.toNanos();
        return lease;
    }

    StateWrite write() {
        written = value;
        StateWrite write = StateWrite.put(key, value).withLease(nextLease());
        return expected == ANY ? write : write.ifVersion(expected);
    }

    /** Its last write, or its renewal that was asked for then, has been done. */
    void hold(long version, long sinceNanos, Instant now) {
        expected = version;
        ownVersion = Math.max(ownVersion, version);
        goneNanos = sinceNanos + leaseNanos;
        Held before = held;
        held = new Held(before == null ? now : before.since(), goneNanos);
    }

    /** It is no longer in the table. */
    void unhold() {
        held = null;
    }

    void gone() {
        unhold();
        expected = expected == ANY ? ANY : StateWrite.ABSENT;
    }

    boolean isSurelyGone(long nowNanos) {
        return nowNanos - goneNanos >= 0;
    }

    /** Nothing came back of its last write. */
    void loseAnswer(long sentNanos) {
        if (written != null && !isOwn(written)) {
            if (lost.size() == MOST_LOST) {
                lost.remove(0);
            }
            lost.add(written);
        }
        goneNanos = sentNanos + leaseNanos;
        written = null;
    }

    /** Its last write was surely not done. */
    void notWritten() {
        written = null;
    }

    boolean mayBeThere() {
        return expected > StateWrite.ABSENT || !lost.isEmpty();
    }

    boolean isOwn(byte[] octets) {
        return lost.stream().anyMatch(mine -> Arrays.equals(mine, octets));
    }

    /** Whether a version is from before this entry was last written: the table has gone back to an older state then. */
    boolean isNoLaterThanOwn(long version) {
        return version <= ownVersion;
    }

    /** How long what is nobody's in its place is left there, so that whoever writes it does not set the pace. */
    long untilMending(long nowNanos) {
        return mended ? Math.max(0, leaseNanos / MENDINGS_PER_LEASE - (nowNanos - mendedNanos)) : 0;
    }

    void mending(long nowNanos) {
        mended = true;
        mendedNanos = nowNanos;
    }

    /** What is there is of a write of this entry whose answer was lost. */
    void recognise(StateEntry found) {
        written = Arrays.equals(value, found.value()) ? value : found.value();
    }

    void replaced() {
        replaced = true;
        try {
            onReplaced.accept(this);
        } catch (RuntimeException | Error e) {
            LOG.error("the owner of {} failed when it was told that it was replaced", key, e);
        }
    }
}
