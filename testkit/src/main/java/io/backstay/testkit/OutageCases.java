package io.backstay.testkit;

import io.backstay.spi.StateBatch;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.TablePosition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A store that is away, has lost what it held, or holds what it cannot understand. */
abstract class OutageCases extends RaceCases {

    private static final List<Function<StateTable, CompletionStage<?>>> OPERATIONS = List.of(
            view -> view.get("a"),
            view -> view.apply(put("a", "x")),
            view -> view.apply(StateBatch.of(List.of(put("a", "x"), StateWrite.remove("b")))
                    .durable()),
            view -> view.renew(List.of(new StateLease("a", 1, LONG_LEASE))),
            view -> view.changesSince(TablePosition.NONE, 10),
            StateTable::position);

    abstract void stop();

    abstract void start();

    abstract void lose();

    abstract void spoil(String name, String key);

    abstract void spoil(String name);

    abstract Duration timeout();

    private boolean works(StateTable view) {
        return ended(view.position()) == null;
    }

    private void awaitWorking(StateTable view) {
        awaitUntil("the store works again", () -> works(view));
    }

    private void assertFailsSoon(Function<StateTable, CompletionStage<?>> operation) {
        long start = surroundings().time().nanoTime();
        StateStoreException failure = failure(operation.apply(table));
        Duration took = Duration.ofNanos(surroundings().time().nanoTime() - start);
        assertThat(failure.isTransient())
                .as("%s: %s", failure.reason(), failure.getMessage())
                .isTrue();
        assertThat(took).isLessThan(timeout().plus(SLACK));
    }

    @Test
    @DisplayName("While the store is away, every operation fails as transient within the command timeout")
    void away_failsSoon() {
        skipIfExcused(StateRequirement.OUTAGE);
        write(put("a", "1"));
        stop();
        try {
            for (int i = 0; i < 2; i++) {
                OPERATIONS.forEach(this::assertFailsSoon);
            }
        } finally {
            start();
        }
    }

    @Test
    @DisplayName(
            "Once the store is back, everything works again without anybody doing anything, and the status says so")
    void away_recovers() {
        skipIfExcused(StateRequirement.OUTAGE);
        write(put("a", "1"));
        awaitUntil("the status is good", () -> store.status().available());
        stop();
        try {
            failure(table.position());
            awaitUntil("the status is bad", () -> !store.status().available());
        } finally {
            start();
        }

        awaitWorking(table);
        awaitUntil("the status is good", () -> store.status().available());
        for (var operation : OPERATIONS) {
            assertThat(ended(operation.apply(table))).isNull();
        }
    }

