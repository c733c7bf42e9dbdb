package io.backstay.testkit;

import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateBatch;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateChange.Kind;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Entries that go by themselves. */
abstract class LeaseCases extends BatchCases {

    /** Renewed three times within it, an entry survives a busy machine. */
    private static final Duration MEDIUM_LEASE = Duration.ofSeconds(2);

    private void awaitAbsent(String key) {
        awaitUntil(key + " is gone", () -> get(key).isEmpty());
    }

    private Set<String> renew(String key, long version, Duration time) {
        return value(table.renew(List.of(new StateLease(key, version, time))));
    }

    @Test
    @DisplayName("An entry stays for its lease, is then gone, and may be written as what is not there")
    void lease_runsOut() {
        long version = write(leased("a", SHORT_LEASE));
        write(put("b", "for good"));
        write(leased("long", LONG_LEASE));

        awaitAbsent("a");

        refused(table.apply(put("a", "x").ifVersion(version)));
        write(put("a", "again").ifAbsent());
        assertThat(text(entry("a").value())).isEqualTo("again");
        assertThat(get("b")).isPresent();
        assertThat(get("long")).isPresent();
    }

    @Test
    @DisplayName("From the end of its lease on an entry is absent, whether or not that has been told yet")
    void lease_endsInTime() {
        Duration lease = Duration.ofMillis(1_250);
        boolean inTime = false;
        for (int attempt = 0; attempt < 3 && !inTime; attempt++) {
            String key = "k" + attempt;
            write(leased(key, lease));
            pass(lease.plusMillis(50));
            inTime = get(key).isEmpty()
                    && value(table.apply(put(key, "x").ifAbsent())).isApplied();
        }

        assertThat(inTime)
                .as("once in three times, since a store that was kept waiting may give one more lease")
                .isTrue();
    }

    @Test
    @DisplayName("What is left of a lease is told with the entry, and becomes less")
    void lease_isTold() {
        write(leased("a", LONG_LEASE));
        Duration first = entry("a").remainingLease().orElseThrow();
        assertThat(first).isLessThanOrEqualTo(LONG_LEASE).isGreaterThan(LONG_LEASE.minus(BOUND));

        pass(Duration.ofMillis(20));

        Duration second = entry("a").remainingLease().orElseThrow();
        assertThat(second).isLessThan(first);
        StateChange change = read(TablePosition.NONE).changes().get(0);
        assertThat(change.remainingLease().orElseThrow()).isLessThanOrEqualTo(second);
    }

    @Test
    @DisplayName("That a lease has run out is told soon, as a change of its own")
    void expiry_isTold() {
        TableFollower follower = following(elsewhere());
        long version = write(leased("a", SHORT_LEASE));
        awaitCaughtUp(follower);
        long start = surroundings().time().nanoTime();

        awaitUntil("the expiry is told", () -> value(table.position()).revision() == version + 1);

        Duration took = Duration.ofNanos(surroundings().time().nanoTime() - start);
        assertThat(took).isLessThan(SHORT_LEASE.plusSeconds(3));
        awaitCaughtUp(follower);
        assertThat(follower.texts()).isEmpty();
        awaitUntil(
                "a message has told it",
                () -> follower.events().stream()
                        .anyMatch(change -> change.kind() == Kind.EXPIRED
                                && change.key().equals("a")
                                && change.revision() == version + 1));
        assertThat(follower.wrong()).isEmpty();
        assertThat(get("a")).isEmpty();
    }

    @Test
    @DisplayName("An expiry that no watcher saw is among the changes since")
    void expiry_isRead() {
        TablePosition before = applied(table.apply(leased("a", SHORT_LEASE))).position();

        awaitUntil(
                "the expiry has become a change", () -> !read(before).changes().isEmpty());

        StateChange change = read(before).changes().get(0);
        assertThat(change.kind()).isEqualTo(Kind.EXPIRED);
        assertThat(change.key()).isEqualTo("a");
        assertThat(change.revision()).isEqualTo(before.revision() + 1);
    }

