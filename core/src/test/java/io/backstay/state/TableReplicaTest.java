package io.backstay.state;

import io.backstay.ConfigurationException;
import io.backstay.spi.RandomSource;
import io.backstay.spi.TablePosition;
import io.backstay.state.ScriptedTable.Fate;
import io.backstay.state.ScriptedTable.Hints;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a replica holds and tells as long as its store is there. */
class TableReplicaTest {

    private final ReplicaFixture fixture = new ReplicaFixture();
    private final ScriptedTable table = fixture.table;

    @Test
    void open_readsWhatIsThere_andFollowsByHintsAlone() {
        table.put("a", "1");
        table.put("b", "2");
        fixture.open();
        assertThat(fixture.values()).isEqualTo(Map.of("a", "1", "b", "2"));
        long reads = fixture.reads();

        table.put("a", "3");
        table.put("c", "4");
        table.remove("b");

        assertThat(fixture.values()).isEqualTo(Map.of("a", "3", "c", "4"));
        assertThat(fixture.told())
                .containsExactly("PUT a null->1", "PUT b null->2", "PUT a 1->3", "PUT c null->4", "REMOVED b 2->null");
        assertThat(fixture.reads()).isEqualTo(reads);
    }

    @Test
    void lookUps_sayWhatIsThere() {
        long version = table.put("a", "1");
        fixture.open();

        assertThat(fixture.replica.get("a")).isEqualTo("1");
        assertThat(fixture.replica.get("b")).isNull();
        assertThat(fixture.replica.version("a")).isEqualTo(version);
        assertThat(fixture.replica.version("b")).isZero();
        assertThat(fixture.replica.isStale("a")).isFalse();
        assertThat(fixture.replica.isStale("b")).isFalse();
        assertThat(fixture.replica.size()).isEqualTo(1);
        List<String> seen = new ArrayList<>();
        fixture.replica.forEach((key, value) -> seen.add(key + value));
        assertThat(seen).containsExactly("a1");
    }

