package io.backstay.testkit;

import io.backstay.spi.StateChange;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TableWatcher;
import io.backstay.spi.VirtualTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FakeStateServerTest {

    private final VirtualTime time = new VirtualTime();
    private final FakeStateServer server = FakeStateServer.on(time);
    private final FaultyStateStore one = server.connect();
    private final FaultyStateStore other = server.connect();
    private final StateTable table = one.table("t");
    private final List<String> told = new ArrayList<>();

    private static StateWrite put(String key) {
        return StateWrite.put(key, key.getBytes(StandardCharsets.UTF_8));
    }

    private static <T> T value(CompletionStage<T> stage) {
        assertThat(stage.toCompletableFuture()).isDone();
        return stage.toCompletableFuture().join();
    }

    private static StateStoreException failure(CompletionStage<?> stage) {
        CompletableFuture<?> future = stage.toCompletableFuture();
        assertThat(future).isCompletedExceptionally();
        return (StateStoreException) future.handle((value, thrown) -> thrown).join();
    }

    private void watch() {
        table.watch(new TableWatcher() {
            @Override
            public void onChange(TablePosition position, List<StateChange> changes) {
                changes.forEach(change -> told.add(change.kind() + " " + change.key()));
            }

            @Override
            public void onConnect() {
                told.add("connect");
            }
        });
        time.runDue();
    }

    private boolean holds(String key) {
        return value(server.store().table("t").get(key)).isPresent();
    }

    @Test
    void lines_leadToTheSameTables() {
        value(table.apply(put("a")));

        assertThat(value(other.table("t").get("a"))).isPresent();
        assertThat(one.table("t")).isSameAs(table);
    }

    @Test
    void cutOff_failsAtOnceForThatProcessAlone() {
        one.cutOff();

        StateStoreException failure = failure(table.apply(put("a")));
        assertThat(failure.reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(failure.mayHaveBeenDone()).isFalse();
        assertThat(one.status().available()).isFalse();
        assertThat(other.status().available()).isTrue();
        value(other.table("t").apply(put("b")));
        one.reconnect();
        assertThat(value(table.get("b"))).isPresent();
        assertThat(one.status().available()).isTrue();
    }

    @Test
    void cutOff_failsWhatIsUnderWay() {
        one.delay(Duration.ofMillis(200));
        CompletionStage<?> early = table.apply(put("early"));
        time.advance(Duration.ofMillis(150));
        CompletionStage<?> late = table.apply(put("late"));
        assertThat(one.underWay()).isEqualTo(2);

        one.cutOff();
        time.advance(Duration.ofSeconds(2));

        assertThat(failure(early).mayHaveBeenDone()).isTrue();
        assertThat(failure(late).mayHaveBeenDone()).isTrue();
        assertThat(holds("early")).isTrue();
        assertThat(holds("late")).isFalse();
        assertThat(one.underWay()).isZero();
        assertThat(time.pendingTasks()).isZero();
    }

    @Test
    void watch_hearsNothingWhileCutOff_andBeginsAnewAfterwards() {
        watch();
        one.cutOff();
        value(other.table("t").apply(put("unheard")));
        time.runDue();
        one.reconnect();
        time.runDue();
        value(other.table("t").apply(put("heard")));
        time.runDue();

        assertThat(told).containsExactly("connect", "connect", "PUT heard");
    }

    @Test
    void watch_begunWhileCutOff_beginsOnceTheLineIsThere() {
        one.cutOff();
        watch();
        assertThat(told).isEmpty();

        one.reconnect();
        time.runDue();

        assertThat(told).containsExactly("connect");
    }

    @Test
    void frozen_timesOutWithoutHavingBeenDone() {
        watch();
        one.freeze();
        CompletionStage<?> written = table.apply(put("a"));
        time.advance(FaultyStateStore.COMMAND_TIMEOUT.minusMillis(1));
        assertThat(written.toCompletableFuture()).isNotDone();
        assertThat(one.status().available()).isTrue();
        time.advance(Duration.ofMillis(1));

        assertThat(failure(written).reason()).isEqualTo(Reason.TIMED_OUT);
        assertThat(failure(written).mayHaveBeenDone()).isFalse();
        assertThat(one.status().available()).isFalse();
        one.thaw();
        time.advance(Duration.ofSeconds(10));
        assertThat(holds("a")).isFalse();
        assertThat(told).containsExactly("connect", "connect");
    }

    @Test
    void lostAnswer_isOfWhatWasDone() {
        one.loseAnswers(true);
        CompletionStage<?> written = table.apply(put("a"));
        time.advance(FaultyStateStore.COMMAND_TIMEOUT);

        assertThat(failure(written).reason()).isEqualTo(Reason.TIMED_OUT);
        assertThat(failure(written).mayHaveBeenDone()).isTrue();
        assertThat(holds("a")).isTrue();
    }

    @Test
    void delay_isHalfThereAndHalfBack() {
        one.delay(Duration.ofMillis(200));
        CompletionStage<?> written = table.apply(put("a"));
        time.advance(Duration.ofMillis(99));
        assertThat(holds("a")).isFalse();
        time.advance(Duration.ofMillis(1));
        assertThat(holds("a")).isTrue();
        time.advance(Duration.ofMillis(99));
        assertThat(written.toCompletableFuture()).isNotDone();
        time.advance(Duration.ofMillis(1));

        value(written);
        assertThat(time.pendingTasks()).isZero();
    }

    @Test
    void delay_longerThanTheTimeout_timesOut() {
        one.delay(Duration.ofSeconds(4));
        CompletionStage<?> written = table.apply(put("a"));
        time.advance(Duration.ofSeconds(1));

        assertThat(failure(written).reason()).isEqualTo(Reason.TIMED_OUT);
        time.advance(Duration.ofSeconds(1));
        assertThat(holds("a")).as("it arrives all the same").isTrue();
    }

    @Test
    void lostMessages_leaveAGap() {
        watch();
        one.loseMessages(true);
        value(table.apply(put("lost")));
        time.runDue();
        one.loseMessages(false);
        value(table.apply(put("heard")));
        time.runDue();

        assertThat(told).containsExactly("connect", "PUT heard");
    }

    @Test
    void failWith_failsForThatReason() {
        one.failWith(Reason.FULL);
        assertThat(failure(table.apply(put("a"))).reason()).isEqualTo(Reason.FULL);
        one.failWith(null);
        value(table.apply(put("a")));
    }

    @Test
    void stop_cutsEverybodyOff_alsoWhoConnectsMeanwhile() {
        server.stop();
        FaultyStateStore late = server.connect();

        for (FaultyStateStore line : List.of(one, other, late)) {
            assertThat(failure(line.table("t").position()).reason()).isEqualTo(Reason.UNAVAILABLE);
        }
        server.start();
        for (FaultyStateStore line : List.of(one, other, late)) {
            value(line.table("t").position());
        }
    }

    @Test
    void failOver_goesBackToWhatTheReplicaHas_inAnotherEpoch() {
        watch();
        value(table.apply(put("kept")));
        FakeStateServer.Replica replica = server.replica();
        TablePosition before = value(table.apply(put("lost"))).position();

        server.failOver(replica);
        time.runDue();

        assertThat(holds("kept")).isTrue();
        assertThat(holds("lost")).isFalse();
        assertThat(value(table.position()).sameEpoch(before)).isFalse();
        assertThat(told).containsExactly("connect", "connect");
    }

    @Test
    void loseEverything_leavesEmptyTablesInAnotherEpoch() {
        TablePosition before = value(table.apply(put("a"))).position();

        server.stop();
        server.loseEverything();
        server.start();

        assertThat(holds("a")).isFalse();
        assertThat(value(table.position()).sameEpoch(before)).isFalse();
        assertThat(value(table.position()).revision()).isGreaterThanOrEqualTo(before.revision());
    }

    @Test
    void wrongArguments_areRefusedAtOnce_alsoWhileCutOff() {
        one.cutOff();

        assertThatThrownBy(() -> table.get("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> table.changesSince(TablePosition.NONE, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> one.table("T")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void close_endsTheLineAndLeavesTheServer() {
        watch();
        one.freeze();
        CompletionStage<Set<String>> renewal = table.renew(List.of());
        one.close();

        assertThat(failure(renewal).reason()).isEqualTo(Reason.CLOSED);
        assertThat(failure(table.position()).reason()).isEqualTo(Reason.CLOSED);
        value(other.table("t").apply(put("a")));
        time.advance(Duration.ofSeconds(5));
        assertThat(told).containsExactly("connect");
        server.close();
        assertThat(failure(other.table("t").position()).reason()).isEqualTo(Reason.CLOSED);
    }
}
