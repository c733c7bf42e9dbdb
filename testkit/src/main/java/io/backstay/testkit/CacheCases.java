package io.backstay.testkit;

import io.backstay.spi.CacheStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Hits, misses, expiry, limits. */
abstract class CacheCases extends CacheFixture {

    @Test
    @DisplayName("What nobody has put is a miss")
    void get_ofNothing() {
        assertMiss("never");
    }

    @Test
    @DisplayName("What was put is a hit, as often as it is asked for")
    void get_ofWhatWasPut() {
        put("a", "1");

        assertHit("a", "1");
        assertHit("a", "1");
        assertMiss("b");
    }

    @Test
    @DisplayName("A later value takes the place of the one before, and so does its time")
    void put_replaces() {
        put("longer", "1", SHORT);
        put("longer", "2", LONG);
        put("shorter", "1", LONG);
        put("shorter", "2", SHORT);

        assertHit("longer", "2");
        awaitUntil("the shorter one is gone", () -> get("shorter").isEmpty());
        pass(SHORT);
        assertHit("longer", "2");
    }

    @Test
    @DisplayName("After its time an entry is a miss, and may be put anew")
    void put_expires() {
        put("a", "1", SHORT);
        put("long", "1", LONG);
        pass(SHORT.plusMillis(20));

        assertMiss("a");
        assertHit("long", "1");
        put("a", "2", LONG);
        assertHit("a", "2");
    }

    @Test
    @DisplayName("The shortest time is no error and no eternity, the longest no error either")
    void put_forTimesOfAllLengths() {
        put("shortest", "1", Duration.ofNanos(1));
        put("long", "1", Duration.ofDays(366));
        pass(Duration.ofMillis(20));

        assertMiss("shortest");
        assertHit("long", "1");
    }

    @Test
    @DisplayName("What was removed is a miss, one entry or many, with some that were never there")
    void remove_many() {
        List<String> names = IntStream.range(0, 1_500).mapToObj(i -> "k" + i).toList();
        names.forEach(name -> put(name, "x"));
        put("stays", "x");
        value(store.remove(List.of(key("k0"))));
        assertMiss("k0");
        assertHit("k1", "x");

        value(store.remove(names.stream().map(this::key).toList()));
        value(store.remove(List.of(key("never"))));
        value(store.remove(List.of()));

        names.forEach(this::assertMiss);
        assertHit("stays", "x");
    }

    @Test
    @DisplayName("Keys of all scripts, and of characters that mean something to stores, are told apart")
    void keys_ofAllSorts() {
        List<String> names = List.of(
                "ключ", "鍵", "🔑", "\u00e9", "e\u0301", " ", "a b", "{a}", "{a}b", "a*", "a?", "[a]", "\\", "\"", "A",
                "a");
        names.forEach(name -> put(name, "value of " + name));

        names.forEach(name -> assertHit(name, "value of " + name));
        value(store.remove(List.of(key("a*"))));
        assertMiss("a*");
        assertHit("a", "value of a");
    }

    @Test
    @DisplayName("An empty value is a hit")
    void value_ofNoOctets() {
        put("empty", "");

        assertHit("empty", "");
    }

    @Test
    @DisplayName("All 256 octets come back as they were, and the caller's array is left alone")
    void value_ofAllOctets() {
        byte[] all = new byte[1_024];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) (i * 11);
        }
        byte[] copy = all.clone();

        value(store.put(key("binary"), all, LONG));

        assertThat(value(store.get(key("binary"))).orElseThrow()).isEqualTo(copy);
        assertThat(all).isEqualTo(copy);
    }

    @Test
    @DisplayName("Key and value may be as long as they are allowed to be")
    void sizes_atTheLimit() {
        String longest = key("") + "🔑".repeat((CacheStore.MAX_KEY_BYTES - key("").length()) / 4);
        byte[] greatest = new byte[store.maxValueBytes()];
        greatest[greatest.length - 1] = 7;
        value(store.put(longest, greatest, LONG));

        assertThat(value(store.get(longest)).orElseThrow()).isEqualTo(greatest);
        value(store.remove(List.of(longest)));
    }

    @Test
    @DisplayName("What is longer, and a time that is none, is refused before anything is sent")
    void sizes_beyondTheLimit() {
        byte[] octets = octets("x");
        String tooLong = "k".repeat(CacheStore.MAX_KEY_BYTES + 1);
        byte[] tooGreat = new byte[store.maxValueBytes() + 1];

        assertThat(store.maxValueBytes()).isPositive();
        for (String key : List.of(tooLong, "🔑".repeat(CacheStore.MAX_KEY_BYTES / 4) + "x", "")) {
            assertThatThrownBy(() -> store.put(key, octets, LONG)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> store.put(key("a"), tooGreat, LONG)).isInstanceOf(IllegalArgumentException.class);
        for (Duration time : List.of(Duration.ZERO, Duration.ofMillis(-1))) {
            assertThatThrownBy(() -> store.put(key("a"), octets, time)).isInstanceOf(IllegalArgumentException.class);
        }
        assertMiss("a");
    }

    @Test
    @DisplayName("Eight threads that put and get the same keys never see a value that nobody has put")
    void threads_seeWholeValues() throws Exception {
        Parallel.run(WRITERS, writer -> {
            byte[] own = new byte[2_000];
            Arrays.fill(own, (byte) writer);
            for (int i = 0; i < 100; i++) {
                String shared = key("shared" + i % 5);
                if (i % 10 == 9) {
                    value(store.remove(List.of(shared)));
                } else {
                    value(store.put(shared, own, LONG));
                }
                Optional<byte[]> read = value(store.get(shared));
                if (read.isPresent()) {
                    byte[] expected = new byte[2_000];
                    Arrays.fill(expected, read.get()[0]);
                    assertThat(read.get()).isEqualTo(expected);
                }
            }
        });
    }

    @Test
    @DisplayName("What one process puts, another hits, and what one removes, the other misses")
    void shared_byProcesses() {
        skipIfExcused(CacheRequirement.SHARED);
        CacheStore other = anotherProcess();
        put("a", "1");

        assertThat(get(other, "a")).contains("1");
        value(other.remove(List.of(key("a"))));
        assertMiss("a");
    }
}