    @Test
    void entries_areLive_andCannotBeChanged() {
        fixture.open();
        Map<String, String> view = fixture.replica.entries();
        assertThat(view).isEmpty();

        table.put("a", "1");

        assertThat(view).containsExactly(Map.entry("a", "1"));
        assertThat(view.get("a")).isEqualTo("1");
        assertThat(view.get("b")).isNull();
        assertThat(view.containsKey("a")).isTrue();
        assertThat(view.containsKey("b")).isFalse();
        assertThatThrownBy(() -> view.put("b", "2")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(view::clear).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> view.entrySet().iterator().next().setValue("x"))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void expiry_isToldWithItsCause() {
        fixture.open();
        table.put("a", "1", Duration.ofSeconds(2));
        fixture.advance(Duration.ofSeconds(3));

        assertThat(fixture.told()).containsExactly("PUT a null->1", "EXPIRED a 1->null");
    }

    @Test
    void valueWrittenAgainThatIsEqual_isNoChange() {
        fixture.open();
        long first = table.put("a", "1");
        long second = table.put("a", "1");

        assertThat(fixture.told()).containsExactly("PUT a null->1");
        assertThat(second).isGreaterThan(first);
        assertThat(fixture.replica.version("a")).isEqualTo(second);
    }

    @Test
    void octetsWrittenAgainThatAreTheSame_areNoChange() {
        List<String> told = new ArrayList<>();
        TableReplica<byte[]> octets = TableReplica.of(
                        table, entry -> entry.value().clone())
                .clocks(fixture.time, fixture.time, () -> 1)
                .listener(change -> told.add(change.toString()))
                .open();
        table.put("a", "1");
        table.put("a", "1");
        table.put("a", "2");

        assertThat(told).containsExactly("PUT a", "PUT a");
        octets.close();
    }

    @Test
    void valuesThatCannotBeCompared_areChanges_andHarmNobody() {
        record Moody(String text) {
            @Override
            public boolean equals(Object other) {
                throw new IllegalStateException("on purpose");
            }

            @Override
            public int hashCode() {
                return 1;
            }
        }
        TableReplica<Moody> moody = TableReplica.of(table, entry -> new Moody(ScriptedTable.text(entry.value())))
                .clocks(fixture.time, fixture.time, () -> 1)
                .open();
        table.put("a", "1");
        table.put("a", "1");
        table.put("b", "2");

        assertThat(moody.get("b").text()).isEqualTo("2");
        assertThat(moody.status().inStep()).isTrue();
        moody.close();
    }

    @Test
    void lostHint_isNoticedAtTheNext_andReadWithinTheGap() {
        fixture.open();
        long reads = fixture.reads();
        table.hints = Hints.LOST;
        table.put("a", "1");
        table.put("b", "2");
        table.hints = Hints.TOLD;
        assertThat(fixture.values()).isEmpty();

        table.put("c", "3");

        assertThat(fixture.values()).isEqualTo(Map.of("a", "1", "b", "2", "c", "3"));
        assertThat(fixture.reads()).isEqualTo(reads + 1);
        assertThat(fixture.told()).containsExactly("PUT a null->1", "PUT b null->2", "PUT c null->3");
    }

    @Test
    void lostLastHint_isNoticedByComparing() {
        fixture.open();
        table.hints = Hints.LOST;
        table.put("a", "1");

        fixture.advance(Duration.ofSeconds(37));

        assertThat(fixture.values()).isEqualTo(Map.of("a", "1"));
        assertThat(table.count("position")).isPositive();
    }

    @Test
    void comparing_asksForThePositionAlone_eachPeriodGiveOrTakeAFifth() {
        fixture.open();
        long reads = fixture.reads();

        fixture.advance(Duration.ofHours(1));

        assertThat(table.count("position")).isBetween(100L, 150L);
        assertThat(fixture.reads()).isEqualTo(reads);
    }

    @Test
    void shortPollPeriod_seesALostHintWithinIt() {
        fixture.open(builder -> builder.pollPeriod(Duration.ofMillis(500)));
        table.hints = Hints.LOST;
        table.put("a", "1");

        fixture.advance(Duration.ofMillis(600));

        assertThat(fixture.values()).isEqualTo(Map.of("a", "1"));
    }

    @Test
    void hintWithoutChanges_isReadFor() {
        fixture.open();
        table.hints = Hints.WITHOUT_CHANGES;
        table.put("a", "1");

        assertThat(fixture.told()).containsExactly("PUT a null->1");
    }

    @Test
    void hintsInTheWrongOrder_doNotBringAnOldValueBack() {
        fixture.open();
        table.hints = Hints.HELD;
        table.put("a", "1");
        table.put("a", "2");
        table.remove("b");
        table.put("c", "3");
        List<Runnable> late = List.copyOf(table.heldHints);
        late.get(2).run();
        late.get(0).run();
        late.get(1).run();

        assertThat(fixture.values()).isEqualTo(Map.of("a", "2", "c", "3"));
        assertThat(fixture.told()).containsExactly("PUT a null->2", "PUT c null->3");
    }

    @Test
    void hintToldTwice_isAppliedOnce() {
        fixture.open();
        table.hints = Hints.HELD;
        table.put("a", "1");
        table.heldHints.get(0).run();
        table.put("a", "2");
        table.heldHints.get(1).run();
        table.heldHints.get(0).run();

        assertThat(fixture.told()).containsExactly("PUT a null->1", "PUT a 1->2");
    }

    @Test
    void reconnect_readsWhatWasMissed_fromWhereItIs() {
        table.put("a", "1");
        fixture.open();
        table.hints = Hints.LOST;
        table.put("b", "2");
        table.remove("a");
        table.hints = Hints.TOLD;
        fixture.told();

        table.reconnect();

        assertThat(fixture.told()).containsExactly("PUT b null->2", "REMOVED a 1->null");
        assertThat(fixture.steps).containsExactly(true);
    }

    @Test
    void hintsDuringARead_areCoveredWithoutAnother() {
        table.put("a", "1");
        table.latency = Duration.ofMillis(10);
        fixture.open();
        fixture.advance(Duration.ofSeconds(1));
        long reads = fixture.reads();
        table.reconnect();
        fixture.advance(Duration.ofMillis(5));
        table.put("b", "2");
        fixture.advance(Duration.ofMillis(5));

        assertThat(fixture.values()).isEqualTo(Map.of("a", "1", "b", "2"));
        fixture.advance(Duration.ofSeconds(1));
        assertThat(fixture.reads()).isEqualTo(reads + 1);
    }

    @Test
    void hintsThatOvertakeAnAnswer_areTakenUpAfterIt() {
        fixture.open();
        table.put("a", "1");
        long reads = fixture.reads();
        List<Runnable> answers = new ArrayList<>();
        table.heldAnswers = answers;
        table.reconnect();
        table.put("b", "2");
        table.put("a", "3");
        assertThat(fixture.values()).isEqualTo(Map.of("a", "1"));

        answers.get(0).run();

        assertThat(fixture.values()).isEqualTo(Map.of("a", "3", "b", "2"));
        assertThat(fixture.reads()).isEqualTo(reads + 1);
    }

    @Test
    void reads_areOneAtATime() {
        fixture.open();
        List<Runnable> answers = new ArrayList<>();
        table.heldAnswers = answers;
        table.reconnect();
        table.reconnect();
        table.reconnect();

        assertThat(answers).hasSize(1);
        answers.get(0).run();
        assertThat(answers)
                .as("once more, since the watch began anew meanwhile")
                .hasSize(2);
        answers.get(1).run();
        assertThat(answers).hasSize(2);
    }

    @Test
    void tenThousandEntries_areReadInPieces() {
        for (int i = 0; i < 10_000; i++) {
            table.put("key" + i, "value" + i);
        }
        fixture.open();

        assertThat(fixture.replica.size()).isEqualTo(10_000);
        assertThat(fixture.replica.get("key9999")).isEqualTo("value9999");
        assertThat(fixture.reads()).isBetween(10L, 12L);
        assertThat(fixture.told).hasSize(10_000);
    }

    @Test
    void tableChangedWhileItIsReadInPieces_isReadWhole() {
        for (int i = 0; i < 50; i++) {
            table.put("key" + i, "old");
        }
        table.greatestPiece = 7;
        table.latency = Duration.ofMillis(1);
        fixture.open();
        for (int i = 0; i < 50; i += 3) {
            fixture.advance(Duration.ofMillis(1));
            table.put("key" + i, "new");
            table.remove("key" + (i + 1));
        }
        fixture.advance(Duration.ofSeconds(1));

        assertThat(fixture.values()).isEqualTo(table.values());
        assertThat(fixture.replica.status().position()).isEqualTo(table.here());
    }

    @Test
    void listener_isToldFirstWhatIsThere_thenEachChange() {
        table.put("a", "1");
        fixture.open();
        List<String> late = new ArrayList<>();
        List<Boolean> steps = new ArrayList<>();
        AutoCloseable registration = fixture.replica.listen(ReplicaFixture.listener(late, steps));
        table.put("a", "2");

        assertThat(late).containsExactly("PUT a null->1", "PUT a 1->2");
        assertThat(steps).containsExactly(true);
        closed(registration);
        table.put("a", "3");
        assertThat(late).hasSize(2);
    }

    private static void closed(AutoCloseable registration) {
        try {
            registration.close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void listenerThatThrows_keepsNobodyElseFromBeingTold() {
        fixture.open(builder -> builder.listener(change -> {
            throw new IllegalStateException("on purpose");
        }));
        List<String> last = new ArrayList<>();
        fixture.replica.listen(change -> {
            last.add(change.key());
            throw new AssertionError("on purpose");
        });
        table.put("a", "1");
        table.put("b", "2");

        assertThat(last).containsExactly("a", "b");
        assertThat(fixture.told()).containsExactly("PUT a null->1", "PUT b null->2");
        assertThat(fixture.replica.status().inStep()).isTrue();
    }

    @Test
    void changesCausedByAListener_areToldAfterTheOneItIsTold() {
        fixture.open();
        List<String> order = new ArrayList<>();
        fixture.replica.listen(change -> {
            order.add("begin " + change.key());
            if (change.key().equals("a")) {
                table.put("b", "2");
            }
            order.add("end " + change.key());
        });
        table.put("a", "1");

        assertThat(order).containsExactly("begin a", "end a", "begin b", "end b");
    }

    @Test
    void whenRead_isDoneAfterTheLastPiece() {
        table.put("a", "1");
        table.put("b", "1");
        table.greatestPiece = 1;
        table.latency = Duration.ofMillis(10);
        fixture.open();
        CompletableFuture<Void> read = fixture.replica.whenRead();
        fixture.advance(Duration.ofMillis(10));
        assertThat(read).isNotDone();
        assertThat(fixture.replica.status().everRead()).isFalse();

        fixture.advance(Duration.ofMillis(10));
        assertThat(read).isCompleted();
        assertThat(fixture.replica.whenRead()).isCompleted();
        assertThat(fixture.replica.status().everRead()).isTrue();
    }

    @Test
    void close_duringARead_changesNothingMore() {
        fixture.open();
        table.put("a", "1");
        List<Runnable> answers = new ArrayList<>();
        table.heldAnswers = answers;
        table.reconnect();
        table.put("a", "2");
        fixture.told();

        fixture.replica.close();
        fixture.replica.close();
        answers.forEach(Runnable::run);
        table.put("a", "3");
        fixture.advance(Duration.ofHours(1));

        assertThat(fixture.values()).isEqualTo(Map.of("a", "1"));
        assertThat(fixture.told()).isEmpty();
        assertThat(table.watchers()).isZero();
        assertThat(answers).hasSize(1);
    }

    @Test
    void close_beforeTheFirstRead_failsTheFuture() {
        table.away = true;
        fixture.open();
        CompletableFuture<Void> read = fixture.replica.whenRead();
        fixture.replica.close();

        assertThat(read).isCompletedExceptionally();
        long operations = table.operations.size();
        fixture.advance(Duration.ofHours(1));
        assertThat(table.operations).hasSize((int) operations);
    }

    @Test
    void status_saysWhereItIs() {
        table.put("a", "1");
        fixture.open();
        fixture.advance(Duration.ofSeconds(5));

        ReplicaStatus status = fixture.replica.status();
        assertThat(status).isEqualTo(new ReplicaStatus(table.here(), true, Duration.ofSeconds(5), 1, 0, 0, true));
        table.put("b", "1");
        assertThat(fixture.replica.status().age()).isZero();
        assertThat(fixture.replica).hasToString("replica of things, " + fixture.replica.status());
    }

    @Test
    void hintsOfAFloodNobodyFollows_areForgottenAndReadInstead() {
        fixture.open();
        List<Runnable> answers = new ArrayList<>();
        table.heldAnswers = answers;
        table.reconnect();
        for (int i = 0; i < 20_000; i++) {
            table.put("key" + i % 100, "value" + i);
        }
        long reads = fixture.reads();

        while (!answers.isEmpty()) {
            answers.remove(0).run();
        }

        assertThat(fixture.values()).isEqualTo(table.values());
        assertThat(fixture.reads()).isBetween(reads + 1, reads + 2);
    }

    @Test
    void randomness_movesTheComparisonsOfReplicasApart() {
        Set<Long> moments = new HashSet<>();
        for (int seed = 0; seed < 20; seed++) {
            ReplicaFixture other = new ReplicaFixture();
            long chance = seed;
            other.open(builder -> builder.clocks(other.time, other.time, RandomSource.seeded(chance)));
            while (other.table.count("position") == 0) {
                other.advance(Duration.ofMillis(100));
            }
            moments.add(other.time.nanoTime());
            assertThat(Duration.ofNanos(other.time.nanoTime()))
                    .isBetween(Duration.ofSeconds(24), Duration.ofMillis(36_100));
        }
        assertThat(moments).hasSizeGreaterThan(10);
    }

    @Test
    void nonsense_isRefusedWhenBuilt() {
        TableReplica.Builder<String> builder = TableReplica.of(table, ReplicaFixture::decode);
        assertThatThrownBy(() -> builder.pollPeriod(Duration.ZERO))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("poll period", "10 ms");
        assertThatThrownBy(() -> builder.assumedLease(Duration.ofDays(2)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("assumed lease");
        assertThatThrownBy(() -> builder.listener(null)).isInstanceOf(ConfigurationException.class);
    }

    @Test
    void fateOfAPositionInTheMiddleOfARead_isNotToldAsTheReplicas() {
        table.put("a", "1");
        table.put("b", "2");
        table.greatestPiece = 1;
        table.next(Fate.DONE, Fate.NOT_DONE);
        fixture.open();

        assertThat(fixture.replica.status().position()).isEqualTo(TablePosition.NONE);
        assertThat(fixture.replica.status().inStep()).isFalse();
    }
}
