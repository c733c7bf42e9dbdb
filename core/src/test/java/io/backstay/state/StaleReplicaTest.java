package io.backstay.state;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.backstay.state.ScriptedTable.Copy;
import io.backstay.state.ScriptedTable.Fate;
import io.backstay.state.ScriptedTable.Hints;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import static io.backstay.state.ReplicaFixture.LEASE;
import static org.assertj.core.api.Assertions.assertThat;

/** What a replica holds and tells while its store is away, and when the table is another one afterwards. */
class StaleReplicaTest {

    private final ReplicaFixture fixture = new ReplicaFixture();
    private final ScriptedTable table = fixture.table;

    @Test
    void storeAwayForAnHour_changesNothing_andIsSeenInTheStatus() {
        table.put("a", "1", LEASE);
        table.put("b", "2");
        fixture.open();
        fixture.told();
        table.away(true);

        fixture.advance(Duration.ofHours(1));

        assertThat(fixture.values()).isEqualTo(Map.of("a", "1", "b", "2"));
        assertThat(fixture.told()).isEmpty();
        assertThat(fixture.replica.isStale("a")).isFalse();
        assertThat(fixture.replica.status().inStep()).isFalse();
        assertThat(fixture.replica.status().age()).isBetween(Duration.ofMinutes(59), Duration.ofHours(1));
        assertThat(fixture.steps).containsExactly(true, false);

        table.away(false);
        assertThat(fixture.steps).containsExactly(true, false, true);
        assertThat(fixture.told()).isEmpty();
        assertThat(fixture.replica.status().inStep()).isTrue();
    }

    @Test
    void storeBackWithoutAWord_isFoundByReadingAgain_every5SecondsAtMost() {
        fixture.open();
        table.away(true);
        fixture.advance(Duration.ofMinutes(10));
        long reads = fixture.reads();
        fixture.advance(Duration.ofMinutes(10));
        assertThat(fixture.reads() - reads).isBetween(120L, 240L);

        table.away = false;
        table.put("a", "1");
        fixture.advance(Duration.ofSeconds(5));
        assertThat(fixture.values()).isEqualTo(Map.of("a", "1"));
    }

    @Test
    void firstPauses_areShort() {
        fixture.open();
        table.next(Fate.NOT_DONE, Fate.NOT_DONE, Fate.NOT_DONE);
        table.reconnect();
        long reads = fixture.reads();

        fixture.advance(Duration.ofMillis(200));
        assertThat(fixture.reads()).isEqualTo(reads + 1);
        fixture.advance(Duration.ofMillis(1_200));
        assertThat(fixture.replica.status().inStep()).isTrue();
    }

    @Test
    void storeAbsentAtStart_isTheSameAsAway_notAnEmptyTable() {
        table.put("a", "1");
        table.away = true;
        fixture.open();
        fixture.advance(Duration.ofMinutes(5));

        ReplicaStatus status = fixture.replica.status();
        assertThat(status.everRead()).isFalse();
        assertThat(status.inStep()).isFalse();
        assertThat(status.age()).isEqualTo(Duration.ofMinutes(5));
        assertThat(fixture.replica.whenRead()).isNotDone();
        assertThat(fixture.steps).isEmpty();

        table.away(false);
        assertThat(fixture.values()).isEqualTo(Map.of("a", "1"));
        assertThat(fixture.replica.status().everRead()).isTrue();
        assertThat(fixture.replica.whenRead()).isCompleted();
    }

    @Test
    void readThatFailsInTheMiddle_goesOnFromThere() {
        for (int i = 0; i < 30; i++) {
            table.put("key" + i, "value");
        }
        table.greatestPiece = 10;
        table.next(Fate.DONE, Fate.DONE, Fate.NOT_DONE);
        fixture.open();
        assertThat(fixture.replica.size()).isEqualTo(20);
        assertThat(fixture.replica.status().everRead()).isFalse();

        fixture.advance(Duration.ofMillis(200));
        assertThat(fixture.values()).isEqualTo(table.values());
        assertThat(fixture.told()).hasSize(30);
    }

