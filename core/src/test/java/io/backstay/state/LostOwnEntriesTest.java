package io.backstay.state;

import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.StateEntry;
import io.backstay.spi.VirtualTime;
import io.backstay.state.ScriptedTable.Copy;
import io.backstay.state.ScriptedTable.Fate;
import io.backstay.state.ScriptedTable.Hints;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static io.backstay.state.ScriptedTable.octets;
import static org.assertj.core.api.Assertions.assertThat;

/** Own entries when the store is away, forgets, loses answers, or somebody else has the same key. */
@SuppressWarnings("AvoidCommonTypeNames")
class LostOwnEntriesTest {

    private static final Duration LEASE = Duration.ofSeconds(15);

    private final VirtualTime time = new VirtualTime();
    private final ScriptedTable table = new ScriptedTable(time);

    /** One process, which notes of which keys it was told that they were replaced. */
    private final class Process {
        final List<String> replaced = new ArrayList<>();
        final OwnEntries own;

        Process(long seed) {
            own = OwnEntries.of(table, time, time, RandomSource.seeded(seed));
        }

        OwnEntry put(String key, String value) {
            return own.put(key, octets(value), () -> LEASE, entry -> replaced.add(entry.key()));
        }
    }

    private final Process process = new Process(1);

    private void advanceUntilRenewed() {
        long before = table.count("renew");
        while (table.count("renew") == before) {
            time.advance(Duration.ofMillis(10));
        }
    }

    @Test
    void storeAbsentAtStart_entriesArePutWhenItComes() {
        table.away = true;
        OwnEntry entry = process.put("a", "1");
        OwnEntry other = process.put("b", "1");
        other.update(octets("2"));
        assertThat(entry.isHeld()).isFalse();
        assertThat(entry.heldSince()).isEmpty();
        time.advance(Duration.ofHours(1));
        long probes = table.operations.size();
        time.advance(Duration.ofMinutes(10));
        assertThat(table.operations.size() - probes).isBetween(120L, 240L);

        table.away(false);
        time.advance(LEASE.dividedBy(3));
        assertThat(table.value("a")).isEqualTo("1");
        assertThat(table.value("b")).isEqualTo("2");
        assertThat(entry.isHeld()).isTrue();
    }

    @Test
    void storeAwayForAnHour_isNotHeldMeanwhile_andHeldAgainAfterwards() {
        OwnEntry entry = process.put("a", "1");
        table.away(true);
        time.advance(LEASE.minusSeconds(1));
        assertThat(entry.isHeld()).isTrue();
        time.advance(Duration.ofHours(1));
        assertThat(entry.isHeld()).isFalse();
        assertThat(process.own.status()).isEqualTo(new OwnEntriesStatus(1, 0));

        table.away(false);
        time.advance(Duration.ofSeconds(1));
        assertThat(entry.isHeld()).isTrue();
        assertThat(table.version("a")).as("it was still there").isEqualTo(1);
    }

    @Test
    void hiccup_delaysANewEntryByNoMoreThanItLasted() {
        table.next(Fate.NOT_DONE);
        OwnEntry entry = process.put("a", "1");
        time.advance(Duration.ofMillis(450));

        assertThat(entry.isHeld()).isTrue();
    }

    @Test
    void storeBackWithoutAWord_isNoticedWithin5Seconds() {
        OwnEntry entry = process.put("a", "1");
        table.away = true;
        time.advance(Duration.ofHours(1));
        table.away = false;
        time.advance(Duration.ofSeconds(10));

        assertThat(entry.isHeld()).isTrue();
        assertThat(table.value("a")).isEqualTo("1");
    }

    @Test
    void newLife_entriesArePutBack_withinAThirdOfALease() {
        OwnEntry entry = process.put("a", "1");
        table.empty();
        table.reconnect();
        time.advance(Duration.ofSeconds(6));

        assertThat(table.value("a")).isEqualTo("1");
        assertThat(entry.isHeld()).isTrue();
        assertThat(process.replaced).isEmpty();
    }

    @Test
    void newLifeThatIsToldByAHint_isNoticedAtOnce() {
        process.put("a", "1");
        time.advance(Duration.ofSeconds(1));
        table.put("x", "1");
        table.empty();
        table.put("x", "2");
        time.advance(Duration.ofSeconds(6));

        assertThat(table.value("a")).isEqualTo("1");
    }

    @Test
    void newLifeWithoutAWord_isNoticedByTheRenewal_andPutBackWithinALease() {
        process.put("a", "1");
        table.empty();
        time.advance(LEASE);

        assertThat(table.value("a")).isEqualTo("1");
    }

