package io.backstay.state;

import io.backstay.spi.RandomSource;
import io.backstay.state.ReplicaChange.Cause;
import io.backstay.state.ScriptedTable.Copy;
import io.backstay.state.ScriptedTable.Fate;
import io.backstay.state.ScriptedTable.Hints;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random histories of a table with all that can go wrong. Whatever happens, the replica agrees with a naive model of it: nothing goes
 * while the store is away, what is told adds up to what is there, and once all is well both are equal.
 */
@SuppressWarnings("EnumOrdinal")
class ReplicaHistoriesTest {

    private static final int STEPS = 150;

    static List<Long> seeds() {
        List<Long> all = new ArrayList<>();
        for (long seed = 0; seed < 200; seed++) {
            all.add(seed);
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void replica_endsEqualToItsTable(long seed) {
        new History(seed).run();
    }

    /** What a listener makes of what it is told: each change must fit what it was told before. */
    private static final class Told implements ReplicaListener<String> {
        final Map<String, String> values = new HashMap<>();
        boolean inStep;

        @Override
        public void onChange(ReplicaChange<String> change) {
            assertThat(values.get(change.key())).isEqualTo(change.oldValue());
            assertThat(change.newValue() != null).isEqualTo(change.cause() == Cause.PUT);
            assertThat(change.oldValue()).isNotEqualTo(change.newValue());
            if (change.newValue() == null) {
                values.remove(change.key());
            } else {
                values.put(change.key(), change.newValue());
            }
        }

        @Override
        public void onStatus(ReplicaStatus status) {
            assertThat(status.inStep()).isNotEqualTo(inStep);
            inStep = status.inStep();
        }
    }

    private static final class History {
        private final Random random;
        private final ReplicaFixture fixture = new ReplicaFixture();
        private final ScriptedTable table = fixture.table;
        private final Told told = new Told();
        private final List<AssertionError> wrong = new ArrayList<>();
        private Copy older = table.copy();

        History(long seed) {
            this.random = new Random(seed);
        }

        void run() {
            table.greatestPiece = 1 + random.nextInt(5);
            table.latency = random.nextBoolean() ? Duration.ZERO : Duration.ofMillis(1 + random.nextInt(30));
            if (random.nextInt(4) == 0) {
                table.away = true;
            }
            fixture.open(builder -> builder.clocks(fixture.time, fixture.time, RandomSource.seeded(random.nextLong()))
                    .listener(new Watched()));
            for (int step = 0; step < STEPS; step++) {
                step();
            }
            heal();
            assertThat(wrong).isEmpty();
            assertThat(told.values).isEqualTo(fixture.values());
            Map<String, String> fresh = fixture.values();
            fresh.keySet().removeIf(fixture.replica::isStale);
            assertThat(fresh).isEqualTo(readable());
            assertThat(told.inStep).isTrue();
            ReplicaStatus status = fixture.replica.status();
            assertThat(status.inStep()).isTrue();
            assertThat(status.everRead()).isTrue();
            assertThat(status.position()).isEqualTo(table.here());
            assertThat(status.stale())
                    .as("the last good values of what is damaged now")
                    .isEqualTo(fixture.values().size() - fresh.size());
            assertThat(table.values().keySet()).containsAll(fixture.values().keySet());
            assertThat(status.damaged())
                    .isEqualTo(table.values().size() - readable().size());
        }

        /** What a listener throws is caught by the replica, so it is kept here. */
        private final class Watched implements ReplicaListener<String> {
            @Override
            public void onChange(ReplicaChange<String> change) {
                try {
                    told.onChange(change);
                } catch (AssertionError e) {
                    wrong.add(e);
                }
            }

            @Override
            public void onStatus(ReplicaStatus status) {
                try {
                    told.onStatus(status);
                } catch (AssertionError e) {
                    wrong.add(e);
                }
            }
        }

        private Map<String, String> readable() {
            Map<String, String> all = new TreeMap<>(table.values());
            all.values().removeIf(value -> value.startsWith("!"));
            return all;
        }

        private void step() {
            switch (random.nextInt(20)) {
                case 0 -> table.hints = Hints.values()[random.nextInt(Hints.values().length)];
                case 1 -> tellHeldHints();
                case 2 -> table.next(Fate.values()[random.nextInt(Fate.values().length)]);
                case 3 -> stayAway();
                case 4 -> table.reconnect();
                case 5 -> newLife();
                case 6 -> older = table.copy();
                case 7 -> table.forgetRemovals();
                case 8, 9, 10 -> fixture.advance(Duration.ofMillis(random.nextInt(60_000)));
                case 11 -> fixture.advance(Duration.ofMillis(random.nextInt(100)));
                case 12 -> table.remove(key());
                case 13 -> table.expire(key());
                case 14 -> table.put(key(), "!damaged");
                default -> write();
            }
        }

        private String key() {
            return "key" + random.nextInt(12);
        }

        private void write() {
            Duration lease = random.nextBoolean() ? null : Duration.ofSeconds(1 + random.nextInt(100));
            table.put(key(), "value" + random.nextInt(5), lease);
        }

        private void tellHeldHints() {
            List<Runnable> held = new ArrayList<>(table.heldHints);
            table.heldHints.clear();
            if (random.nextBoolean()) {
                Collections.shuffle(held, random);
            }
            held.forEach(Runnable::run);
        }

        /** However long that is, nothing goes and nothing is told from the moment when the replica has noticed. */
        private void stayAway() {
            table.away = true;
            fixture.advance(Duration.ofMinutes(1));
            Map<String, String> before = fixture.values();
            fixture.advance(Duration.ofMinutes(random.nextInt(60)));
            assertThat(fixture.values()).isEqualTo(before);
            assertThat(fixture.replica.status().inStep()).isFalse();
            if (random.nextBoolean()) {
                newLife();
            }
            if (random.nextBoolean()) {
                table.away = false;
            } else {
                table.away(false);
            }
            assertThat(fixture.values().keySet())
                    .containsAll(before.keySet().stream()
                            .filter(table.values()::containsKey)
                            .toList());
        }

        private void newLife() {
            if (random.nextBoolean()) {
                table.empty();
            } else {
                table.failOverTo(older);
            }
        }

        private void heal() {
            table.hints = Hints.TOLD;
            table.away(false);
            tellHeldHints();
            fixture.advance(Duration.ofMinutes(10));
        }
    }
}