    @Test
    void readThatFailsInTheMiddleOfANewLife_makesNothingDisappear() {
        for (int i = 0; i < 20; i++) {
            table.put("key" + i, "value", LEASE);
        }
        fixture.open();
        fixture.told();
        table.hints = Hints.LOST;
        table.empty();
        for (int i = 0; i < 15; i++) {
            table.put("key" + i, "value", LEASE);
        }
        table.greatestPiece = 10;
        table.next(Fate.DONE, Fate.NOT_DONE);
        table.reconnect();
        table.away = true;
        fixture.advance(Duration.ofHours(1));

        assertThat(fixture.replica.size()).isEqualTo(20);
        assertThat(fixture.replica.isStale("key5")).isFalse();
        assertThat(fixture.replica.isStale("key12")).isTrue();
        assertThat(fixture.told()).isEmpty();

        table.away(false);
        assertThat(fixture.replica.isStale("key12")).isFalse();
        assertThat(fixture.replica.status().stale()).isEqualTo(5);
    }

    @Test
    void readWithoutAnAnswer_isGivenUp() {
        fixture.open();
        table.next(Fate.NEVER_ANSWERED);
        table.reconnect();
        fixture.advance(Duration.ofSeconds(9));
        assertThat(fixture.replica.status().inStep()).isTrue();
        table.put("a", "1");
        assertThat(fixture.values()).isEmpty();

        fixture.advance(Duration.ofSeconds(2));
        assertThat(fixture.values()).isEqualTo(Map.of("a", "1"));
    }

    @Test
    void readThatDoesNotGetOn_isNotRepeatedAtOnce() {
        table.put("a", "1");
        table.put("b", "1");
        table.greatestPiece = 0;
        fixture.open();
        fixture.advance(Duration.ofSeconds(10));

        assertThat(fixture.reads()).isLessThan(20);
        assertThat(fixture.replica.status().everRead()).isFalse();
    }

    @Test
    void newLifeWithNothing_keepsAllForALease_thenTellsThatItIsLost() {
        table.put("a", "1", LEASE);
        fixture.open();
        table.put("b", "2", LEASE);
        fixture.told();
        table.empty();
        table.reconnect();
        assertThat(fixture.steps).containsExactly(true, false, true);

        fixture.advance(LEASE.minusMillis(1));
        assertThat(fixture.values()).isEqualTo(Map.of("a", "1", "b", "2"));
        assertThat(fixture.replica.isStale("a")).isTrue();
        assertThat(fixture.replica.status().stale()).isEqualTo(2);
        assertThat(fixture.told()).isEmpty();

        fixture.advance(Duration.ofMillis(1));
        assertThat(fixture.told()).as("the one whose lease was seen in whole").containsExactly("LOST b 2->null");
        fixture.advance(LEASE.dividedBy(2));
        assertThat(fixture.told())
                .as("the one whose lease was read, and could have been in use for a third")
                .containsExactly("LOST a 1->null");
        assertThat(fixture.replica.status().stale()).isZero();
    }

    @Test
    void newLifeThatIsNoticedByAHint_isReadAnew() {
        table.put("a", "1", LEASE);
        fixture.open();
        fixture.told();
        table.empty();
        table.put("b", "2", LEASE);

        assertThat(fixture.told()).containsExactly("PUT b null->2");
        assertThat(fixture.replica.isStale("a")).isTrue();
        assertThat(fixture.replica.isStale("b")).isFalse();
        assertThat(fixture.replica.status().position()).isEqualTo(table.here());
    }

    @Test
    void newLifeThatIsNoticedByComparing_isReadAnew() {
        table.put("a", "1", LEASE);
        fixture.open();
        table.empty();
        fixture.advance(Duration.ofSeconds(37));

        assertThat(fixture.replica.status().position()).isEqualTo(table.here());
    }

    @Test
    void entriesPutBackWithinTheLease_areNoChangeAtAll() {
        table.put("a", "1", LEASE);
        table.put("b", "2", LEASE);
        table.put("c", "3", LEASE);
        fixture.open();
        fixture.told();
        table.empty();
        table.put("a", "1", LEASE);
        table.reconnect();
        fixture.advance(LEASE.dividedBy(2));
        table.put("b", "2", LEASE);
        table.put("c", "9", LEASE);

        assertThat(fixture.replica.status().stale()).isZero();
        fixture.advanceRenewing(Duration.ofMinutes(2), "a", "b", "c");
        assertThat(fixture.told()).containsExactly("PUT c 3->9");
        assertThat(fixture.values()).isEqualTo(table.values()).hasSize(3);
    }

