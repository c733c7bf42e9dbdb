package io.backstay.state;

import io.backstay.spi.RandomSource;
import io.backstay.spi.StateStore;
import io.backstay.spi.VirtualTime;
import io.backstay.state.ScriptedTable.Fate;
import io.backstay.state.ScriptedTable.Hints;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

import static io.backstay.state.ScriptedTable.octets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Own entries of one process in a table that works. */
class OwnEntriesTest {

    private static final Duration LEASE = Duration.ofSeconds(15);

    private final VirtualTime time = new VirtualTime();
    private final ScriptedTable table = new ScriptedTable(time);
    private final List<String> replaced = new ArrayList<>();
    private final OwnEntries own = OwnEntries.of(table, time, time, RandomSource.seeded(1));

    private OwnEntry put(String key, String value) {
        return own.put(key, octets(value), () -> LEASE, entry -> replaced.add(entry.key()));
    }

    @Test
    void put_isInTheTable_andStaysByRenewalsAtEachThird() {
        OwnEntry entry = put("a", "1");
        assertThat(table.value("a")).isEqualTo("1");
        assertThat(entry.isHeld()).isTrue();
        assertThat(entry.heldSince()).contains(time.now());
        long version = table.version("a");

        time.advance(Duration.ofMinutes(10));

        assertThat(table.version("a")).as("renewals are no changes").isEqualTo(version);
        assertThat(table.count("renew")).isBetween(120L, 150L);
        assertThat(entry.heldSince()).contains(time.now().minus(Duration.ofMinutes(10)));
        assertThat(table.count("apply")).isEqualTo(1);
    }

    @Test
    void thousandEntries_areRenewedInOneCallEach() {
        for (int i = 0; i < 1_000; i++) {
            put("key" + i, "value");
            time.advance(Duration.ofMillis(1));
        }
        time.advance(LEASE);
        long before = table.count("renew");
        time.advance(Duration.ofMinutes(1));

        assertThat(table.count("renew") - before).isBetween(12L, 15L);
        assertThat(table.operations.subList(table.operations.size() - 5, table.operations.size()))
                .containsOnly("renew 1000");
        assertThat(table.values()).hasSize(1_000);
        assertThat(own.status()).isEqualTo(new OwnEntriesStatus(1_000, 1_000));
    }

    @Test
    void moreThanABatch_areRenewedInBatches() {
        table.latency = Duration.ofMillis(1);
        for (int i = 0; i < 3_000; i++) {
            put("key" + i, "value");
        }
        time.advance(Duration.ofMinutes(1));

        assertThat(table.count("renew 1024")).isPositive();
        assertThat(table.count("renew 952")).isPositive();
        assertThat(table.count("apply"))
                .as("what comes while one is on its way goes together")
                .isEqualTo(4);
        assertThat(table.values()).hasSize(3_000);
        assertThat(table.mostUnderWay).isEqualTo(1);
    }

    @Test
    void largeValues_areWrittenInBatchesOfAMebibyte() {
        table.latency = Duration.ofMillis(1);
        for (int i = 0; i < 10; i++) {
            own.put("key" + i, new byte[StateStore.MAX_VALUE_BYTES], LEASE);
        }
        time.advance(Duration.ofSeconds(1));

        assertThat(table.operations)
                .filteredOn(done -> done.startsWith("apply"))
                .containsExactly("apply 1", "apply 3", "apply 3", "apply 3");
        assertThat(table.values()).hasSize(10);
    }

    @Test
    void differentLeases_areRenewedEachInTime() {
        OwnEntry brief = own.put("brief", octets("1"), Duration.ofSeconds(3));
        OwnEntry lasting = own.put("lasting", octets("1"), Duration.ofHours(1));
        for (int i = 0; i < 600; i++) {
            time.advance(Duration.ofSeconds(1));
            assertThat(brief.isHeld()).isTrue();
            assertThat(lasting.isHeld()).isTrue();
        }
        assertThat(table.version("brief")).isEqualTo(1);
        assertThat(table.version("lasting")).isEqualTo(2);
    }

