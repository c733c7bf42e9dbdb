package io.backstay.internal.state;

import io.backstay.spi.DelayScheduler;
import io.backstay.spi.MetricSource;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.RandomSource;
import io.backstay.spi.StateBatch;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateChange.Kind;
import io.backstay.spi.StateChanges;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.StateWritten;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TableWatcher;
import io.backstay.spi.VirtualTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What the store in memory does beyond the contract of every store, which it is held to in the testkit. */
class MemoryStateStoreTest {

    private static final Duration LEASE = Duration.ofSeconds(15);
    private static final Duration TICK = Duration.ofSeconds(1);

    private final VirtualTime time = new VirtualTime();
    /** What the store's timers are kept from while the process "stands still". */
    private final PausableScheduler scheduler = new PausableScheduler();

    private final MemoryStateStore store = new MemoryStateStore(new ProviderContext(
            time, scheduler, time, RandomSource.seeded(7), task -> time.schedule(task, Duration.ZERO), name -> null));
    private final StateTable table = store.table("services");

    /** Hands tasks that fall due in a pause over at its end, as the machine's timer does after the process stood still. */
    private final class PausableScheduler implements DelayScheduler {

        private final List<Runnable> held = new ArrayList<>();
        private boolean paused;

        @Override
        public Cancellable schedule(Runnable task, Duration delay) {
            return time.schedule(
                    () -> {
                        if (paused) {
                            held.add(task);
                        } else {
                            task.run();
                        }
                    },
                    delay);
        }

        void pause(Duration duration) {
            paused = true;
            time.advance(duration);
            paused = false;
        }

        void resume() {
            List<Runnable> due = List.copyOf(held);
            held.clear();
            due.forEach(Runnable::run);
        }
    }

    private static final class Recorder implements TableWatcher {

        final List<String> told = new ArrayList<>();

        @Override
        public void onChange(TablePosition position, List<StateChange> changes) {
            changes.forEach(change -> told.add(change.kind() + " " + change.key()));
        }

        @Override
        public void onConnect() {
            told.add("connect");
        }
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static <T> T value(CompletionStage<T> stage) {
        if (!stage.toCompletableFuture().isDone()) {
            throw new AssertionError("an operation in memory is done when it returns");
        }
        return stage.toCompletableFuture().join();
    }

    private long put(String key, Duration lease) {
        return value(table.apply(StateWrite.put(key, octets(key)).withLease(lease)))
                .versions()
                .get(0);
    }

    private Set<String> renew(String key, long version) {
        return value(table.renew(List.of(new StateLease(key, version, LEASE))));
    }

    private Optional<StateEntry> get(String key) {
        return value(table.get(key));
    }

    @Test
    void revisions_beginAtTheWallClockInMicroseconds() {
        long start = time.now().getEpochSecond() * 1_000_000;

        assertThat(value(table.position()).revision()).isEqualTo(start);
        assertThat(put("a", LEASE)).isEqualTo(start + 1);
    }

    @Test
    void timer_runsOnlyAsLongAsThereAreLeases() {
        value(table.apply(StateWrite.put("for-good", octets("x"))));
        assertThat(time.pendingTasks()).isZero();

        put("a", LEASE);
        put("b", LEASE);
        assertThat(time.pendingTasks()).isOne();
        time.advance(LEASE.plus(TICK));

        assertThat(get("a")).isEmpty();
        assertThat(time.pendingTasks()).isZero();
        put("a", LEASE);
        assertThat(time.pendingTasks()).isOne();
        store.close();
        assertThat(time.pendingTasks()).isZero();
    }

    @Test
    void massExpiry_isDoneInPiecesOneAfterTheOther() {
        Recorder recorder = new Recorder();
        for (int i = 0; i < 2_500; i++) {
            put("k" + i, LEASE);
        }
        table.watch(recorder);

        time.advance(LEASE.plus(TICK));

        assertThat(recorder.told).hasSize(2_501);
        assertThat(recorder.told.subList(1, 2_501)).allMatch(told -> told.startsWith("EXPIRED"));
    }

    @Test
    void pauseOfTheProcess_givesEverybodyOneMoreLease() {
        long version = put("a", LEASE);
        time.advance(Duration.ofSeconds(3));

        scheduler.pause(Duration.ofMinutes(1));

        assertThat(get("a")).as("read before the timer runs").isPresent();
        scheduler.resume();
        time.advance(LEASE.dividedBy(2));
        assertThat(renew("a", version)).isEmpty();
        time.advance(LEASE.dividedBy(2));
        assertThat(get("a")).isPresent();
        time.advance(LEASE);
        assertThat(get("a")).as("without a pause it expires").isEmpty();
    }

    @Test
    void pauseNoticedByTheTimerFirst_givesOneMoreLeaseJustSo() {
        put("a", LEASE);

        scheduler.pause(Duration.ofMinutes(1));
        scheduler.resume();

        time.advance(LEASE.minus(Duration.ofMillis(1)));
        assertThat(get("a")).isPresent();
        time.advance(TICK);
        assertThat(get("a")).isEmpty();
    }