    @Test
    void entryWithoutALease_isKeptForTheAssumedOne() {
        table.put("a", "1");
        fixture.open(builder -> builder.assumedLease(Duration.ofMinutes(2)));
        fixture.told();
        table.empty();
        table.reconnect();

        fixture.advance(Duration.ofSeconds(119));
        assertThat(fixture.replica.get("a")).isEqualTo("1");
        fixture.advance(Duration.ofSeconds(1));
        assertThat(fixture.told()).containsExactly("LOST a 1->null");
    }

    @Test
    void entryRemovedInTheNewLife_isNotKept() {
        table.put("a", "1", LEASE);
        fixture.open();
        fixture.told();
        table.empty();
        table.reconnect();
        table.put("a", "1", LEASE);
        table.remove("a");

        assertThat(fixture.told()).containsExactly("REMOVED a 1->null");
    }

    @Test
    void storeAwayAgainBeforeTheLeaseIsOver_startsItAnew() {
        table.put("a", "1", LEASE);
        fixture.open();
        fixture.told();
        table.empty();
        table.reconnect();
        fixture.advance(Duration.ofSeconds(5));
        table.away(true);
        fixture.advance(Duration.ofHours(1));
        assertThat(fixture.values()).isEqualTo(Map.of("a", "1"));
        assertThat(fixture.told()).isEmpty();

        table.away(false);
        fixture.advance(LEASE.minusSeconds(1));
        assertThat(fixture.values()).isEqualTo(Map.of("a", "1"));
        table.put("a", "1", LEASE);
        fixture.advanceRenewing(LEASE.multipliedBy(4), "a");
        assertThat(fixture.told()).isEmpty();
    }

    @Test
    void failoverBackToAnOlderState_followsIt_andKeepsWhatItLacksForALease() {
        table.put("a", "1", LEASE);
        table.put("gone", "1", LEASE);
        fixture.open();
        Copy older = table.copy();
        table.put("a", "2", LEASE);
        table.put("b", "2", LEASE);
        table.remove("gone");
        fixture.told();

        table.failOverTo(older);
        table.reconnect();

        assertThat(fixture.told()).containsExactlyInAnyOrder("PUT a 2->1", "PUT gone null->1");
        assertThat(fixture.replica.isStale("b")).isTrue();
        fixture.advanceRenewing(LEASE.multipliedBy(2), "a", "gone");
        assertThat(fixture.told()).containsExactly("LOST b 2->null");
        assertThat(fixture.values()).isEqualTo(table.values());
    }

    @Test
    void positionOlderThanTheRemovalsStillKnown_isReadAnew() {
        table.put("a", "1", LEASE);
        table.put("b", "1", LEASE);
        fixture.open();
        fixture.told();
        table.hints = Hints.LOST;
        table.remove("a");
        table.forgetRemovals();
        table.reconnect();

        assertThat(fixture.replica.isStale("a")).isTrue();
        fixture.advanceRenewing(LEASE.multipliedBy(2), "b");
        assertThat(fixture.told()).containsExactly("LOST a 1->null");
        assertThat(fixture.values()).isEqualTo(Map.of("b", "1"));
    }

    @Test
    void damagedEntry_isSkipped_counted_andLoggedOnceWithoutItsValue() {
        try (Log log = new Log()) {
            table.put("a", "!x");
            table.put("b", "1");
            fixture.open();
            table.reconnect();
            table.failOverTo(table.copy());
            table.reconnect();

            assertThat(fixture.replica.status().damaged()).isEqualTo(1);
            assertThat(log.warnings(text -> text.contains("entry a"))).hasSize(1);
            table.put("a", "!y");
            assertThat(log.warnings(text -> text.contains("entry a"))).hasSize(2);
            assertThat(log.warnings(text -> text.contains("secret") || text.contains("!")))
                    .isEmpty();

            table.put("a", "1");
            assertThat(fixture.replica.status().damaged()).isZero();
        }
        assertThat(fixture.values()).containsEntry("a", "1");
    }

    @Test
    void entryDamagedByAnother_leavesTheLastGoodValue_staleUntilItGoes() {
        table.put("a", "1", LEASE);
        table.put("b", "1", LEASE);
        fixture.open();
        fixture.told();
        table.put("a", "!x", LEASE);
        table.put("b", "!x", LEASE);

        assertThat(fixture.replica.get("a")).isEqualTo("1");
        assertThat(fixture.replica.isStale("a")).isTrue();
        assertThat(fixture.replica.status().stale()).isEqualTo(2);
        assertThat(fixture.replica.status().inStep()).isTrue();
        table.put("b", "2", LEASE);
        assertThat(fixture.replica.isStale("b")).isFalse();
        table.expire("a");
        assertThat(fixture.told()).containsExactly("PUT b 1->2", "EXPIRED a 1->null");
        assertThat(fixture.replica.status().stale()).isZero();
        assertThat(fixture.replica.status().damaged()).isZero();
    }