    @Test
    void lease_isAskedForAtEachRenewal() {
        AtomicReference<Duration> lease = new AtomicReference<>(Duration.ofSeconds(60));
        own.put("a", octets("1"), lease::get, entry -> {});
        time.advance(Duration.ofSeconds(25));
        long before = table.count("renew");
        lease.set(Duration.ofSeconds(3));
        time.advance(Duration.ofSeconds(60));

        assertThat(table.count("renew") - before).isGreaterThan(30);
    }

    @Test
    void leaseThatCannotBeTold_isTheShortest_andKeepsNobodyElseFromBeingRenewed() {
        own.put(
                "a",
                octets("1"),
                () -> {
                    throw new IllegalStateException("on purpose");
                },
                entry -> {});
        own.put("b", octets("1"), () -> Duration.ofDays(10_000), entry -> {});
        OwnEntry entry = put("c", "1");
        time.advance(Duration.ofMinutes(1));

        assertThat(entry.isHeld()).isTrue();
        assertThat(table.value("b")).isEqualTo("1");
    }

    @Test
    void update_isWritten_theLastOfSeveral() {
        OwnEntry entry = put("a", "1");
        entry.update(octets("2"));
        assertThat(table.value("a")).isEqualTo("2");

        table.latency = Duration.ofMillis(10);
        entry.update(octets("3"));
        entry.update(octets("4"));
        entry.update(octets("5"));
        time.advance(Duration.ofMillis(25));

        assertThat(table.value("a")).isEqualTo("5");
        assertThat(table.count("apply")).isEqualTo(4);
        assertThat(entry.heldSince()).contains(time.now().minus(Duration.ofMillis(25)));
    }

    @Test
    void updateDuringARenewal_isWrittenAfterIt() {
        OwnEntry entry = put("a", "1");
        table.latency = Duration.ofMillis(10);
        while (table.count("renew") == 0) {
            time.advance(Duration.ofMillis(1));
        }
        entry.update(octets("2"));
        time.advance(Duration.ofMillis(30));

        assertThat(table.value("a")).isEqualTo("2");
    }

    @Test
    void close_removesTheEntry_andRenewsItNoMore() {
        OwnEntry entry = put("a", "1");
        entry.close();
        entry.close();

        assertThat(table.value("a")).isNull();
        assertThat(entry.isHeld()).isFalse();
        assertThat(entry.remove()).isCompleted();
        entry.update(octets("2"));
        long operations = table.operations.size();
        time.advance(Duration.ofMinutes(10));
        assertThat(table.operations).hasSize((int) operations);
        assertThat(own.status()).isEqualTo(new OwnEntriesStatus(0, 0));
    }

    @Test
    void close_whileTheWriteIsOnItsWay_removesItAfterwards() {
        table.latency = Duration.ofMillis(10);
        OwnEntry entry = put("a", "1");
        CompletableFuture<Void> removed = entry.remove();
        time.advance(Duration.ofMillis(10));
        assertThat(table.value("a")).isEqualTo("1");
        assertThat(removed).isNotDone();

        time.advance(Duration.ofMillis(10));
        assertThat(table.value("a")).isNull();
        assertThat(removed).isCompleted();
    }

    @Test
    void close_ofAnEntryThatIsSomebodyElses_leavesIt() {
        OwnEntry entry = put("a", "1");
        table.hints = Hints.LOST;
        table.put("a", "other", LEASE);
        entry.close();

        assertThat(table.value("a")).isEqualTo("other");
        assertThat(entry.remove()).isCompleted();
    }

    @Test
    void putAgain_rightAfterClosing_isThere() {
        table.latency = Duration.ofMillis(10);
        OwnEntry first = put("a", "1");
        time.advance(Duration.ofMillis(15));
        first.close();
        OwnEntry second = put("a", "2");
        time.advance(Duration.ofSeconds(1));

        assertThat(table.value("a")).isEqualTo("2");
        assertThat(second.isHeld()).isTrue();
        assertThat(first.isHeld()).isFalse();
        assertThat(replaced).isEmpty();
    }