    @Test
    @DisplayName("An entry that is renewed stays, at its version, and nobody is told")
    void renewal_isNoChange() {
        long version = write(leased("a", MEDIUM_LEASE));
        TableFollower follower = following(table);
        awaitCaughtUp(follower);
        TablePosition before = value(table.position());

        for (int i = 0; i < 10; i++) {
            pass(MEDIUM_LEASE.dividedBy(6));
            assertThat(renew("a", version, MEDIUM_LEASE)).isEmpty();
        }

        assertThat(entry("a").version()).isEqualTo(version);
        assertThat(value(table.position())).isEqualTo(before);
        assertThat(follower.events()).isEmpty();
        awaitAbsent("a");
    }

    @Test
    @DisplayName("A renewal counts from now, for as long as it says")
    void renewal_setsTheTime() {
        long longer = write(leased("longer", SHORT_LEASE));
        long shorter = write(leased("shorter", LONG_LEASE));

        assertThat(renew("longer", longer, LONG_LEASE)).isEmpty();
        assertThat(renew("shorter", shorter, SHORT_LEASE)).isEmpty();

        awaitAbsent("shorter");
        assertThat(entry("longer").remainingLease().orElseThrow()).isGreaterThan(LONG_LEASE.minus(BOUND));
    }

    @Test
    @DisplayName("A renewal of an entry that somebody has replaced is reported, and leaves the new one's lease alone")
    void renewal_ofAReplacedEntry() {
        long old = write(leased("a", LONG_LEASE));
        applied(elsewhere().apply(leased("a", SHORT_LEASE)));

        assertThat(renew("a", old, LONG_LEASE)).containsExactly("a");

        assertThat(entry("a").remainingLease().orElseThrow()).isLessThanOrEqualTo(SHORT_LEASE);
        awaitAbsent("a");
    }

    @Test
    @DisplayName("A renewal of an entry that is gone is reported, and brings nothing back")
    void renewal_ofNothing() {
        long expired = write(leased("expired", SHORT_LEASE));
        long removed = write(leased("removed", LONG_LEASE));
        write(StateWrite.remove("removed"));
        long there = write(leased("there", LONG_LEASE));
        awaitAbsent("expired");

        Set<String> refused = value(table.renew(List.of(
                new StateLease("expired", expired, LONG_LEASE),
                new StateLease("removed", removed, LONG_LEASE),
                new StateLease("removed-now", removed + 1, LONG_LEASE),
                new StateLease("there", there, LONG_LEASE),
                new StateLease("never", 1, LONG_LEASE))));

        assertThat(refused).containsExactlyInAnyOrder("expired", "removed", "removed-now", "never");
        assertThat(get("expired")).isEmpty();
        assertThat(get("removed")).isEmpty();
    }

    @Test
    @DisplayName("A renewal of an entry that stays for good leaves it so")
    void renewal_ofAnEntryWithoutALease() {
        long version = write(put("a", "1"));

        assertThat(renew("a", version, SHORT_LEASE)).isEmpty();

        assertThat(entry("a").remainingLease()).isEmpty();
        pass(SHORT_LEASE.multipliedBy(2));
        assertThat(get("a")).isPresent();
    }