    @Test
    void secondPauseBeforeARenewal_givesTimeAgain() {
        put("a", LEASE);
        for (int i = 0; i < 3; i++) {
            scheduler.pause(Duration.ofMinutes(1));
            scheduler.resume();
            time.advance(TICK);
        }

        assertThat(get("a")).isPresent();
    }

    @Test
    void whatHasExpiredBeforeAPause_doesNotComeBack() {
        put("short", Duration.ofMillis(500));
        time.advance(Duration.ofMillis(600));
        assertThat(get("short")).isEmpty();

        scheduler.pause(Duration.ofMinutes(1));
        assertThat(get("short")).isEmpty();
        scheduler.resume();
        time.advance(TICK);

        assertThat(get("short")).isEmpty();
        assertThat(value(table.changesSince(TablePosition.NONE, 10)).changes()).isEmpty();
    }

    @Test
    void pauseShorterThanAThirdOfALease_isNone() {
        put("a", LEASE);

        scheduler.pause(Duration.ofSeconds(5));
        scheduler.resume();
        time.advance(LEASE.minusSeconds(5));

        assertThat(get("a")).isEmpty();
    }

    @Test
    void lease_thatWasRewrittenManyTimes_keepsNothingOfThePast() {
        for (int i = 0; i < 1_000; i++) {
            put("a", Duration.ofDays(300));
        }

        time.advance(Duration.ofDays(299));
        assertThat(get("a")).isPresent();
        time.advance(Duration.ofDays(1).plus(TICK));
        assertThat(get("a")).isEmpty();
        assertThat(time.pendingTasks()).isZero();
    }

    @Test
    void removals_areForgottenAfterAWhile() {
        TablePosition before =
                value(table.apply(StateWrite.put("a", octets("1")))).position();
        value(table.apply(StateWrite.remove("a")));

        time.advance(Removals.KEPT);
        assertThat(value(table.changesSince(before, 10)).reset()).isFalse();
        time.advance(Duration.ofMillis(1));

        assertThat(value(table.changesSince(before, 10)).reset()).isTrue();
        assertThat(gauge("state_removals_remembered")).isZero();
    }

    @Test
    void removals_areRememberedForAsManyAsThereAreEntries() {
        int entries = Removals.MOST * 2 + 2;
        for (int i = 0; i < entries; i++) {
            value(table.apply(StateWrite.put("k" + i, octets("x"))));
        }
        TablePosition before = value(table.position());
        for (int i = 0; i < Removals.MOST + 1; i++) {
            value(table.apply(StateWrite.remove("k" + i)));
        }

        StateChanges missed = value(table.changesSince(before, StateStore.MAX_CHANGES_READ));

        assertThat(missed.reset()).isFalse();
        assertThat(missed.changes()).hasSize(StateStore.MAX_CHANGES_READ);
        value(table.apply(StateWrite.remove("k" + (Removals.MOST + 1))));
        assertThat(value(table.changesSince(before, 1)).reset()).isTrue();
    }

    @Test
    void firstRead_ofWhatIsOlderThanAllRemovalsForgotten_comesToItsEnd() {
        for (int i = 0; i < 10; i++) {
            value(table.apply(StateWrite.put("old" + i, octets("x"))));
        }
        for (int i = 0; i < Removals.MOST + 10; i++) {
            value(table.apply(StateWrite.put("passing", octets("x"))));
            value(table.apply(StateWrite.remove("passing")));
            value(table.apply(StateWrite.put("passing" + i, octets("x"))));
            value(table.apply(StateWrite.remove("passing" + i)));
        }
        Map<String, String> copy = new HashMap<>();
        StateChanges piece = value(table.changesSince(TablePosition.NONE, 3));
        for (int i = 0; !piece.complete(); i++) {
            assertThat(i).isLessThan(Removals.MOST);
            piece.changes()
                    .forEach(change -> copy.put(change.key(), change.kind().name()));
            if (i == 1) {
                value(table.apply(StateWrite.remove("old0")));
            }
            piece = value(table.changesSince(piece.position(), 3));
            assertThat(piece.reset()).isFalse();
        }
        piece.changes().forEach(change -> copy.put(change.key(), change.kind().name()));

        assertThat(copy).hasSize(10).containsEntry("old0", Kind.REMOVED.name());
        assertThat(piece.position()).isEqualTo(value(table.position()));
    }

    @Test
    void firstRead_thatMissesRemovalsForgottenMeanwhile_beginsAnew() {
        for (int i = 0; i < 10; i++) {
            value(table.apply(StateWrite.put("old" + i, octets("x"))));
        }
        StateChanges piece = value(table.changesSince(TablePosition.NONE, 3));
        value(table.apply(StateWrite.remove("old0")));
        time.advance(Removals.KEPT.plusMillis(1));

        assertThat(value(table.changesSince(piece.position(), 3)).reset()).isTrue();
    }

