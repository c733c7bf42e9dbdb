package io.backstay.testkit;

import io.backstay.spi.StateBatch;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStore;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateTable.Watch;
import io.backstay.spi.StateWrite;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TableWatcher;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Being told of changes. */
abstract class WatchCases extends ReadingCases {

    /** Writes down what it is told, and does something at each change. */
    private static class Recorder implements TableWatcher {

        final List<String> told = new CopyOnWriteArrayList<>();

        @Override
        public void onChange(TablePosition position, List<StateChange> changes) {
            changes.forEach(change -> told.add(change.kind() + " " + change.key()));
            changed();
        }

        @Override
        public void onConnect() {
            told.add("connect");
        }

        void changed() {}
    }

    private Watch watching(Recorder recorder) {
        return watching(table, recorder);
    }

    private Watch watching(StateTable view, Recorder recorder) {
        Watch watch = view.watch(recorder);
        closing(watch);
        awaitTold(recorder, "connect");
        return watch;
    }

    private void awaitTold(Recorder recorder, String what) {
        awaitUntil("told of " + what, () -> recorder.told.contains(what));
    }

    @Test
    @DisplayName("A watch is told that it has begun, and then what is written, removed and written with a lease")
    void watch_isTold() {
        write(put("before", "x"));
        Recorder recorder = new Recorder();
        watching(elsewhere(), recorder);
        assertThat(recorder.told).containsExactly("connect");

        write(put("a", "1"));
        write(StateWrite.remove("a"));
        write(leased("b", LONG_LEASE));

        awaitTold(recorder, "PUT b");
        assertThat(recorder.told).containsExactly("connect", "PUT a", "REMOVED a", "PUT b");
    }

    @Test
    @DisplayName("A small change is told with its value, its revision and its lease")
    void watch_tellsTheWholeChange() {
        TableFollower follower = following(elsewhere());
        awaitUntil("it has begun", () -> follower.connects() == 1);
        write(StateWrite.put("empty", new byte[0]));
        long version = write(StateWrite.put("a", new byte[] {0, -1, 10, 13}).withLease(LONG_LEASE));
        awaitUntil("both are told", () -> follower.events().size() == 2);

        StateChange change = follower.events().get(1);
        assertThat(follower.events().get(0).value()).isEmpty();
        assertThat(follower.events().get(0).remainingLease()).isEmpty();
        assertThat(change.value()).isEqualTo(new byte[] {0, -1, 10, 13});
        assertThat(change.revision()).isEqualTo(version);
        assertThat(change.remainingLease().orElseThrow())
                .isLessThanOrEqualTo(LONG_LEASE)
                .isGreaterThan(LONG_LEASE.minus(BOUND));
    }

    @Test
    @DisplayName(
            "A thousand changes of one process come to another in their order, with no revision missing in the end")
    void watch_hearsInOrder() {
        TableFollower follower = following(elsewhere());
        awaitUntil("it has begun", () -> follower.connects() == 1);
        for (int i = 0; i < 1_000; i++) {
            write(put("k" + i % 100, "value " + i));
        }

        awaitCaughtUp(follower);
        assertThat(follower.wrong()).isEmpty();
        assertThat(follower.texts())
                .hasSize(100)
                .containsEntry("k99", "value 999")
                .containsEntry("k0", "value 900");
    }

    @Test
    @DisplayName("A batch is told as its changes in their order")
    void watch_ofABatch() {
        Recorder recorder = new Recorder();
        watching(elsewhere(), recorder);
        write(put("gone", "x"));

        applied(table.apply(StateBatch.of(
                List.of(put("b", "1"), StateWrite.remove("gone"), StateWrite.remove("never"), put("a", "1")))));

        awaitTold(recorder, "PUT a");
        assertThat(recorder.told).containsExactly("connect", "PUT gone", "PUT b", "REMOVED gone", "PUT a");
    }

    @Test
    @DisplayName("The greatest value and the greatest batch come to a reader who follows the rules")
    void watch_ofGreatChanges() {
        TableFollower follower = following(elsewhere());
        awaitUntil("it has begun", () -> follower.connects() == 1);
        write(StateWrite.put("great", new byte[StateStore.MAX_VALUE_BYTES]));
        writeAll(puts("k", 0, StateStore.MAX_BATCH_CHANGES));

        awaitCaughtUp(follower);
        assertThat(follower.texts()).hasSize(StateStore.MAX_BATCH_CHANGES + 1);
        assertThat(entry("great").value()).hasSize(StateStore.MAX_VALUE_BYTES);
        assertThat(follower.texts().get("great")).hasSize(StateStore.MAX_VALUE_BYTES);
        assertThat(follower.wrong()).isEmpty();
    }