    @Test
    @DisplayName("1,024 leases are renewed at once; 1,025 are refused, and none is nothing to do")
    void renewal_ofMany() {
        List<StateWrite> writes = new ArrayList<>();
        for (int i = 0; i < StateStore.MAX_BATCH_CHANGES; i++) {
            writes.add(leased("k" + i, Duration.ofSeconds(20)));
        }
        List<Long> versions = applied(table.apply(StateBatch.of(writes))).versions();
        List<StateLease> leases = new ArrayList<>();
        for (int i = 0; i < versions.size(); i++) {
            leases.add(new StateLease("k" + i, i == 500 ? 1 : versions.get(i), LONG_LEASE));
        }

        assertThat(value(table.renew(leases))).containsExactly("k500");
        assertThat(entry("k499").remainingLease().orElseThrow()).isGreaterThan(LONG_LEASE.minus(BOUND));
        assertThat(entry("k500").remainingLease().orElseThrow()).isLessThanOrEqualTo(Duration.ofSeconds(20));
        assertThat(value(table.renew(List.of()))).isEmpty();
        leases.add(new StateLease("one-more", 1, LONG_LEASE));
        assertThatThrownBy(() -> table.renew(leases)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("A write without a lease ends the lease that was there")
    void lease_isEndedByAWrite() {
        write(leased("a", SHORT_LEASE));
        write(put("a", "for good"));

        pass(SHORT_LEASE.plusSeconds(2));

        assertThat(text(entry("a").value())).isEqualTo("for good");
    }

    @Test
    @DisplayName("A write with a lease takes the place of the lease that was there, longer or shorter")
    void lease_isReplacedByAWrite() {
        write(leased("longer", SHORT_LEASE));
        write(leased("longer", LONG_LEASE));
        write(leased("shorter", LONG_LEASE));
        write(leased("shorter", SHORT_LEASE));
        write(put("late", "for good"));
        write(leased("late", SHORT_LEASE));

        awaitAbsent("shorter");
        awaitAbsent("late");
        assertThat(get("longer")).isPresent();
    }

    @Test
    @DisplayName("What was removed or written anew does not expire afterwards")
    void lease_endsWithItsEntry() {
        write(leased("removed", SHORT_LEASE));
        write(leased("replaced", SHORT_LEASE));
        write(StateWrite.remove("removed"));
        TablePosition before =
                applied(table.apply(leased("replaced", LONG_LEASE))).position();

        pass(SHORT_LEASE.plusSeconds(2));

        assertThat(value(table.position())).isEqualTo(before);
        assertThat(get("replaced")).isPresent();
    }

    @Test
    @DisplayName("Two thousand leases that end together are all told of soon")
    void expiry_ofMany() {
        int many = 2_000;
        long first = write(leased("stays", LONG_LEASE));
        List<StateWrite> writes = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            writes.add(leased("k" + i, SHORT_LEASE));
        }
        TableFollower follower = following(table);
        writeAll(writes);

        awaitUntil("all are written and gone again", () -> follower.position().revision() == first + 2L * many);

        assertThat(follower.texts()).containsOnlyKeys("stays");
        assertThat(follower.wrong()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {3_600, -3_600})
    @DisplayName("A client's clock that is an hour off changes nothing")
    void clock_ofAClient(long seconds) {
        skipIfExcused(StateRequirement.CLOCK_OF_ITS_OWN);
        StateTable skewed = closing(newStore(off(surroundings(), Duration.ofSeconds(seconds))))
                .table(table.name());
        long right = write(leased("right", LONG_LEASE));
        applied(skewed.apply(StateBatch.of(List.of(leased("off", LONG_LEASE), leased("short", SHORT_LEASE)))));

        for (StateTable view : List.of(table, skewed)) {
            for (String key : List.of("right", "off")) {
                assertThat(value(view.get(key)).orElseThrow().remainingLease().orElseThrow())
                        .isGreaterThan(LONG_LEASE.minus(BOUND))
                        .isLessThanOrEqualTo(LONG_LEASE);
            }
        }
        assertThat(value(skewed.renew(List.of(new StateLease("right", right, LONG_LEASE)))))
                .isEmpty();
        awaitAbsent("short");
        assertThat(value(skewed.get("short"))).isEmpty();
        assertThat(value(skewed.get("right"))).isPresent();
        assertThat(get("off")).isPresent();
    }

    private static ProviderContext off(ProviderContext context, Duration by) {
        TimeSource right = context.time();
        TimeSource wrong = new TimeSource() {
            @Override
            public long nanoTime() {
                return right.nanoTime() + by.toNanos();
            }

            @Override
            public Instant now() {
                return right.now().plus(by);
            }
        };
        return new ProviderContext(
                wrong,
                context.scheduler(),
                context.waiter(),
                context.random(),
                context.workers(),
                name -> context.setting(name).orElse(null));
    }
}