    @Test
    void positionOfAnotherMaking_isAnsweredByEverything() {
        TablePosition here =
                value(table.apply(StateWrite.put("a", octets("x")))).position();

        for (TablePosition foreign : List.of(
                new TablePosition("another", here.revision()),
                new TablePosition(here.epoch(), here.revision() + 1),
                new TablePosition(here.epoch() + "~", 1),
                new TablePosition(here.epoch() + "~x", 1),
                new TablePosition(here.epoch() + "~99999999999999999999", 1))) {
            StateChanges all = value(table.changesSince(foreign, 10));
            assertThat(all.reset()).as("%s", foreign).isTrue();
            assertThat(all.changes()).hasSize(1);
        }
    }

    @Test
    void watcherFarBehind_isToldToReadInPlaceOfEverythingThatWaits() {
        Recorder recorder = new Recorder();
        table.watch(recorder);
        for (int i = 0; i < MemoryWatch.MOST_WAITING + 10; i++) {
            put("k" + i, LEASE);
        }

        time.runDue();

        assertThat(recorder.told).hasSizeLessThan(20).startsWith("connect").endsWith("PUT k1033");
        assertThat(recorder.told).filteredOn("connect"::equals).hasSize(1);
    }

    @Test
    void watcherThatWritesInItsCallback_isToldOfItAfterwards() {
        List<String> told = new ArrayList<>();
        table.watch(new TableWatcher() {
            @Override
            public void onChange(TablePosition position, List<StateChange> changes) {
                told.add("begin " + changes.get(0).key());
                if (told.size() < 6) {
                    put("after-" + changes.get(0).key(), LEASE);
                }
                told.add("end " + changes.get(0).key());
            }

            @Override
            public void onConnect() {}
        });

        put("a", LEASE);
        time.runDue();

        assertThat(told)
                .startsWith(
                        "begin a", "end a", "begin after-a", "end after-a", "begin after-after-a", "end after-after-a");
    }

    @Test
    void startOver_losesWhatCameAfterTheImageAndNeverUsesARevisionAgain() {
        long kept = put("kept", LEASE);
        MemoryStateStore.Image image = store.image();
        time.advance(Duration.ofSeconds(10));
        long lost = put("lost", LEASE);
        value(table.apply(StateWrite.remove("kept")));
        TablePosition before = value(table.position());
        Recorder recorder = new Recorder();
        table.watch(recorder);

        store.startOver(image);

        TablePosition after = value(table.position());
        assertThat(after.sameEpoch(before)).isFalse();
        assertThat(get("lost")).isEmpty();
        assertThat(get("kept").orElseThrow().version()).isEqualTo(kept);
        assertThat(get("kept").orElseThrow().remainingLease()).contains(LEASE);
        assertThat(put("lost", LEASE)).isGreaterThan(lost).isGreaterThan(before.revision());
        assertThat(value(table.changesSince(before, 10)).reset()).isTrue();
        time.runDue();
        assertThat(recorder.told).containsExactly("connect", "PUT lost");
        time.advance(LEASE.plus(TICK));
        assertThat(get("kept")).isEmpty();
    }

    @Test
    void startOver_withNothing_isEmpty() {
        long version = put("a", LEASE);
        TablePosition before = value(table.position());

        store.startOver(null);

        assertThat(get("a")).isEmpty();
        assertThat(renew("a", version)).containsExactly("a");
        assertThat(value(table.changesSince(before, 10)))
                .isEqualTo(new StateChanges(true, List.of(), value(table.position()), true));
    }

    @Test
    void metrics_countWhatHappened() {
        put("a", LEASE);
        put("b", LEASE);
        StateWritten refused =
                value(table.apply(StateBatch.of(StateWrite.remove("a").ifAbsent())));
        assertThat(refused.isApplied()).isFalse();
        value(table.apply(StateWrite.remove("b")));
        table.watch(new Recorder());
        time.advance(LEASE.plus(TICK));

        Map<String, Long> figures = figures();

        assertThat(figures)
                .containsEntry("state_changes", 4L)
                .containsEntry("state_expirations", 1L)
                .containsEntry("state_conflicts", 1L)
                .containsEntry("state_entries", 0L)
                .containsEntry("state_removals_remembered", 2L)
                .containsEntry("state_watchers", 1L);
    }

    private long gauge(String name) {
        return figures().getOrDefault(name, -1L);
    }

    private Map<String, Long> figures() {
        Map<String, Long> figures = new LinkedHashMap<>();
        store.metrics().collect(new MetricSource.Sink() {
            @Override
            public void counter(String name, Map<String, String> labels, long value) {
                assertThat(labels).isEqualTo(Map.of("table", "services"));
                figures.put(name, value);
            }

            @Override
            public void gauge(String name, Map<String, String> labels, double value) {
                counter(name, labels, (long) value);
            }

            @Override
            public void latency(String name, Map<String, String> labels, MetricSource.Latency value) {
                throw new AssertionError("nothing takes time here");
            }
        });
        return figures;
    }

    @Test
    void close_endsTablesThatAreOpenedLaterToo() {
        store.close();

        assertThat(store.status().available()).isFalse();
        assertThat(store.status().detail()).isEqualTo("closed");
        assertThatThrownBy(() ->
                        store.table("later").position().toCompletableFuture().join())
                .hasCauseInstanceOf(StateStoreException.class);
    }
}