    @Test
    void entryDamagedForGood_losesTheLastGoodValue_afterItsLease() {
        fixture.open(builder -> builder.assumedLease(Duration.ofSeconds(20)));
        table.put("a", "1", LEASE);
        table.put("b", "1", LEASE);
        table.put("c", "1");
        fixture.told();
        table.put("a", "!x");
        table.put("b", "!x");
        table.put("c", "!x");
        fixture.advance(Duration.ofSeconds(10));
        table.put("a", "!y");
        table.put("b", "2", LEASE);
        fixture.advanceRenewing(Duration.ofSeconds(4), "b");
        assertThat(fixture.replica.isStale("a")).isTrue();
        assertThat(fixture.told()).containsExactly("PUT b 1->2");

        fixture.advanceRenewing(Duration.ofSeconds(2), "b");
        assertThat(fixture.told()).containsExactly("LOST a 1->null");
        fixture.advanceRenewing(Duration.ofSeconds(5), "b");
        assertThat(fixture.told()).containsExactly("LOST c 1->null");
        assertThat(fixture.values()).isEqualTo(Map.of("b", "2"));
        assertThat(fixture.replica.status().stale()).isZero();
        assertThat(fixture.replica.status().damaged())
                .as("they are still there")
                .isEqualTo(2);
        table.remove("a");
        assertThat(fixture.replica.status().damaged()).isEqualTo(1);
        long comparisons = table.count("position");
        fixture.advanceRenewing(Duration.ofMinutes(5), "b");
        assertThat(table.count("position") - comparisons).isBetween(8L, 13L);
    }

    @Test
    void entryDamagedForGood_whileTheStoreIsAway_keepsTheLastGoodValue() {
        fixture.open();
        table.put("a", "1", LEASE);
        table.put("a", "!x");
        fixture.advance(Duration.ofSeconds(10));
        table.away(true);
        fixture.advance(Duration.ofHours(1));
        assertThat(fixture.values()).containsKey("a");
        table.away(false);
        fixture.advance(Duration.ofSeconds(14));
        assertThat(fixture.values()).as("its owner has a lease to put it back").containsKey("a");
        fixture.advance(Duration.ofSeconds(2));
        assertThat(fixture.values()).isEmpty();
    }

    @Test
    void damagedEntryOfANewLife_keepsWhatWasThereBefore() {
        table.put("a", "1", LEASE);
        fixture.open();
        table.empty();
        table.put("a", "!x", LEASE);
        table.reconnect();
        fixture.advanceRenewing(LEASE.multipliedBy(3), "a");

        assertThat(fixture.values()).isEqualTo(Map.of("a", "1"));
        assertThat(fixture.replica.isStale("a")).isTrue();
        table.empty();
        table.reconnect();
        fixture.advance(LEASE.multipliedBy(3));
        assertThat(fixture.values()).isEmpty();
    }

    @Test
    void beingAway_isLoggedOnce_andSoIsBeingBack() {
        try (Log log = new Log()) {
            fixture.open();
            table.away(true);
            fixture.advance(Duration.ofHours(1));
            table.away(false);

            assertThat(log.warnings(text -> text.contains("out of step"))).hasSize(1);
            assertThat(log.events(Level.INFO, text -> text.contains("in step"))).hasSize(1);
        }
    }

    private static final class Log implements AutoCloseable {
        private final Logger logger = (Logger) LoggerFactory.getLogger("io.backstay.state");
        private final ListAppender<ILoggingEvent> appender = new ListAppender<>();
        private final Level level = logger.getLevel();

        Log() {
            appender.start();
            logger.addAppender(appender);
            logger.setLevel(Level.INFO);
        }

        List<String> warnings(Predicate<String> which) {
            return events(Level.WARN, which);
        }

        List<String> events(Level wanted, Predicate<String> which) {
            List<String> found = new ArrayList<>();
            for (ILoggingEvent event : appender.list) {
                if (event.getLevel() == wanted && which.test(event.getFormattedMessage())) {
                    found.add(event.getFormattedMessage());
                }
            }
            return found;
        }

        @Override
        public void close() {
            logger.detachAppender(appender);
            logger.setLevel(level);
        }
    }
}
