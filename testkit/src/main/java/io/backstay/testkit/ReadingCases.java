package io.backstay.testkit;

import io.backstay.spi.StateBatch;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateChange.Kind;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.TablePosition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Reading a table, whole or from where a reader was. */
abstract class ReadingCases extends LeaseCases {

    abstract int mostRemovalsRemembered();

    /** What a reader has that applies all pieces. */
    private static Map<String, String> copyOf(List<StateChanges> pieces) {
        Map<String, String> copy = new HashMap<>();
        for (StateChanges piece : pieces) {
            if (piece.reset()) {
                copy.clear();
            }
            for (StateChange change : piece.changes()) {
                if (change.kind() == Kind.PUT) {
                    copy.put(change.key(), text(change.value()));
                } else {
                    copy.remove(change.key());
                }
            }
        }
        return copy;
    }

    private static List<StateChange> changes(List<StateChanges> pieces) {
        return pieces.stream().flatMap(piece -> piece.changes().stream()).toList();
    }

    @Test
    @DisplayName("From the beginning on, all that is there is read, in the order of its last changes")
    void read_everything() {
        writeAll(puts("k", 0, 20));
        write(put("k3", "anew"));
        write(StateWrite.remove("k4"));

        StateChanges all = read(TablePosition.NONE);

        assertThat(all.changes()).isSortedAccordingTo((one, other) -> Long.compare(one.revision(), other.revision()));
        Map<String, String> copy = copyOf(List.of(all));
        assertThat(copy).hasSize(19).containsEntry("k3", "anew").doesNotContainKey("k4");
        assertThat(all.position()).isEqualTo(value(table.position()));
        assertThat(all.changes())
                .filteredOn(change -> change.kind() == Kind.PUT)
                .last()
                .satisfies(change -> assertThat(change.key()).isEqualTo("k3"));
    }

    @Test
    @DisplayName("From a position on, each entry that has changed since is read once, as it is now")
    void read_since() {
        writeAll(puts("k", 0, 20));
        TablePosition before = value(table.position());
        write(put("k1", "2"));
        write(put("k2", "2"));
        write(put("k1", "3"));
        write(put("new", "1"));

        StateChanges since = read(before);

        assertThat(since.reset()).isFalse();
        assertThat(since.changes()).extracting(StateChange::key).containsExactly("k2", "k1", "new");
        assertThat(since.changes()).extracting(change -> text(change.value())).containsExactly("2", "3", "1");
        assertThat(since.changes())
                .extracting(StateChange::revision)
                .containsExactly(before.revision() + 2, before.revision() + 3, before.revision() + 4);
    }

    @Test
    @DisplayName("A removal is among the changes since, unless the key was written again")
    void read_removals() {
        writeAll(puts("k", 0, 5));
        TablePosition before = value(table.position());
        write(StateWrite.remove("k1"));
        write(StateWrite.remove("k2"));
        write(put("k2", "again"));

        assertThat(read(before).changes())
                .extracting(change -> change.kind() + " " + change.key())
                .containsExactly("REMOVED k1", "PUT k2");
    }

    @Test
    @DisplayName("Where nothing has changed, nothing is read, and nothing is to be forgotten")
    void read_nothing() {
        TablePosition here = applied(table.apply(put("a", "1"))).position();

        assertThat(read(here)).isEqualTo(new StateChanges(false, List.of(), here, true));
    }

    @Test
    @DisplayName("Pieces are no longer than asked for, the last one alone is complete, and together they are all")
    void read_inPieces() {
        writeAll(puts("k", 0, 100));

        for (int limit : List.of(1, 7, 99, 100, 101)) {
            List<StateChanges> pieces = readOn(TablePosition.NONE, limit);

            assertThat(pieces).allMatch(piece -> piece.changes().size() <= limit);
            assertThat(changes(pieces))
                    .extracting(StateChange::key)
                    .containsExactlyElementsOf(
                            puts("k", 0, 100).stream().map(StateWrite::key).toList());
            assertThat(pieces.subList(1, pieces.size())).noneMatch(StateChanges::reset);
            assertThat(pieces.get(pieces.size() - 1).position()).isEqualTo(value(table.position()));
        }
    }

