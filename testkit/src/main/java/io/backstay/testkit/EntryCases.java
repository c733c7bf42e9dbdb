package io.backstay.testkit;

import io.backstay.spi.StateChanges;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.StateWritten;
import io.backstay.spi.TablePosition;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Single entries: values, keys, versions, tables. */
abstract class EntryCases extends StateFixture {

    @Test
    @DisplayName("A key that nobody has written is absent")
    void get_ofNothing() {
        assertThat(get("never")).isEmpty();
    }

    @Test
    @DisplayName("What was written is there, at the table's revision as its version, without a lease")
    void put_thenGet() {
        StateWritten written = applied(table.apply(put("a", "1")));

        StateEntry entry = entry("a");
        assertThat(text(entry.value())).isEqualTo("1");
        assertThat(entry.key()).isEqualTo("a");
        assertThat(entry.version()).isEqualTo(written.versions().get(0));
        assertThat(entry.version()).isEqualTo(written.position().revision());
        assertThat(entry.remainingLease()).isEmpty();
        assertThat(value(table.position())).isEqualTo(written.position());
    }

    @Test
    @DisplayName("Another process reads what this one has written")
    void put_isSeenElsewhere() {
        long version = write(put("a", "1"));

        assertThat(value(elsewhere().get("a")).orElseThrow().version()).isEqualTo(version);
    }

    @Test
    @DisplayName("Each write counts the table's revision up by one")
    void versions_areConsecutive() {
        long first = write(put("a", "1"));

        assertThat(write(put("b", "1"))).isEqualTo(first + 1);
        assertThat(write(put("a", "2"))).isEqualTo(first + 2);
        assertThat(write(put("a", "2"))).isEqualTo(first + 3);
        assertThat(write(StateWrite.remove("b"))).isEqualTo(first + 4);
        assertThat(text(entry("a").value())).isEqualTo("2");
    }