    @Test
    void leave_leavesTheEntryToItsLease() {
        OwnEntry entry = put("a", "1");
        entry.leave();
        time.advance(LEASE.minusSeconds(1));
        assertThat(table.value("a")).isEqualTo("1");
        assertThat(entry.isHeld()).isFalse();

        time.advance(Duration.ofSeconds(1));
        assertThat(table.value("a")).isNull();
    }

    @Test
    void leaveAll_leavesAllToTheirLeases_andEnds() {
        put("a", "1");
        put("b", "1");
        own.leaveAll();

        assertThat(table.watchers()).isZero();
        assertThat(own.removeAll()).isCompleted();
        long operations = table.operations.size();
        time.advance(LEASE.minusSeconds(1));
        assertThat(table.values()).hasSize(2);
        assertThat(table.operations).hasSize((int) operations);
        assertThatThrownBy(() -> put("c", "1")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void sameKeyPutTwiceHere_isTheLaters_andTheEarlierIsTold() {
        OwnEntry first = put("a", "1");
        OwnEntry second = put("a", "2");

        assertThat(replaced).containsExactly("a");
        assertThat(first.isReplaced()).isTrue();
        assertThat(first.isHeld()).isFalse();
        first.close();
        first.update(octets("3"));
        time.advance(Duration.ofMinutes(1));
        assertThat(table.value("a")).isEqualTo("2");
        assertThat(second.isHeld()).isTrue();
    }

    @Test
    void removeAll_removesAllInOneBatch_andEnds() {
        for (int i = 0; i < 500; i++) {
            put("key" + i, "value");
        }
        table.put("other", "stays");
        long applied = table.count("apply");
        CompletableFuture<Void> done = own.removeAll();

        assertThat(done).isCompleted();
        assertThat(table.values()).containsOnlyKeys("other");
        assertThat(table.count("apply")).isEqualTo(applied + 1);
        assertThat(table.watchers()).isZero();
        assertThatThrownBy(() -> put("b", "1")).isInstanceOf(IllegalStateException.class);
        own.close();
        long operations = table.operations.size();
        time.advance(Duration.ofMinutes(1));
        assertThat(table.operations).hasSize((int) operations);
    }

    @Test
    void removeAll_whenHalfIsGone_removesTheRestInAFewOperations() {
        for (int i = 0; i < 1_000; i++) {
            put("key" + i, "value");
        }
        table.hints = Hints.LOST;
        for (int i = 0; i < 500; i++) {
            table.put("key" + i, "other", LEASE);
        }
        int operations = table.operations.size();
        assertThat(own.removeAll()).isCompleted();

        assertThat(table.values()).hasSize(500).containsValue("other").doesNotContainValue("value");
        assertThat(table.operations.size() - operations).isLessThan(5);
    }

    @Test
    void callbackThatThrows_harmsNobody() {
        own.put("a", octets("1"), () -> LEASE, entry -> {
            throw new IllegalStateException("on purpose");
        });
        OwnEntry other = put("b", "1");
        table.put("a", "other", LEASE);
        time.advance(Duration.ofMinutes(1));

        assertThat(other.isHeld()).isTrue();
        assertThat(table.value("a")).isNull();
    }

    @Test
    void nonsense_isRefusedAtOnce() {
        assertThatThrownBy(() -> own.put("", octets("1"), LEASE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> own.put("a", octets("1"), Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> own.put("a", new byte[StateStore.MAX_VALUE_BYTES + 1], LEASE))
                .isInstanceOf(IllegalArgumentException.class);
        OwnEntry entry = put("a", "1");
        assertThatThrownBy(() -> entry.update(new byte[StateStore.MAX_VALUE_BYTES + 1]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(table.value("a")).isEqualTo("1");
    }

    @Test
    void renewalThatIsNeverAnswered_isRepeated() {
        OwnEntry entry = own.put("a", octets("1"), Duration.ofMinutes(2));
        table.next(Fate.NEVER_ANSWERED);
        time.advance(Duration.ofMinutes(10));

        assertThat(entry.isHeld()).isTrue();
        assertThat(table.version("a")).isEqualTo(1);
    }
}