    @Test
    @DisplayName("A wrong argument is refused as such also while the store is away")
    void away_refusesWrongArguments() {
        skipIfExcused(StateRequirement.OUTAGE);
        stop();
        try {
            assertThatThrownBy(() -> table.get("")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> table.changesSince(TablePosition.NONE, 0))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> store.table("A")).isInstanceOf(IllegalArgumentException.class);
        } finally {
            start();
        }
    }

    @Test
    @DisplayName(
            "A store that is away when it is made can be used once it is there, and so can a watch begun meanwhile")
    void away_fromTheStart() {
        skipIfExcused(StateRequirement.OUTAGE);
        stop();
        StateTable view;
        TableFollower follower;
        try {
            StateStore late = anotherProcess();
            assertThat(late.status().available()).isFalse();
            view = late.table(table.name());
            follower = following(view);
            assertThat(failure(view.get("a")).isTransient()).isTrue();
            assertThat(follower.connects()).isZero();
        } finally {
            start();
        }

        awaitWorking(view);
        awaitUntil("the watch has begun", () -> follower.connects() > 0);
        awaitWorking(table);
        write(put("a", "1"));
        awaitCaughtUp(follower);
        assertThat(follower.texts()).containsEntry("a", "1");
    }

    @Test
    @DisplayName("A watch goes on after an outage, beginning anew, and its reader has everything in the end")
    void away_watchGoesOn() {
        skipIfExcused(StateRequirement.OUTAGE);
        TableFollower follower = following(elsewhere());
        write(put("before", "1"));
        awaitCaughtUp(follower);
        int connects = follower.connects();
        stop();
        start();

        awaitUntil("the watch has begun anew", () -> follower.connects() > connects);
        awaitWorking(table);
        write(put("after", "1"));
        awaitCaughtUp(follower);
        assertThat(follower.texts()).containsEntry("after", "1");
        assertThat(follower.texts()).isEqualTo(following(table, "after").texts());
        assertThat(follower.wrong()).isEmpty();
    }

    /** One that has caught up. */
    private TableFollower following(StateTable view, String with) {
        TableFollower follower = following(view);
        awaitUntil("it has " + with, () -> follower.change(with) != null);
        awaitCaughtUp(follower);
        return follower;
    }

    @Test
    @DisplayName(
            "After an outage that is longer than a lease everybody has time for one renewal, where the entry is still there")
    void away_leasesAreExcused() {
        skipIfExcused(StateRequirement.OUTAGE);
        Duration lease = Duration.ofSeconds(3);
        long version = write(leased("a", lease));
        stop();
        try {
            pass(lease.plusSeconds(1));
        } finally {
            start();
        }
        awaitWorking(table);

        Optional<Long> there = get("a").map(entry -> entry.version());

        if (there.isPresent()) {
            assertThat(there).contains(version);
            assertThat(value(table.renew(List.of(new StateLease("a", version, LONG_LEASE)))))
                    .isEmpty();
        } else {
            assertThat(value(table.renew(List.of(new StateLease("a", version, LONG_LEASE)))))
                    .containsExactly("a");
            assertThat(read(TablePosition.NONE).changes())
                    .as("it was lost with everything, not expired")
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("A store that has lost everything is in another epoch, where no version is seen twice")
    void lost_isAnotherEpoch() {
        skipIfExcused(StateRequirement.LOSS);
        long lease = write(leased("leased", LONG_LEASE));
        TablePosition before = applied(table.apply(put("a", "1"))).position();
        lose();
        awaitWorking(table);

        TablePosition after = value(table.position());
        assertThat(after.sameEpoch(before)).isFalse();
        assertThat(get("a")).isEmpty();
        assertThat(value(table.renew(List.of(new StateLease("leased", lease, LONG_LEASE)))))
                .containsExactly("leased");
        refused(table.apply(put("a", "x").ifVersion(before.revision())));
        refused(table.apply(StateBatch.of(put("a", "x")).ifAt(before)));
        assertThat(write(put("a", "2").ifAbsent())).isGreaterThan(before.revision());
        assertThat(value(table.changesSince(before, 10)).reset()).isTrue();
    }

    @Test
    @DisplayName("A reader who follows the rules comes through a loss, and has what was written after it")
    void lost_readerComesThrough() {
        skipIfExcused(StateRequirement.LOSS);
        TableFollower follower = following(elsewhere());
        write(put("lost", "1"));
        awaitCaughtUp(follower);
        lose();
        awaitWorking(table);
        write(put("new", "1"));

        awaitUntil("it hears of what is new", () -> follower.change("new") != null);
        awaitCaughtUp(follower);
        assertThat(follower.texts()).containsOnlyKeys("new");
    }

    @Test
    @DisplayName("An entry that cannot be understood hurts no other, and is mended by a write")
    void damaged_entry() {
        skipIfExcused(StateRequirement.DAMAGED_ENTRY);
        writeAll(puts("k", 0, 5));
        spoil(table.name(), "k2");

        Throwable thrown = ended(table.get("k2"));
        if (thrown != null) {
            failure(table.get("k2"), Reason.DAMAGED);
        } else {
            assertThat(get("k2")).isEmpty();
        }
        assertThat(text(entry("k1").value())).isEqualTo("value of 1");
        assertThat(read(TablePosition.NONE).changes())
                .extracting(StateChange::key)
                .contains("k0", "k1", "k3", "k4");
        TableFollower follower = following(elsewhere());
        write(put("k2", "mended"));
        awaitCaughtUp(follower);
        assertThat(text(entry("k2").value())).isEqualTo("mended");
        assertThat(follower.texts()).hasSize(5).containsEntry("k2", "mended");
    }

    @Test
    @DisplayName("A table that cannot be used says so soon, and hurts no other")
    void damaged_table() {
        skipIfExcused(StateRequirement.DAMAGED_TABLE);
        StateTable other = newTable();
        applied(other.apply(put("a", "1")));
        write(put("a", "1"));
        spoil(table.name());

        for (var operation : OPERATIONS) {
            Throwable thrown = ended(operation.apply(table));
            if (thrown != null) {
                StateStoreException failure = failure(operation.apply(table));
                assertThat(failure.reason()).isIn(Reason.DAMAGED, Reason.REFUSED);
            }
        }
        assertThat(ended(table.apply(put("a", "x")))).as("writing into it").isNotNull();
        assertThat(value(other.get("a"))).isPresent();
        applied(other.apply(put("a", "2")));
        assertThat(store.status().available()).isTrue();
    }
}