    @Test
    @DisplayName("A table of 10,000 entries that is read in pieces while it is changed is read as it is in the end")
    void read_whileChanged() {
        int size = 10_000;
        writeAll(puts("k", 0, size));
        StateTable writer = elsewhere();
        List<StateChanges> pieces = new ArrayList<>();
        StateChanges piece = value(table.changesSince(TablePosition.NONE, 250));
        pieces.add(piece);
        for (int round = 0; !piece.complete(); round++) {
            assertThat(round).as("reading comes to an end").isLessThan(2_000);
            if (round < 100) {
                applied(writer.apply(StateBatch.of(List.of(
                        put("k" + (round * 97 % size), "anew " + round),
                        put("added" + round, "x"),
                        StateWrite.remove("k" + (size - 1 - round)),
                        StateWrite.remove("added" + (round - 3))))));
            }
            piece = value(table.changesSince(piece.position(), 250));
            pieces.add(piece);
        }

        Map<String, String> copy = copyOf(pieces);
        assertThat(piece.position()).isEqualTo(value(table.position()));
        assertThat(copy).isEqualTo(copyOf(readOn(TablePosition.NONE, StateStore.MAX_CHANGES_READ)));
        assertThat(copy.size()).isGreaterThan(size - 200);
    }

    @Test
    @DisplayName("A position of another epoch, or one that the table never came to, is answered by everything")
    void read_fromNowhere() {
        writeAll(puts("k", 0, 3));
        TablePosition here = value(table.position());

        for (TablePosition nowhere : List.of(
                new TablePosition("another", here.revision()),
                new TablePosition("another", 0),
                new TablePosition(here.epoch(), here.revision() + 1_000))) {
            StateChanges all = read(nowhere);
            assertThat(all.reset()).as("%s", nowhere).isTrue();
            assertThat(all.changes()).hasSize(3);
            assertThat(all.position()).isEqualTo(here);
        }
    }

    @Test
    @DisplayName("Values of all lengths up to the greatest are read, in as many pieces as that takes")
    void read_greatValues() {
        Map<String, Integer> lengths = new HashMap<>();
        for (int i = 0; i < 24; i++) {
            int length = i % 3 == 0 ? StateStore.MAX_VALUE_BYTES : i * 1_000;
            lengths.put("k" + i, length);
            write(StateWrite.put("k" + i, new byte[length]));
        }

        Map<String, Integer> read = new HashMap<>();
        changes(readOn(TablePosition.NONE, StateStore.MAX_CHANGES_READ))
                .forEach(change -> read.put(change.key(), change.value() == null ? -1 : change.value().length));
        assertThat(read).isEqualTo(lengths);
    }

    @Test
    @DisplayName("A reader who is back after more removals than are remembered is told to forget what it knows")
    void read_afterForgottenRemovals() {
        write(put("old", "1"));
        TablePosition before = value(table.position());
        passThrough(mostRemovalsRemembered() + 1);

        List<StateChanges> pieces = readOn(before, 1_000);

        assertThat(pieces.get(0).reset()).isTrue();
        assertThat(copyOf(pieces)).isEqualTo(Map.of("old", "1"));
        TablePosition now = pieces.get(pieces.size() - 1).position();
        write(put("new", "1"));
        assertThat(read(now).reset()).as("who has been told is not told again").isFalse();
    }

    @Test
    @DisplayName("A first reading comes to its end also of entries that are older than all removals remembered")
    void read_whatIsOlderThanForgottenRemovals() {
        writeAll(puts("old", 0, 10));
        passThrough(mostRemovalsRemembered() + 1);

        List<StateChanges> pieces = readOn(TablePosition.NONE, 3);

        assertThat(copyOf(pieces)).hasSize(10);
        assertThat(pieces.subList(1, pieces.size())).noneMatch(StateChanges::reset);
    }

    /** Writes and removes as many entries. */
    private void passThrough(int many) {
        for (int i = 0; i < many; i += StateStore.MAX_BATCH_CHANGES) {
            List<StateWrite> written = puts("passing", i, Math.min(many, i + StateStore.MAX_BATCH_CHANGES));
            writeAll(written);
            writeAll(written.stream()
                    .map(write -> StateWrite.remove(write.key()))
                    .toList());
        }
    }

    @Test
    @DisplayName("No more than 10,000 changes can be asked for at once, and no fewer than one")
    void read_limits() {
        assertThatThrownBy(() -> table.changesSince(TablePosition.NONE, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> table.changesSince(TablePosition.NONE, StateStore.MAX_CHANGES_READ + 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(value(table.changesSince(TablePosition.NONE, StateStore.MAX_CHANGES_READ))
                        .complete())
                .isTrue();
    }
}
