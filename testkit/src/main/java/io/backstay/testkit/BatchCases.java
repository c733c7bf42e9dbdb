package io.backstay.testkit;

import io.backstay.spi.StateBatch;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateChange.Kind;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateWrite;
import io.backstay.spi.StateWritten;
import io.backstay.spi.TablePosition;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Several changes at once. */
abstract class BatchCases extends EntryCases {

    @Test
    @DisplayName("The changes of a batch have consecutive versions in its order")
    void batch_isDoneInOrder() {
        long before = write(put("old", "x"));

        StateWritten written = applied(table.apply(
                StateBatch.of(List.of(put("b", "1"), put("a", "2"), StateWrite.remove("old"), put("c", "3")))));

        assertThat(written.versions()).containsExactly(before + 1, before + 2, before + 3, before + 4);
        assertThat(written.position().revision()).isEqualTo(before + 4);
        assertThat(read(TablePosition.NONE).changes())
                .filteredOn(change -> change.kind() == Kind.PUT)
                .extracting(StateChange::key)
                .containsExactly("b", "a", "c");
    }

    @Test
    @DisplayName("A condition in the middle that does not hold lets nothing of a batch be done, and is named")
    void batch_conflictInTheMiddle() {
        long version = write(put("middle", "1"));
        write(put("removed", "1"));
        StateChanges before = read(TablePosition.NONE);

        StateWritten refused = refused(table.apply(StateBatch.of(List.of(
                put("first", "x").ifAbsent(),
                StateWrite.remove("removed"),
                put("middle", "x").ifVersion(version + 100),
                put("last", "x")))));

        assertThat(refused.conflict()).contains("middle");
        assertThat(refused.position()).isEqualTo(before.position());
        assertThat(get("first")).isEmpty();
        assertThat(get("last")).isEmpty();
        assertThat(get("removed")).isPresent();
        assertThat(entry("middle").version()).isEqualTo(version);
        assertThat(value(table.position())).isEqualTo(before.position());
    }

    @Test
    @DisplayName("A condition at the end that does not hold lets nothing of a batch be done")
    void batch_conflictAtTheEnd() {
        List<StateWrite> writes = new ArrayList<>(puts("k", 0, 500));
        writes.add(put("missing", "x").ifVersion(1));

        assertThat(refused(table.apply(StateBatch.of(writes))).conflict()).contains("missing");
        assertThat(read(TablePosition.NONE).changes()).isEmpty();
    }

    @Test
    @DisplayName("All conditions of a batch are about what was there before it")
    void batch_withConditionsThatHold() {
        long a = write(put("a", "1"));
        long b = write(put("b", "1"));

        applied(table.apply(StateBatch.of(List.of(
                put("a", "2").ifVersion(a),
                StateWrite.remove("b").ifVersion(b),
                put("c", "1").ifAbsent()))));

        assertThat(text(entry("a").value())).isEqualTo("2");
        assertThat(get("b")).isEmpty();
        assertThat(get("c")).isPresent();
    }

    @Test
    @DisplayName("A batch for a position is done where nothing has changed since")
    void batch_ifAt() {
        TablePosition first = value(table.position());
        TablePosition second =
                applied(table.apply(StateBatch.of(put("a", "1")).ifAt(first))).position();

        StateWritten refused = refused(table.apply(StateBatch.of(put("b", "1")).ifAt(first)));

        assertThat(refused.conflict()).isEmpty();
        assertThat(refused.position()).isEqualTo(second);
        assertThat(get("b")).isEmpty();
        applied(table.apply(StateBatch.of(put("b", "1")).ifAt(second)));
    }

    @Test
    @DisplayName("A batch for a position of another epoch is not done")
    void batch_ifAtAnotherEpoch() {
        TablePosition here = applied(table.apply(put("a", "1"))).position();

        for (TablePosition other : List.of(TablePosition.NONE, new TablePosition("another", here.revision()))) {
            refused(table.apply(StateBatch.of(put("b", "1")).ifAt(other)));
        }
        assertThat(get("b")).isEmpty();
    }

    @Test
    @DisplayName("Removals of what is not there take no revision, beside changes that do")
    void batch_withRemovalsOfNothing() {
        long before = write(put("a", "1"));

        StateWritten mixed = applied(
                table.apply(StateBatch.of(List.of(StateWrite.remove("x"), put("b", "1"), StateWrite.remove("y")))));
        assertThat(mixed.versions()).containsExactly(StateWrite.ABSENT, before + 1, StateWrite.ABSENT);

        StateWritten nothing =
                applied(table.apply(StateBatch.of(List.of(StateWrite.remove("x"), StateWrite.remove("y")))));
        assertThat(nothing.versions()).containsExactly(StateWrite.ABSENT, StateWrite.ABSENT);
        assertThat(nothing.position()).isEqualTo(mixed.position());
    }

    @Test
    @DisplayName("A batch of 1,024 changes is done, one of 1,025 cannot be made")
    void batch_ofAllChangesAllowed() {
        StateWritten written = applied(table.apply(StateBatch.of(puts("k", 0, StateStore.MAX_BATCH_CHANGES))));

        assertThat(written.versions()).hasSize(StateStore.MAX_BATCH_CHANGES).isSorted();
        assertThat(text(entry("k1023").value())).isEqualTo("value of 1023");
        assertThatThrownBy(() -> StateBatch.of(puts("k", 0, StateStore.MAX_BATCH_CHANGES + 1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StateBatch.of(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StateBatch.of(List.of(put("a", "1"), StateWrite.remove("a"))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("A batch of 1 MiB is done, one with an octet more cannot be made")
    void batch_ofAllOctetsAllowed() {
        int value = StateStore.MAX_BATCH_BYTES / 4 - 1;
        List<StateWrite> writes = new ArrayList<>();
        for (String key : List.of("a", "b", "c", "d")) {
            writes.add(StateWrite.put(key, new byte[value]));
        }
        applied(table.apply(StateBatch.of(writes)));

        assertThat(entry("d").value()).hasSize(value);
        writes.set(3, StateWrite.put("dd", new byte[value]));
        assertThatThrownBy(() -> StateBatch.of(writes)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("A batch that a replica must hold is done as any other, or refused as any other")
    void batch_durable() {
        long version = applied(table.apply(
                        StateBatch.of(List.of(put("a", "1"), put("b", "1"))).durable()))
                .versions()
                .get(0);

        assertThat(entry("a").version()).isEqualTo(version);
        refused(table.apply(StateBatch.of(put("a", "2").ifAbsent()).durable()));
        assertThat(text(entry("a").value())).isEqualTo("1");
    }
}
