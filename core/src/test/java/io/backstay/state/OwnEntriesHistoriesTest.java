package io.backstay.state;

import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.VirtualTime;
import io.backstay.state.ScriptedTable.Copy;
import io.backstay.state.ScriptedTable.Fate;
import io.backstay.state.ScriptedTable.Hints;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static io.backstay.state.ScriptedTable.octets;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random histories of three processes with the same keys over a table with all that can go wrong. Once all is well, each key has one
 * owner at most, whose last value is in the table, and everybody else has been told.
 */
@SuppressWarnings("EnumOrdinal")
class OwnEntriesHistoriesTest {

    private static final int STEPS = 150;
    private static final Duration LEASE = Duration.ofSeconds(15);

    static List<Long> seeds() {
        List<Long> all = new ArrayList<>();
        for (long seed = 0; seed < 200; seed++) {
            all.add(seed);
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void eachKey_endsWithOneOwner(long seed) {
        new History(seed).run();
    }

    private static final class Handle {
        final OwnEntry entry;
        String value;
        int toldReplaced;
        boolean removed;

        Handle(OwnEntries own, String key, String value) {
            this.value = value;
            this.entry = own.put(key, octets(value), () -> LEASE, replaced -> toldReplaced++);
        }

        boolean isLive() {
            return !removed && !entry.isReplaced();
        }
    }

    private static final class History {
        private final Random random;
        private final VirtualTime time = new VirtualTime();
        private final ScriptedTable table = new ScriptedTable(time);
        private final List<OwnEntries> processes = new ArrayList<>();
        private final Map<String, List<Handle>> handles = new HashMap<>();
        private final Set<String> removed = new HashSet<>();
        private Copy older = table.copy();
        private int values;

        History(long seed) {
            this.random = new Random(seed);
            table.latency = random.nextBoolean() ? Duration.ZERO : Duration.ofMillis(1 + random.nextInt(50));
            table.away = random.nextInt(4) == 0;
            for (int i = 0; i < 3; i++) {
                processes.add(OwnEntries.of(
                        table,
                        new ProviderContext(
                                time, time, time, RandomSource.seeded(random.nextLong()), Runnable::run, name -> null),
                        found -> !ScriptedTable.text(found.value()).startsWith("!")));
            }
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                step();
            }
            table.hints = Hints.TOLD;
            table.away(false);
            time.advance(Duration.ofMinutes(10));
            handles.forEach(this::check);
            assertThat(table.values().keySet()).isSubsetOf(handles.keySet());
            assertThat(table.mostUnderWay).isLessThanOrEqualTo(3 * 9);
            processes.forEach(OwnEntries::close);
            time.advance(Duration.ofSeconds(10));
            assertThat(table.values()).isEmpty();
            assertThat(table.watchers()).isZero();
        }

        private void check(String key, List<Handle> all) {
            List<Handle> live = all.stream().filter(Handle::isLive).toList();
            assertThat(live).hasSizeLessThanOrEqualTo(1);
            if (!removed.contains(key)) {
                assertThat(live).hasSize(1);
            }
            if (live.isEmpty()) {
                assertThat(table.value(key)).isNull();
            } else {
                assertThat(table.value(key)).isEqualTo(live.get(0).value);
                assertThat(live.get(0).entry.isHeld()).isTrue();
            }
            for (Handle handle : all) {
                assertThat(handle.toldReplaced).isEqualTo(handle.entry.isReplaced() ? 1 : 0);
                assertThat(handle.entry.isHeld()).isEqualTo(live.contains(handle));
                assertThat(live.contains(handle) || handle.entry.remove().isDone())
                        .isTrue();
            }
        }

        private void step() {
            switch (random.nextInt(21)) {
                case 0 -> table.hints = random.nextBoolean() ? Hints.TOLD : Hints.LOST;
                case 1, 2, 3 -> table.next(Fate.values()[random.nextInt(Fate.values().length)]);
                case 4 -> table.away = true;
                case 5 -> table.away = false;
                case 6 -> table.away(false);
                case 7 -> newLife();
                case 8 -> older = table.copy();
                case 9 -> table.expire(key());
                case 10, 11 -> time.advance(Duration.ofMillis(random.nextInt(30_000)));
                case 12, 13 -> time.advance(Duration.ofMillis(random.nextInt(100)));
                case 14 -> remove();
                case 15 -> update();
                case 16 -> table.put(key(), "!damaged", Duration.ofMillis(10 + random.nextInt(60_000)));
                default -> put();
            }
        }

        private String key() {
            return "key" + random.nextInt(6);
        }

        private void put() {
            String key = key();
            OwnEntries process = processes.get(random.nextInt(processes.size()));
            handles.computeIfAbsent(key, name -> new ArrayList<>()).add(new Handle(process, key, "v" + ++values));
        }

        private Handle any(String key) {
            List<Handle> all = handles.getOrDefault(key, List.of());
            return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
        }

        private void update() {
            Handle handle = any(key());
            if (handle != null && handle.isLive()) {
                handle.value = "v" + ++values;
                handle.entry.update(octets(handle.value));
            }
        }

        private void remove() {
            String key = key();
            Handle handle = any(key);
            if (handle != null && handle.isLive()) {
                handle.removed = true;
                removed.add(key);
                handle.entry.close();
            }
        }

        private void newLife() {
            if (random.nextBoolean()) {
                table.empty();
            } else {
                table.failOverTo(older);
            }
            if (random.nextBoolean()) {
                table.reconnect();
            }
        }
    }
}
