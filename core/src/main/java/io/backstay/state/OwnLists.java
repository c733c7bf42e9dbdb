package io.backstay.state;

import io.backstay.spi.StateStore;
import io.backstay.spi.StateWrite;
import io.backstay.state.OwnEntry.Place;
import io.backstay.state.OwnEntry.Wish;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which own entries there are, and what each of them waits for: its time, a look, a write, a removal, or an answer of the store. Changed
 * by one thread at a time; what is {@link #kept} may be read by all.
 */
final class OwnLists {

    private static final Logger LOG = LoggerFactory.getLogger("io.backstay.state");

    private final String table;
    private final Map<String, OwnEntry> kept = new ConcurrentHashMap<>();
    private final Set<OwnEntry> notEnded = new LinkedHashSet<>();
    private final OwnAgenda agenda = new OwnAgenda();
    private final Deque<OwnEntry> looks = new ArrayDeque<>();
    private final Set<OwnEntry> writes = new LinkedHashSet<>();
    private final Set<OwnEntry> removals = new LinkedHashSet<>();

    OwnLists(String table) {
        this.table = table;
    }

    OwnAgenda agenda() {
        return agenda;
    }

    Collection<OwnEntry> kept() {
        return kept.values();
    }

    boolean isKept(String key) {
        return kept.containsKey(key);
    }

    @Nullable
    OwnEntry find(String key) {
        return kept.get(key);
    }

    /** A new entry; an earlier one of its key is given up. */
    void add(OwnEntry entry) {
        OwnEntry before = kept.put(entry.key(), entry);
        if (before != null) {
            giveUp(before);
        }
        notEnded.add(entry);
        toWrite(entry);
    }

    void toAgenda(OwnEntry entry, long dueNanos) {
        takeOut(entry);
        agenda.add(entry, dueNanos);
    }

    void toWrite(OwnEntry entry) {
        takeOut(entry);
        entry.place = Place.WRITES;
        writes.add(entry);
    }

    void toLook(OwnEntry entry) {
        takeOut(entry);
        entry.place = Place.LOOKS;
        looks.add(entry);
    }

    void toRemove(OwnEntry entry) {
        takeOut(entry);
        entry.place = Place.REMOVALS;
        removals.add(entry);
    }

    private void takeOut(OwnEntry entry) {
        switch (entry.place) {
            case AGENDA -> agenda.remove(entry);
            case LOOKS -> looks.remove(entry);
            case WRITES -> writes.remove(entry);
            case REMOVALS -> removals.remove(entry);
            case NOWHERE -> {}
        }
        entry.place = Place.NOWHERE;
    }

    @Nullable
    OwnEntry nextLook() {
        return looks.peek();
    }

    List<OwnEntry> writes() {
        return List.copyOf(writes);
    }

    /** The next writes that fit into a batch. */
    List<OwnEntry> nextWrites() {
        List<OwnEntry> batch = new ArrayList<>();
        long bytes = 0;
        for (OwnEntry entry : writes) {
            bytes += entry.bytes();
            if (batch.size() == StateStore.MAX_BATCH_CHANGES || bytes > StateStore.MAX_BATCH_BYTES) {
                break;
            }
            batch.add(entry);
        }
        return batch;
    }

    List<OwnEntry> nextRemovals() {
        return removals.stream().limit(StateStore.MAX_BATCH_CHANGES).toList();
    }

    boolean isAnythingLeft() {
        return !notEnded.isEmpty();
    }

    void depart(OwnEntry entry) {
        takeOut(entry);
        entry.underWay = true;
    }

    /** An answer is there; whether the entry still is to be kept. */
    boolean arrive(OwnEntry entry) {
        entry.underWay = false;
        return entry.wish == Wish.KEEP;
    }

    void startRemoving(OwnEntry entry) {
        if (entry.wish == Wish.KEEP) {
            entry.wish = Wish.REMOVE;
            kept.remove(entry.key(), entry);
            if (!entry.underWay) {
                goOnRemoving(entry);
            }
        }
    }

    /** What is next for one that is no longer to be kept. */
    void goOnRemoving(OwnEntry entry) {
        if (entry.wish != Wish.REMOVE) {
            return;
        }
        if (entry.expected > StateWrite.ABSENT) {
            toRemove(entry);
        } else if (entry.mayBeThere()) {
            toLook(entry);
        } else {
            end(entry);
        }
    }

    /** What is to be removed and cannot be goes by its lease some time. */
    void endWhatHasGone(long nowNanos) {
        for (OwnEntry entry : List.copyOf(notEnded)) {
            if (entry.wish == Wish.REMOVE && !entry.underWay && entry.isSurelyGone(nowNanos)) {
                end(entry);
            }
        }
    }

    /** It is somebody else's. */
    void giveUp(OwnEntry entry) {
        if (entry.wish == Wish.KEEP) {
            end(entry);
            LOG.atWarn()
                    .addKeyValue("table", table)
                    .addKeyValue("key", entry.key())
                    .log("[{}] {} was put by somebody else and is given up here", table, entry.key());
            entry.replaced();
        }
    }

    void end(OwnEntry entry) {
        entry.wish = Wish.ENDED;
        kept.remove(entry.key(), entry);
        notEnded.remove(entry);
        takeOut(entry);
        entry.unhold();
        entry.removed.complete(null);
    }

    void endAll() {
        List.copyOf(notEnded).forEach(this::end);
    }
}
