package io.backstay.testkit;

import io.backstay.spi.StateBatch;
import io.backstay.spi.StateEntry;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.StateWritten;
import io.backstay.spi.TablePosition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Eight writers in two processes. */
abstract class RaceCases extends WatchCases {

    private static final int ROUNDS = 50;

    /** Four of the writers each. */
    private List<StateTable> views() {
        StateTable other = elsewhere();
        List<StateTable> views = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            views.add(i % 2 == 0 ? table : other);
        }
        return views;
    }

    private static long number(Optional<StateEntry> entry) {
        return entry.map(found -> Long.parseLong(text(found.value()))).orElse(0L);
    }

    @Test
    @DisplayName("A counter that 8 writers count up by put-if-version loses no count")
    void counter_losesNothing() throws Exception {
        List<StateTable> views = views();
        Parallel.run(WRITERS, writer -> {
            for (int done = 0; done < ROUNDS; ) {
                Optional<StateEntry> now = value(views.get(writer).get("counter"));
                StateWrite next = put("counter", Long.toString(number(now) + 1))
                        .ifVersion(now.map(StateEntry::version).orElse(StateWrite.ABSENT));
                done += value(views.get(writer).apply(next)).isApplied() ? 1 : 0;
            }
        });

        assertThat(number(get("counter"))).isEqualTo(WRITERS * ROUNDS);
    }

    @Test
    @DisplayName("Of 8 writers that put for the same version, exactly one wins each round")
    void putIfVersion_hasOneWinner() throws Exception {
        List<StateTable> views = views();
        long version = write(put("prize", "nobody's"));
        for (int round = 0; round < ROUNDS; round++) {
            long expected = version;
            Set<String> winners = new ConcurrentSkipListSet<>();
            Parallel.run(WRITERS, writer -> {
                String name = "writer " + writer;
                StateWritten written =
                        value(views.get(writer).apply(put("prize", name).ifVersion(expected)));
                if (written.isApplied()) {
                    winners.add(name);
                } else {
                    assertThat(written.conflict()).contains("prize");
                }
            });
            assertThat(winners).containsExactly(text(entry("prize").value()));
            version = entry("prize").version();
            assertThat(version).isEqualTo(expected + 1);
        }
    }

    @Test
    @DisplayName("Of 8 writers that put what is absent, exactly one wins")
    void putIfAbsent_hasOneWinner() throws Exception {
        List<StateTable> views = views();
        AtomicInteger won = new AtomicInteger();
        Parallel.run(WRITERS, writer -> {
            for (int i = 0; i < ROUNDS; i++) {
                StateWrite claim = put("key" + i, "writer " + writer).ifAbsent();
                won.addAndGet(value(views.get(writer).apply(claim)).isApplied() ? 1 : 0);
            }
        });

        assertThat(won).hasValue(ROUNDS);
        assertThat(read(TablePosition.NONE).changes()).hasSize(ROUNDS);
    }

    @Test
    @DisplayName("Of 8 writers that write for the same position, exactly one goes on from each")
    void batchIfAt_hasOneWinner() throws Exception {
        List<StateTable> views = views();
        Set<Long> from = new ConcurrentSkipListSet<>();
        AtomicInteger won = new AtomicInteger();
        TablePosition start = value(table.position());
        Parallel.run(WRITERS, writer -> {
            for (int i = 0; i < ROUNDS; i++) {
                TablePosition here = value(views.get(writer).position());
                StateBatch batch = StateBatch.of(List.of(put("a" + writer, "x"), put("b", "x")))
                        .ifAt(here);
                if (value(views.get(writer).apply(batch)).isApplied()) {
                    won.incrementAndGet();
                    from.add(here.revision());
                }
            }
        });

        assertThat(won.get()).isPositive().isEqualTo(from.size());
        assertThat(value(table.position()).revision()).isEqualTo(start.revision() + 2L * won.get());
    }

    @Test
    @DisplayName("Revisions under 8 writers have no gap and no double, as the writers are told and as a watcher hears")
    void revisions_haveNoGap() throws Exception {
        TableFollower follower = following(elsewhere());
        awaitUntil("it has begun", () -> follower.connects() == 1);
        List<StateTable> views = views();
        long before = value(table.position()).revision();
        ConcurrentSkipListSet<Long> given = new ConcurrentSkipListSet<>();
        Parallel.run(WRITERS, writer -> {
            for (int i = 0; i < ROUNDS; i++) {
                StateWritten written = applied(views.get(writer)
                        .apply(StateBatch.of(List.of(put("own" + writer, "value " + i), put("shared" + i, "x")))));
                given.addAll(written.versions());
            }
        });

        long all = 2L * WRITERS * ROUNDS;
        assertThat(given).hasSize((int) all);
        assertThat(given.first()).isEqualTo(before + 1);
        assertThat(given.last()).isEqualTo(before + all);
        awaitCaughtUp(follower);
        assertThat(follower.wrong()).isEmpty();
        assertThat(given).containsAll(follower.heard());
        Map<String, String> texts = follower.texts();
        assertThat(texts).hasSize(WRITERS + ROUNDS);
        for (int writer = 0; writer < WRITERS; writer++) {
            assertThat(texts).containsEntry("own" + writer, "value " + (ROUNDS - 1));
        }
    }

    @Test
    @DisplayName("A reader never sees half of a batch")
    void batch_isNeverSeenInHalf() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        StateTable reader = elsewhere();
        applied(table.apply(StateBatch.of(List.of(put("one", "0"), put("two", "0")))));
        Parallel.run(2, who -> {
            if (who == 0) {
                for (int i = 0; i < 4 * ROUNDS; i++) {
                    String next = Integer.toString(i);
                    applied(table.apply(StateBatch.of(List.of(put("one", next), put("two", next)))));
                }
                ended.set(true);
                return;
            }
            do {
                assertThat(value(reader.changesSince(TablePosition.NONE, 10)).changes())
                        .extracting(change -> text(change.value()))
                        .hasSize(2)
                        .satisfies(values -> assertThat(values.get(0)).isEqualTo(values.get(1)));
            } while (!ended.get());
        });
    }

    @Test
    @DisplayName("8 writers that move what belongs together by batches under conditions keep the sum")
    void transfers_keepTheSum() throws Exception {
        List<StateTable> views = views();
        applied(table.apply(StateBatch.of(List.of(put("left", "1000"), put("right", "1000")))));
        Parallel.run(WRITERS, writer -> {
            StateTable view = views.get(writer);
            for (int done = 0; done < ROUNDS / 2; ) {
                StateEntry left = value(view.get("left")).orElseThrow();
                StateEntry right = value(view.get("right")).orElseThrow();
                long amount = writer - 3L;
                StateBatch move = StateBatch.of(List.of(
                        put("left", Long.toString(number(Optional.of(left)) - amount))
                                .ifVersion(left.version()),
                        put("right", Long.toString(number(Optional.of(right)) + amount))
                                .ifVersion(right.version())));
                done += value(view.apply(move)).isApplied() ? 1 : 0;
            }
        });

        assertThat(number(get("left")) + number(get("right"))).isEqualTo(2_000);
    }
}