    @Test
    void expiry_isMended() {
        OwnEntry entry = process.put("a", "1");
        table.expire("a");
        time.advance(LEASE);

        assertThat(table.value("a")).isEqualTo("1");
        assertThat(entry.isHeld()).isTrue();
        assertThat(process.replaced).isEmpty();
    }

    @Test
    void manyProcesses_doNotPutBackAllAtOnce() {
        List<OwnEntry> entries = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            entries.add(new Process(i).put("key" + i, "1"));
        }
        table.empty();
        table.reconnect();
        Set<Long> moments = new TreeSet<>();
        for (int i = 0; i < 60; i++) {
            time.advance(Duration.ofMillis(100));
            entries.stream()
                    .filter(OwnEntry::isHeld)
                    .forEach(
                            entry -> moments.add(entry.heldSince().orElseThrow().toEpochMilli() / 500));
        }

        assertThat(table.values()).hasSize(50);
        assertThat(moments).as("half seconds of five").hasSizeGreaterThan(7);
    }

    @Test
    void manyEntries_comeBackInOneBatch() {
        for (int i = 0; i < 1_000; i++) {
            process.put("key" + i, "1");
        }
        table.empty();
        int operations = table.operations.size();
        table.reconnect();
        time.advance(Duration.ofSeconds(6));

        assertThat(table.values()).hasSize(1_000);
        assertThat(table.operations.size() - operations).isLessThan(6);
    }

    @Test
    void sameKeyFromALaterProcess_isItsOwn_andTheEarlierIsToldAtOnce() {
        OwnEntry first = process.put("a", "1");
        Process other = new Process(2);
        OwnEntry second = other.put("a", "2");

        assertThat(process.replaced).containsExactly("a");
        assertThat(first.isReplaced()).isTrue();
        assertThat(first.isHeld()).isFalse();
        time.advance(Duration.ofHours(1));
        first.update(octets("3"));
        first.close();
        time.advance(Duration.ofMinutes(1));
        assertThat(table.value("a")).isEqualTo("2");
        assertThat(second.isHeld()).isTrue();
        assertThat(other.replaced).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"LOST", "WITHOUT_CHANGES"})
    void sameKeyFromALaterProcess_withoutAHint_isNoticedByTheRenewal(Hints hints) {
        table.hints = hints;
        process.put("a", "1");
        new Process(2).put("a", "2");
        assertThat(process.replaced).isEmpty();

        time.advance(LEASE);
        assertThat(process.replaced).containsExactly("a");
        assertThat(table.value("a")).isEqualTo("2");
    }

    @Test
    void sameKeyFromALaterProcess_isNoticedByAnUpdate() {
        table.hints = Hints.LOST;
        OwnEntry first = process.put("a", "1");
        new Process(2).put("a", "2");
        first.update(octets("3"));

        assertThat(process.replaced).containsExactly("a");
        assertThat(table.value("a")).isEqualTo("2");
    }

    @Test
    void sameKeysFromALaterProcess_allOfAThousand_areGivenUpInLinearTime() {
        Process other = new Process(2);
        for (int i = 0; i < 1_000; i++) {
            process.put("key" + i, "1");
        }
        table.hints = Hints.LOST;
        for (int i = 0; i < 1_000; i++) {
            other.put("key" + i, "2");
        }
        int operations = table.operations.size();
        time.advance(LEASE);

        assertThat(process.replaced).hasSize(1_000);
        assertThat(table.operations.size() - operations).isLessThan(1_100);
        assertThat(table.values()).containsValue("2").doesNotContainValue("1");
    }

    @ParameterizedTest
    @EnumSource(names = {"DONE_BUT_ANSWER_LOST", "NOT_DONE", "NEVER_ANSWERED"})
    void lostAnswerOfTheFirstWrite_isNobodyElse(Fate fate) {
        table.next(fate);
        OwnEntry entry = process.put("a", "1");
        time.advance(LEASE.multipliedBy(3));

        assertThat(table.value("a")).isEqualTo("1");
        assertThat(entry.isHeld()).isTrue();
        assertThat(process.replaced).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"DONE_BUT_ANSWER_LOST", "NOT_DONE", "NEVER_ANSWERED"})
    void lostAnswerOfAnUpdate_isNobodyElse(Fate fate) {
        OwnEntry entry = process.put("a", "1");
        table.next(fate);
        entry.update(octets("2"));
        time.advance(LEASE.multipliedBy(3));

        assertThat(table.value("a")).isEqualTo("2");
        assertThat(entry.isHeld()).isTrue();
        assertThat(process.replaced).isEmpty();
        assertThat(table.version("a")).as("done once").isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"DONE_BUT_ANSWER_LOST", "NOT_DONE", "NEVER_ANSWERED"})
    void lostAnswerOfAPutBack_isNobodyElse(Fate fate) {
        OwnEntry entry = process.put("a", "1");
        table.empty();
        table.next(Fate.DONE, fate);
        table.reconnect();
        time.advance(LEASE.multipliedBy(3));

        assertThat(table.value("a")).isEqualTo("1");
        assertThat(entry.isHeld()).isTrue();
        assertThat(process.replaced).isEmpty();
    }

    @Test
    void updateAfterALostAnswer_isWrittenOverTheLostOne() {
        OwnEntry entry = process.put("a", "1");
        table.next(Fate.DONE_BUT_ANSWER_LOST);
        entry.update(octets("2"));
        entry.update(octets("3"));
        time.advance(LEASE);

        assertThat(table.value("a")).isEqualTo("3");
        assertThat(process.replaced).isEmpty();
        assertThat(entry.isHeld()).isTrue();
    }

    @Test
    void lostAnswer_andThenSomebodyElse_isGivenUp() {
        OwnEntry entry = process.put("a", "1");
        table.next(Fate.DONE_BUT_ANSWER_LOST);
        entry.update(octets("2"));
        table.put("a", "other", LEASE);
        time.advance(Duration.ofSeconds(1));

        assertThat(process.replaced).containsExactly("a");
        assertThat(table.value("a")).isEqualTo("other");
    }

    @ParameterizedTest
    @EnumSource(names = {"DONE_BUT_ANSWER_LOST", "NOT_DONE", "NEVER_ANSWERED"})
    void lostAnswerOfARemoval_isRepeated(Fate fate) {
        OwnEntry entry = process.put("a", "1");
        OwnEntry other = process.put("b", "1");
        table.next(fate);
        CompletableFuture<Void> removed = entry.remove();
        other.close();
        time.advance(Duration.ofSeconds(11));

        assertThat(removed).isCompleted();
        assertThat(table.values()).isEmpty();
    }

    @Test
    void removalAfterALostFirstWrite_removesWhatItMayHaveLeft() {
        table.next(Fate.DONE_BUT_ANSWER_LOST);
        OwnEntry entry = process.put("a", "1");
        entry.close();
        time.advance(Duration.ofSeconds(1));

        assertThat(table.value("a")).isNull();
        assertThat(entry.remove()).isCompleted();
    }

    @Test
    void removalWhileTheStoreIsAway_endsWithTheLease() {
        OwnEntry entry = process.put("a", "1");
        table.away(true);
        CompletableFuture<Void> removed = entry.remove();
        time.advance(LEASE.minusSeconds(1));
        assertThat(removed).isNotDone();

        time.advance(Duration.ofSeconds(7));
        assertThat(removed).isCompleted();
    }

    @Test
    void removeAllWhileTheStoreIsAway_endsAfter5Seconds() {
        process.put("a", "1");
        OwnEntry entry = process.put("b", "1");
        table.away(true);
        CompletableFuture<Void> removed = entry.remove();
        CompletableFuture<Void> done = process.own.removeAll();
        time.advance(Duration.ofMillis(4_900));
        assertThat(done).isNotDone();

        time.advance(Duration.ofMillis(100));
        assertThat(done).isCompleted();
        assertThat(removed).isCompleted();
        long operations = table.operations.size();
        time.advance(Duration.ofMinutes(1));
        assertThat(table.operations).hasSize((int) operations);
    }

    @Test
    void failoverBackToAnOlderState_isNobodyElse_andIsMended() {
        OwnEntry entry = process.put("a", "1");
        Copy older = table.copy();
        entry.update(octets("2"));
        time.advance(Duration.ofSeconds(1));
        table.failOverTo(older);
        table.reconnect();
        assertThat(table.value("a")).isEqualTo("1");
        time.advance(Duration.ofSeconds(6));

        assertThat(table.value("a")).isEqualTo("2");
        assertThat(entry.isHeld()).isTrue();
        assertThat(process.replaced).isEmpty();
    }

    @Test
    void entryThatWasGoneAndComesBackWithAnOlderState_isNobodyElse() {
        OwnEntry entry = process.put("a", "1");
        Copy older = table.copy();
        table.empty();
        advanceUntilRenewed();
        table.failOverTo(older);
        time.advance(LEASE);

        assertThat(entry.isHeld()).isTrue();
        assertThat(process.replaced).isEmpty();
    }

    @Test
    void failoverBackToAPredecessorsEntry_isMended() {
        Process predecessor = new Process(2);
        predecessor.put("a", "0");
        Copy older = table.copy();
        OwnEntry entry = process.put("a", "1");
        assertThat(predecessor.replaced).containsExactly("a");
        table.failOverTo(older);
        table.reconnect();
        time.advance(Duration.ofSeconds(6));

        assertThat(table.value("a")).isEqualTo("1");
        assertThat(entry.isHeld()).isTrue();
        assertThat(process.replaced).isEmpty();
    }

    private OwnEntries ownOf(Predicate<StateEntry> isEntry) {
        ProviderContext context =
                new ProviderContext(time, time, time, RandomSource.seeded(7), Runnable::run, name -> null);
        return OwnEntries.of(table, context, isEntry);
    }

    private static boolean isReadable(StateEntry found) {
        return !ScriptedTable.text(found.value()).startsWith("!");
    }

    @ParameterizedTest
    @EnumSource(
            value = Hints.class,
            names = {"TOLD", "LOST"})
    void damagedEntry_isNobodys_andDoesNotEndTheOwners(Hints hints) {
        List<OwnEntry> replaced = new ArrayList<>();
        OwnEntry entry = ownOf(LostOwnEntriesTest::isReadable).put("a", octets("1"), () -> LEASE, replaced::add);
        time.advance(Duration.ofSeconds(1));
        table.hints = hints;
        table.put("a", "!x", LEASE);
        time.advance(LEASE.multipliedBy(2).dividedBy(3));
        assertThat(table.value("a")).isEqualTo("1");
        table.put("a", "!x");
        time.advance(LEASE.multipliedBy(2).dividedBy(3));
        assertThat(table.value("a")).isEqualTo("1");

        time.advance(Duration.ofMinutes(10));
        entry.update(octets("2"));
        assertThat(table.value("a")).isEqualTo("2");
        assertThat(entry.isHeld()).isTrue();
        assertThat(replaced).isEmpty();
        entry.close();
        assertThat(table.values()).isEmpty();
    }

    @Test
    void entryDamagedAgainAndAgain_isMendedWithPauses() {
        OwnEntry entry = ownOf(LostOwnEntriesTest::isReadable).put("a", octets("1"), LEASE);
        long before = table.count("apply");
        for (int i = 0; i < 3_000; i++) {
            table.put("a", "!" + i);
            time.advance(Duration.ofMillis(10));
        }
        assertThat(table.count("apply") - before).isBetween(10L, 45L);
        time.advance(LEASE.dividedBy(10));
        assertThat(table.value("a")).isEqualTo("1");
        assertThat(entry.isHeld()).isTrue();
    }

    @Test
    void somebodyElse_whoCameWhileADamagedEntryWasLeft_isGivenWayTo() {
        OwnEntry entry = ownOf(LostOwnEntriesTest::isReadable).put("a", octets("1"), LEASE);
        table.put("a", "!x");
        table.put("a", "!y");
        table.put("a", "other", LEASE);
        time.advance(LEASE);
        assertThat(entry.isReplaced()).isTrue();
    }

    @Test
    void predicateThatThrows_meansNobodys_andHarmsNobodyElse() {
        OwnEntries own = ownOf(found -> {
            throw new IllegalStateException("on purpose");
        });
        OwnEntry entry = own.put("a", octets("1"), LEASE);
        OwnEntry other = own.put("b", octets("1"), LEASE);
        table.put("a", "x", LEASE);
        time.advance(LEASE);
        assertThat(table.value("a")).isEqualTo("1");
        assertThat(entry.isHeld()).isTrue();
        assertThat(other.isHeld()).isTrue();
    }

    @Test
    void noRight_isTriedAgainWithPauses_andRenewalsGoOn() {
        OwnEntry held = process.put("a", "1");
        OwnEntry entry = process.put("b", "1");
        table.refusesWrites = true;
        entry.update(octets("2"));
        time.advance(Duration.ofMinutes(5));
        assertThat(table.count("apply")).isBetween(40L, 150L);
        assertThat(held.isHeld()).isTrue();
        assertThat(entry.isHeld()).isTrue();

        table.refusesWrites = false;
        time.advance(Duration.ofSeconds(15));
        assertThat(table.value("b")).isEqualTo("2");
    }

    @Test
    void operationsOnTheirWay_areFew() {
        table.latency = Duration.ofMillis(200);
        for (int i = 0; i < 500; i++) {
            process.put("key" + i, "1");
        }
        time.advance(Duration.ofSeconds(1));
        table.empty();
        table.next(Fate.DONE, Fate.DONE_BUT_ANSWER_LOST);
        table.reconnect();
        time.advance(Duration.ofMinutes(2));

        assertThat(table.values()).hasSize(500);
        assertThat(process.replaced).isEmpty();
        assertThat(table.mostUnderWay).isBetween(8, 9);
    }

    @Test
    void renewalWhoseAnswerIsLost_changesNothing() {
        OwnEntry entry = process.put("a", "1");
        table.next(Fate.DONE_BUT_ANSWER_LOST);
        advanceUntilRenewed();
        time.advance(Duration.ofMinutes(1));

        assertThat(entry.isHeld()).isTrue();
        assertThat(table.version("a")).isEqualTo(1);
    }
}
