package io.backstay.state.memory;

import io.backstay.spi.StateBatch;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateChange.Kind;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateWrite;
import io.backstay.spi.StateWritten;
import io.backstay.spi.TablePosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a table holds in one epoch. Knows neither clock nor lock: it is told the time in nanoseconds, and {@link MemoryTable} lets one
 * thread at a time use it.
 */
final class TableState {

    /** Stands in the epoch of a reader's position before the revision at which it has begun to read everything. */
    private static final String BEGUN_AT = "~";

    private final Map<String, Slot> slots = new HashMap<>();
    private final ChangeLog log = new ChangeLog();
    private final LeaseHeap leases = new LeaseHeap();
    private final Removals removals = new Removals();
    private final String epoch;
    private long revision;
    /** Of the last removal that is no longer remembered: who knows less cannot be told what has gone. */
    private long forgottenRevision;

    private int entries;
    private long size;

    /**
     * An empty one.
     *
     * @param revision before its first change
     */
    TableState(String epoch, long revision) {
        this.epoch = epoch;
        this.revision = revision;
        this.forgottenRevision = revision;
    }

    /** The same entries at the same versions in a new epoch, each with all of its lease before it. */
    TableState inNewEpoch(String newEpoch, long newRevision, long now) {
        TableState copy = new TableState(newEpoch, newRevision);
        for (Slot slot : log.after(0, Integer.MAX_VALUE)) {
            if (slot.isEntry()) {
                copy.hold(new Slot(
                        Kind.PUT, slot.key, slot.value, slot.revision, slot.leaseNanos, now + slot.leaseNanos));
            }
        }
        return copy;
    }

    TablePosition position() {
        return new TablePosition(epoch, revision);
    }

    int entries() {
        return entries;
    }

    /** What it takes of a store's room. */
    long size() {
        return size;
    }

    int remembered() {
        return slots.size() - entries;
    }

    boolean hasLeases() {
        return !leases.isEmpty();
    }

    Optional<StateEntry> get(String key, long now) {
        Slot slot = live(key, now);
        return slot == null ? Optional.empty() : Optional.of(slot.entry(now));
    }

    private @Nullable Slot live(String key, long now) {
        Slot slot = slots.get(key);
        return slot == null || !slot.isEntry() || slot.hasExpired(now) ? null : slot;
    }

    /** Makes all changes of a batch or none, and adds them to what is to be told. */
    StateWritten apply(StateBatch batch, long now, List<StateChange> told) {
        TablePosition before = position();
        if (batch.expected().filter(position -> !position.equals(before)).isPresent()) {
            return StateWritten.refused(before, null);
        }
        for (StateWrite write : batch.writes()) {
            if (!holds(write, now)) {
                return StateWritten.refused(before, write.key());
            }
        }
        List<Long> versions = new ArrayList<>(batch.writes().size());
        for (StateWrite write : batch.writes()) {
            versions.add(make(write, now, told));
        }
        forgetRemovals(now);
        return StateWritten.applied(position(), versions);
    }

    private boolean holds(StateWrite write, long now) {
        OptionalLong expected = write.expectedVersion();
        if (expected.isEmpty()) {
            return true;
        }
        Slot slot = live(write.key(), now);
        return expected.getAsLong() == (slot == null ? StateWrite.ABSENT : slot.revision);
    }

    private long make(StateWrite write, long now, List<StateChange> told) {
        byte[] value = write.value();
        if (value == null && live(write.key(), now) == null) {
            return StateWrite.ABSENT;
        }
        Kind kind = value == null ? Kind.REMOVED : Kind.PUT;
        long lease = write.lease().map(Duration::toNanos).orElse(0L);
        return change(new Slot(kind, write.key(), value, revision + 1, lease, now + lease), now, told);
    }

    private long change(Slot slot, long now, List<StateChange> told) {
        revision = slot.revision;
        hold(slot);
        told.add(slot.change(now));
        return slot.revision;
    }

