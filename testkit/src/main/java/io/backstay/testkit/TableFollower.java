package io.backstay.testkit;

import io.backstay.spi.StateChange;
import io.backstay.spi.StateChange.Kind;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateTable;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TableWatcher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A reader as {@link TableWatcher} describes it: applies what comes in order, reads where there is a gap. Remembers what it was told
 * and what was wrong with it. Thread-safe.
 */
final class TableFollower implements TableWatcher, AutoCloseable {

    private static final int PIECE = 500;

    private final StateTable table;
    private final StateTable.Watch watch;
    private final Map<String, StateChange> copy = new HashMap<>();
    private final Set<Long> heard = new TreeSet<>();
    private final List<StateChange> events = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();
    private TablePosition position = TablePosition.NONE;
    private TablePosition told = TablePosition.NONE;
    private int connects;
    private int resets;
    private boolean reading;
    private boolean again;

    TableFollower(StateTable table) {
        this.table = table;
        this.watch = table.watch(this);
    }

    @Override
    public synchronized void onConnect() {
        connects++;
        told = TablePosition.NONE;
        read();
    }

    @Override
    public synchronized void onChange(TablePosition to, List<StateChange> changes) {
        if (connects == 0) {
            wrong.add("a change was told before the watch had begun");
        }
        if (told.sameEpoch(to) && to.revision() <= told.revision()) {
            wrong.add("told of " + to + " after " + told);
        }
        told = to;
        checkOrder(to, changes);
        changes.forEach(change -> heard.add(change.revision()));
        events.addAll(changes);
        boolean follows = !changes.isEmpty()
                && !reading
                && position.sameEpoch(to)
                && changes.get(0).revision() <= position.revision() + 1;
        if (follows) {
            changes.stream()
                    .filter(change -> change.revision() > position.revision())
                    .forEach(this::apply);
            position = to.revision() > position.revision() ? to : position;
        } else {
            read();
        }
    }

    private void checkOrder(TablePosition to, List<StateChange> changes) {
        long expected = to.revision() - changes.size();
        for (StateChange change : changes) {
            if (change.revision() != ++expected) {
                wrong.add(change + " at the place of " + expected + " in a message that comes to " + to);
            }
        }
    }

    private void apply(StateChange change) {
        if (change.kind() == Kind.PUT) {
            copy.put(change.key(), change);
        } else {
            copy.remove(change.key());
        }
    }

    private void read() {
        if (reading) {
            again = true;
            return;
        }
        reading = true;
        again = false;
        readOn();
    }

    private void readOn() {
        table.changesSince(position, PIECE).whenComplete((changes, thrown) -> {
            if (thrown != null) {
                stopped();
            } else {
                take(changes);
            }
        });
    }

    private synchronized void stopped() {
        reading = false;
    }

    private synchronized void take(StateChanges changes) {
        if (changes.reset()) {
            copy.clear();
            resets++;
        }
        changes.changes().forEach(this::apply);
        position = changes.position();
        if (!changes.complete()) {
            readOn();
            return;
        }
        reading = false;
        if (again) {
            read();
        }
    }

    /** Where it is. */
    synchronized TablePosition position() {
        return position;
    }

    /** What it has of a key; null for nothing. */
    synchronized @Nullable StateChange change(String key) {
        return copy.get(key);
    }

    /** All it has, as text by key. */
    synchronized Map<String, String> texts() {
        Map<String, String> texts = new HashMap<>();
        copy.forEach((key, change) -> texts.put(key, StateFixture.text(change.value())));
        return texts;
    }

    /** The changes that messages have told along, in the order in which they came. */
    synchronized List<StateChange> events() {
        return List.copyOf(events);
    }

    /** Their revisions. */
    synchronized Set<Long> heard() {
        return new TreeSet<>(heard);
    }

    /** What broke the rules so far. */
    synchronized List<String> wrong() {
        return List.copyOf(wrong);
    }

    synchronized int connects() {
        return connects;
    }

    synchronized int resets() {
        return resets;
    }

    @Override
    public void close() {
        watch.close();
    }
}