    @Test
    @DisplayName("What changes nothing is not told: refused writes, removals of nothing, renewals")
    void watch_ofNothing() {
        long version = write(leased("a", LONG_LEASE));
        Recorder recorder = new Recorder();
        watching(recorder);

        refused(table.apply(put("a", "x").ifAbsent()));
        write(StateWrite.remove("never"));
        value(table.renew(List.of(new StateLease("a", version, LONG_LEASE))));
        write(put("last", "x"));

        awaitTold(recorder, "PUT last");
        assertThat(recorder.told).containsExactly("connect", "PUT last");
    }

    @Test
    @DisplayName("Another table's changes are not told")
    void watch_ofAnotherTable() {
        Recorder recorder = new Recorder();
        watching(recorder);

        applied(newTable().apply(put("elsewhere", "x")));
        write(put("here", "x"));

        awaitTold(recorder, "PUT here");
        assertThat(recorder.told).containsExactly("connect", "PUT here");
    }

    @Test
    @DisplayName("Several watchers hear the same, and one that is closed leaves the others")
    void watch_byMany() {
        Recorder first = new Recorder();
        Recorder second = new Recorder();
        Watch watch = watching(first);
        watching(second);
        write(put("a", "1"));
        awaitTold(first, "PUT a");

        watch.close();
        watch.close();
        write(put("b", "1"));

        awaitTold(second, "PUT b");
        assertThat(second.told).containsExactly("connect", "PUT a", "PUT b");
        assertThat(first.told).containsExactly("connect", "PUT a");
    }

    @Test
    @DisplayName("A watch may be closed in its own callback, and hears no more")
    void watch_closedInItsCallback() {
        AtomicReference<@Nullable Watch> watch = new AtomicReference<>();
        Recorder closing = new Recorder() {
            @Override
            void changed() {
                Watch own = watch.get();
                if (own != null) {
                    own.close();
                }
            }
        };
        Recorder staying = new Recorder();
        watch.set(watching(closing));
        watching(staying);

        write(put("a", "1"));
        awaitTold(closing, "PUT a");
        write(put("b", "1"));

        awaitTold(staying, "PUT b");
        assertThat(closing.told).containsExactly("connect", "PUT a");
    }

    @Test
    @DisplayName("A watcher that throws goes on being told, and so do the others")
    void watch_thatThrows() {
        Recorder throwing = new Recorder() {
            @Override
            void changed() {
                throw new IllegalStateException("a watcher's own failure");
            }

            @Override
            public void onConnect() {
                super.onConnect();
                throw new AssertionError("a watcher's own error");
            }
        };
        Recorder other = new Recorder();
        watching(throwing);
        watching(other);

        write(put("a", "1"));
        write(put("b", "1"));

        awaitTold(throwing, "PUT b");
        awaitTold(other, "PUT b");
        assertThat(throwing.told).containsExactly("connect", "PUT a", "PUT b");
    }

    @Test
    @DisplayName("A watcher is called by one thread at a time")
    void watch_byOneThreadAtATime() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger calls = new AtomicInteger();
        Recorder recorder = new Recorder() {
            @Override
            void changed() {
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                for (int i = 0; i < 1_000; i++) {
                    Thread.onSpinWait();
                }
                inside.decrementAndGet();
                calls.incrementAndGet();
            }
        };
        watching(recorder);
        Parallel.run(WRITERS, writer -> {
            for (int i = 0; i < 50; i++) {
                write(put("k" + writer, "value " + i));
            }
        });
        write(put("last", "x"));

        awaitTold(recorder, "PUT last");
        assertThat(calls.get()).isPositive();
        assertThat(most).hasValue(1);
    }

    @Test
    @DisplayName("A watcher may write to the table, and hears of it")
    void watch_thatWrites() {
        AtomicInteger left = new AtomicInteger(3);
        Recorder recorder = new Recorder() {
            @Override
            void changed() {
                int next = left.getAndDecrement();
                if (next > 0) {
                    table.apply(put("written" + next, "x"));
                }
            }
        };
        watching(recorder);

        write(put("a", "1"));

        awaitTold(recorder, "PUT written1");
        assertThat(recorder.told).containsExactly("connect", "PUT a", "PUT written3", "PUT written2", "PUT written1");
    }

    @Test
    @DisplayName("A reader that joins while the table is changed has all of it in the end")
    void watch_begunWhileChanged() throws Exception {
        StateTable view = elsewhere();
        List<TableFollower> followers = new CopyOnWriteArrayList<>();
        Parallel.run(2, who -> {
            for (int i = 0; i < 200; i++) {
                if (who == 0) {
                    write(put("k" + i % 50, "value " + i));
                } else if (i % 40 == 0) {
                    followers.add(following(view));
                }
            }
        });

        for (TableFollower follower : followers) {
            awaitCaughtUp(follower);
            assertThat(follower.texts()).hasSize(50).containsEntry("k49", "value 199");
            assertThat(follower.wrong()).isEmpty();
        }
    }
}