    @Test
    @DisplayName("All 256 octets come back as they were")
    void value_ofAllOctets() {
        byte[] all = new byte[256 * 3];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) (i * 7);
        }
        write(StateWrite.put("binary", all));

        assertThat(entry("binary").value()).isEqualTo(all);
        assertThat(read(TablePosition.NONE).changes().get(0).value()).isEqualTo(all);
    }

    @Test
    @DisplayName("An empty value is a value")
    void value_ofNoOctets() {
        long version = write(StateWrite.put("empty", new byte[0]));

        assertThat(entry("empty").value()).isEmpty();
        assertThat(refused(table.apply(put("empty", "x").ifAbsent())).conflict())
                .contains("empty");
        write(put("empty", "x").ifVersion(version));
    }

    @Test
    @DisplayName("Keys of all scripts, and of characters that mean something to stores, are told apart")
    void keys_ofAllSorts() {
        List<String> keys = List.of(
                "ключ", "鍵", "مفتاح", "🔑", "\u00e9", "e\u0301", "\uffff", "\u2028", " ", "  ", "a b", "{a}", "{a}b",
                "a*", "a?", "[a]", "\\", "\"", "'", "%s", "a:b", "a|b", "A", "a", "0", "-1", "nil", "null");
        List<StateWrite> writes = new ArrayList<>();
        keys.forEach(key -> writes.add(put(key, "value of " + key)));
        writeAll(writes);

        for (String key : keys) {
            assertThat(text(entry(key).value())).isEqualTo("value of " + key);
        }
        assertThat(read(TablePosition.NONE).changes())
                .extracting(change -> change.key())
                .containsExactlyElementsOf(keys);
    }

    @Test
    @DisplayName("Key and value may be as long as they are allowed to be")
    void sizes_atTheLimit() {
        String ascii = "k".repeat(StateStore.MAX_KEY_BYTES);
        String wide = "🔑".repeat(StateStore.MAX_KEY_BYTES / 4);
        byte[] value = new byte[StateStore.MAX_VALUE_BYTES];
        value[value.length - 1] = 7;
        for (String key : List.of(ascii, wide)) {
            write(StateWrite.put(key, value));
            assertThat(entry(key).value()).isEqualTo(value);
        }
    }

    @Test
    @DisplayName("A key or a value that is one octet longer is refused before anything is sent")
    void sizes_beyondTheLimit() {
        String tooLong = "k".repeat(StateStore.MAX_KEY_BYTES + 1);

        assertThatThrownBy(() -> table.get(tooLong)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> table.get("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> table.get("a\nb")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> put(tooLong, "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StateWrite.put("k", new byte[StateStore.MAX_VALUE_BYTES + 1]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("What was removed is gone, and removing it again changes nothing")
    void remove_twice() {
        long version = write(put("a", "1"));
        StateWritten removed = applied(table.apply(StateWrite.remove("a")));

        assertThat(removed.versions()).containsExactly(version + 1);
        assertThat(get("a")).isEmpty();
        StateWritten again = applied(table.apply(StateWrite.remove("a")));
        assertThat(again.versions()).containsExactly(StateWrite.ABSENT);
        assertThat(again.position()).isEqualTo(removed.position());
    }

    @Test
    @DisplayName("What is written after a removal has a version that was never seen")
    void versions_afterARemoval() {
        long first = write(put("a", "1"));
        write(StateWrite.remove("a"));

        assertThat(write(put("a", "1"))).isEqualTo(first + 2);
        assertThat(refused(table.apply(put("a", "2").ifVersion(first))).conflict())
                .contains("a");
    }

    @Test
    @DisplayName("A write for a version is done at that version only")
    void put_ifVersion() {
        long first = write(put("a", "1"));
        long second = write(put("a", "2").ifVersion(first));

        StateWritten refused = refused(table.apply(put("a", "3").ifVersion(first)));

        assertThat(refused.conflict()).contains("a");
        assertThat(refused.position().revision()).isEqualTo(second);
        assertThat(text(entry("a").value())).isEqualTo("2");
        refused(table.apply(put("a", "3").ifVersion(second + 1)));
        refused(table.apply(put("b", "3").ifVersion(second)));
    }

    @Test
    @DisplayName("A write for an absent entry is done once, and again after a removal")
    void put_ifAbsent() {
        write(put("a", "1").ifAbsent());

        assertThat(refused(table.apply(put("a", "2").ifAbsent())).conflict()).contains("a");
        write(StateWrite.remove("a"));
        write(put("a", "3").ifAbsent());
        assertThat(text(entry("a").value())).isEqualTo("3");
    }

    @Test
    @DisplayName("A removal for a version is done at that version only")
    void remove_ifVersion() {
        long first = write(put("a", "1"));
        long second = write(put("a", "2"));

        refused(table.apply(StateWrite.remove("a").ifVersion(first)));
        assertThat(get("a")).isPresent();
        assertThat(write(StateWrite.remove("a").ifVersion(second))).isEqualTo(second + 1);
        refused(table.apply(StateWrite.remove("a").ifVersion(second)));
        assertThat(write(StateWrite.remove("a").ifAbsent())).isEqualTo(StateWrite.ABSENT);
    }

    @Test
    @DisplayName("A table has a name of small letters, digits and three signs, up to 64 of them")
    void tables_areNamed() {
        for (String name : List.of("0", "a.b-c_d", "t".repeat(64))) {
            assertThat(store.table(name).name()).isEqualTo(name);
        }
        for (String name : List.of("", "A", "-a", ".a", "_a", "a b", "a{b}", "ä", "a/b", "t".repeat(65))) {
            assertThatThrownBy(() -> store.table(name)).as(name).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    @DisplayName("A store gives the same table for the same name")
    void tables_areTheSameByName() {
        assertThat(store.table(table.name())).isSameAs(table);
    }

    @Test
    @DisplayName("Tables know nothing of each other")
    void tables_areIndependent() {
        StateTable other = newTable();
        write(put("a", "1"));
        TablePosition before = value(other.position());

        write(put("a", "2"));

        assertThat(value(other.get("a"))).isEmpty();
        assertThat(value(other.position())).isEqualTo(before);
        assertThat(value(other.changesSince(TablePosition.NONE, 10)).changes()).isEmpty();
        applied(other.apply(put("a", "other")));
        assertThat(text(entry("a").value())).isEqualTo("2");
    }

    @Test
    @DisplayName("A table that nobody has written is empty, and stays where it is")
    void table_thatIsNew() {
        StateChanges all = read(TablePosition.NONE);

        assertThat(all.changes()).isEmpty();
        assertThat(all.position()).isEqualTo(value(table.position()));
        assertThat(value(elsewhere().position())).isEqualTo(all.position());
        StateChanges since = read(all.position());
        assertThat(since.reset()).isFalse();
        assertThat(since.changes()).isEmpty();
        assertThat(since.position()).isEqualTo(all.position());
        assertThat(write(put("a", "1"))).isEqualTo(all.position().revision() + 1);
    }
}