    private void hold(Slot slot) {
        Slot before = slots.put(slot.key, slot);
        if (before != null) {
            leave(before);
        }
        log.add(slot);
        size += slot.size();
        if (slot.isLeased()) {
            leases.add(slot);
        }
        if (slot.isEntry()) {
            entries++;
        } else {
            removals.add(slot);
        }
    }

    private void leave(Slot slot) {
        log.remove(slot);
        size -= slot.size();
        if (slot.isLeased()) {
            leases.remove(slot);
        }
        if (slot.isEntry()) {
            entries--;
        }
    }

    private void forgetRemovals(long now) {
        removals.trim(entries, now, slot -> slots.get(slot.key) == slot, slot -> {
            slots.remove(slot.key);
            leave(slot);
            forgottenRevision = slot.revision;
        });
    }

    /** Gives a lease its time from now on, unless its entry is gone or another one. */
    boolean renew(StateLease lease, long now) {
        Slot slot = live(lease.key(), now);
        if (slot == null || slot.revision != lease.version()) {
            return false;
        }
        if (slot.isLeased()) {
            slot.leaseNanos = lease.time().toNanos();
            slot.atNanos = now + slot.leaseNanos;
            leases.moved(slot);
        }
        return true;
    }

    /** Removes up to so many entries whose lease has run out. */
    void expire(int most, long now, List<StateChange> told) {
        for (int i = 0; i < most && hasExpired(now); i++) {
            Slot first = leases.first();
            if (first != null) {
                change(new Slot(Kind.EXPIRED, first.key, null, revision + 1, 0, now), now, told);
            }
        }
        forgetRemovals(now);
    }

    /** Whether an entry's lease has run out that is still there. */
    boolean hasExpired(long now) {
        Slot first = leases.first();
        return first != null && first.hasExpired(now);
    }

    /**
     * Gives one more lease to everybody who may have been kept from renewing.
     *
     * @param pause how long nothing has happened, which matters to leases that are no longer than three times as much
     * @param lastSeen what had expired by then stays so
     */
    void excuse(long pause, long lastSeen, long now) {
        leases.update(slot -> {
            boolean expiredBefore = slot.atNanos - lastSeen <= 0;
            if (!expiredBefore && slot.leaseNanos / 3 < pause && slot.atNanos - now < slot.leaseNanos) {
                slot.atNanos = now + slot.leaseNanos;
            }
        });
    }

    /**
     * What a reader has yet to be told. A reader of everything needs the removals alone that came after it had begun, while one that
     * is back after a long time needs all of them; so the former's position says where it has begun.
     */
    StateChanges changesSince(TablePosition from, int limit, long now) {
        forgetRemovals(now);
        long begun = begunAt(from);
        boolean reset = begun < forgottenRevision || from.revision() > revision;
        long since = reset ? 0 : from.revision();
        long needed = reset ? revision : begun;
        List<Slot> found = log.after(since, limit + 1);
        boolean complete = found.size() <= limit;
        List<StateChange> changes = new ArrayList<>(found.size());
        for (Slot slot : complete ? found : found.subList(0, limit)) {
            if (slot.isEntry() || slot.revision > needed) {
                changes.add(slot.change(now));
            }
        }
        if (complete) {
            return new StateChanges(reset, changes, position(), true);
        }
        boolean inPart = reset || !from.epoch().equals(epoch);
        String readersEpoch = inPart ? epoch + BEGUN_AT + needed : epoch;
        return new StateChanges(reset, changes, new TablePosition(readersEpoch, found.get(limit - 1).revision), false);
    }

    /** From which revision on a reader has been told everything or will be; -1 when it knows nothing of this epoch. */
    private long begunAt(TablePosition from) {
        if (from.epoch().equals(epoch)) {
            return from.revision();
        }
        String prefix = epoch + BEGUN_AT;
        if (!from.epoch().startsWith(prefix)) {
            return -1;
        }
        try {
            return Long.parseLong(from.epoch(), prefix.length(), from.epoch().length(), 10);
        } catch (NumberFormatException foreign) {
            return -1;
        }
    }
}
