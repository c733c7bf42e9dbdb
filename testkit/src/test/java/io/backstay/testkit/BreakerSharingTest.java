package io.backstay.testkit;

import io.backstay.Backstay;
import io.backstay.CallPolicy;
import io.backstay.CircuitBreakerPolicy;
import io.backstay.ConfigurationException;
import io.backstay.ServiceClient;
import io.backstay.event.BreakerStateChanged;
import io.backstay.guard.BreakerState;
import io.backstay.guard.CircuitBreaker;
import io.backstay.spi.RandomSource;
import io.backstay.spi.StateChange;
import io.backstay.spi.StateTable;
import io.backstay.spi.StateWrite;
import io.backstay.spi.TablePosition;
import io.backstay.spi.VirtualTime;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@DisplayName("Breakers whose states are kept in a shared store")
@SuppressWarnings("AvoidCommonTypeNames")
class BreakerSharingTest {

    private static final Duration OPEN_TIME = Duration.ofSeconds(60);
    private static final Duration SETTLED = Duration.ofSeconds(1);

    private final VirtualTime time = new VirtualTime();
    private final FakeStateServer server = FakeStateServer.on(time);
    private final StateTable table = server.store().table("breakers");
    private long seed;

    /** One process with a client of the service "users". */
    private final class Process {
        final FaultyStateStore store = server.connect();
        final FakeTransport transport = FakeTransport.on(time).always(FakeAnswer.ok("ada"));
        final List<String> changes = new ArrayList<>();
        final Backstay backstay;
        final ServiceClient users;

        Process(UnaryOperator<Backstay.Builder> more) {
            backstay = more.apply(Backstay.builder()
                            .virtualTime(time)
                            .randomSource(RandomSource.seeded(++seed))
                            .transport(transport)
                            .stateStore(store)
                            .environment(Map.of("HOSTNAME", "host"))
                            .policy(CallPolicy.builder()
                                    .breaker(CircuitBreakerPolicy.consecutive())
                                    .build())
                            .endpoint("users", URI.create("http://users.test"))
                            .listener(
                                    BreakerStateChanged.class,
                                    change -> changes.add(change.from() + "->" + change.to())))
                    .build();
            users = backstay.client("users");
        }

        CircuitBreaker breaker() {
            return backstay.breaker("users").orElseThrow();
        }

        void fail(int times) {
            for (int i = 0; i < times; i++) {
                breaker().onFailure(breaker().tryAcquire());
            }
        }

        Duration retryAfter() {
            return breaker().retryAfter(time.nanoTime());
        }
    }

    private Process process(String name) {
        Process process = new Process(builder -> builder.setting("backstay.process", name));
        time.advance(SETTLED);
        return process;
    }

    private Process unnamed() {
        Process process = new Process(builder -> builder);
        time.advance(SETTLED);
        return process;
    }

    private Map<String, String> entries() {
        Map<String, String> all = new TreeMap<>();
        for (StateChange change : table.changesSince(TablePosition.NONE, 1_000)
                .toCompletableFuture()
                .join()
                .changes()) {
            if (change.value() != null) {
                all.put(change.key(), new String(change.value(), StandardCharsets.UTF_8));
            }
        }
        return all;
    }

    private void write(String key, String value, Duration lease) {
        table.apply(StateWrite.put(key, value.getBytes(StandardCharsets.UTF_8)).withLease(lease));
        time.advance(SETTLED);
    }

    @Test
    @DisplayName("a restart restores OPEN for the rest of its time")
    void restart_restoresTheOpenState() {
        Process before = process("one");
        before.fail(5);
        assertThat(before.breaker().state()).isEqualTo(BreakerState.OPEN);
        time.advance(Duration.ofSeconds(20));
        before.backstay.close();
        time.advance(Duration.ofSeconds(10));

        Process after = process("one");
        assertThat(after.breaker().state()).isEqualTo(BreakerState.OPEN);
        assertThat(after.changes).containsExactly("CLOSED->OPEN");
        assertThat(after.retryAfter()).isCloseTo(OPEN_TIME.minusSeconds(31), Duration.ofMillis(50));
        assertThat(after.breaker().status().timesOpened()).isEqualTo(1);

        time.advance(OPEN_TIME.minusSeconds(30));
        assertThat(after.changes).last().isEqualTo("OPEN->HALF_OPEN");
    }

    @Test
    @DisplayName("a crash is the same as a restart, and so is one that comes late in the open time")
    void crash_restoresTheOpenState() {
        Process before = process("one");
        before.fail(5);
        time.advance(Duration.ofSeconds(1));
        before.store.cutOff();
        time.advance(Duration.ofSeconds(54));

        Process after = process("one");
        assertThat(after.breaker().state()).isEqualTo(BreakerState.OPEN);
        assertThat(after.retryAfter()).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(5));
    }

    @Test
    @DisplayName("an open time that has passed while nobody was there begins half-open")
    void restartAfterTheOpenTime_isHalfOpen() {
        Process before = process("one");
        before.fail(5);
        time.advance(Duration.ofSeconds(1));
        before.backstay.close();
        time.advance(Duration.ofSeconds(80));

        assertThat(process("one").breaker().state()).isEqualTo(BreakerState.HALF_OPEN);
    }

    @Test
    @DisplayName("what is older than its lease is not restored")
    void restartMuchLater_isClosed() {
        Process before = process("one");
        before.fail(5);
        time.advance(Duration.ofSeconds(1));
        before.backstay.close();
        time.advance(Duration.ofSeconds(130));

        assertThat(process("one").breaker().state()).isEqualTo(BreakerState.CLOSED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("a state that a hand has set is restored hours later")
    void restart_restoresWhatAHandHasSet(boolean forced) {
        Process before = process("one");
        if (forced) {
            before.breaker().forceOpen();
        } else {
            before.breaker().disable();
        }
        time.advance(Duration.ofHours(30));
        before.backstay.close();
        time.advance(Duration.ofHours(12));

        assertThat(process("one").breaker().state())
                .isEqualTo(forced ? BreakerState.FORCED_OPEN : BreakerState.DISABLED);
    }

    @Test
    @DisplayName("a restored state is gone on with: a second restart restores it again")
    void secondRestart_restoresAgain() {
        Process first = process("one");
        first.fail(5);
        time.advance(SETTLED);
        first.backstay.close();
        Process second = process("one");
        time.advance(Duration.ofSeconds(30));
        second.backstay.close();

        Process third = process("one");
        assertThat(third.breaker().state()).isEqualTo(BreakerState.OPEN);
        assertThat(third.retryAfter()).isBetween(Duration.ofSeconds(25), Duration.ofSeconds(27));
    }

    @Test
    @DisplayName("another process, or one without a name, restores nothing")
    void otherProcess_restoresNothing() {
        Process before = process("one");
        Process unnamed = unnamed();
        before.fail(5);
        unnamed.fail(5);
        time.advance(SETTLED);
        before.backstay.close();
        unnamed.backstay.close();

        assertThat(process("two").breaker().state()).isEqualTo(BreakerState.CLOSED);
        assertThat(unnamed().breaker().state()).isEqualTo(BreakerState.CLOSED);
        assertThat(entries()).hasSize(4).containsKeys("users|one", "users|two");
    }

    @Test
    @DisplayName("a breaker that has changed by itself before the table could be read is not touched, and is told of")
    void changedMeanwhile_isNotRestored() {
        Process before = process("one");
        before.breaker().forceOpen();
        time.advance(SETTLED);
        before.backstay.close();
        server.stop();
        Process after = process("one");
        after.fail(5);
        after.breaker().close();
        time.advance(Duration.ofMinutes(5));
        server.start();
        time.advance(Duration.ofSeconds(30));

        assertThat(after.breaker().state()).isEqualTo(BreakerState.CLOSED);
        assertThat(entries().get("users|one")).contains("\"CLOSED\"");
    }

    @Test
    @DisplayName("a breaker that has done well for long is not opened by what is found when the store comes at last")
    void storeThatComesLate_opensNothing() {
        Process before = process("one");
        before.fail(5);
        time.advance(SETTLED);
        before.backstay.close();
        server.stop();
        Process after = process("one");
        time.advance(Duration.ofSeconds(65));
        server.start();
        time.advance(Duration.ofSeconds(30));

        assertThat(after.changes).isEmpty();
    }

    @Test
    @DisplayName("a store that is away delays neither start nor calls, and the state is told when it comes")
    void storeAway_delaysNothing() {
        server.stop();
        long begun = time.nanoTime();
        Process process = new Process(builder -> builder.setting("backstay.process", "one"));
        assertThat(process.users.get("/").as(String.class)).isEqualTo("ada");
        assertThat(time.nanoTime()).isEqualTo(begun);
        process.fail(5);
        assertThat(process.breaker().state()).isEqualTo(BreakerState.OPEN);
        time.advance(Duration.ofSeconds(10));

        server.start();
        time.advance(Duration.ofSeconds(20));
        assertThat(entries().get("users|one")).contains("\"OPEN\"");

        process.store.freeze();
        process.breaker().close();
        begun = time.nanoTime();
        assertThat(process.users.get("/").as(String.class)).isEqualTo("ada");
        process.backstay.close();
        assertThat(time.nanoTime()).isEqualTo(begun);
    }

    @Test
    @DisplayName("a quorum of open peers halves the thresholds, and opens nothing by itself")
    void quorum_lowersTheThresholds() {
        List<Process> peers = List.of(process("one"), unnamed(), process("three"));
        Process watcher = process("four");
        peers.get(0).fail(5);
        peers.get(1).fail(5);
        time.advance(SETTLED);

        assertThat(watcher.breaker().state()).isEqualTo(BreakerState.CLOSED);
        watcher.fail(2);
        assertThat(watcher.breaker().state()).isEqualTo(BreakerState.CLOSED);
        watcher.fail(1);
        assertThat(watcher.breaker().state()).isEqualTo(BreakerState.OPEN);
    }

    @Test
    @DisplayName("a quorum holds as long as the peers are open, and no longer")
    void quorum_endsWithTheOpenTime() {
        List<Process> peers = List.of(process("one"), process("two"));
        Process watcher = process("three");
        peers.forEach(peer -> peer.fail(5));
        time.advance(Duration.ofSeconds(55));
        watcher.fail(2);
        watcher.breaker().onSuccess(watcher.breaker().tryAcquire());

        time.advance(Duration.ofSeconds(10));
        assertThat(peers.get(0).breaker().state()).isEqualTo(BreakerState.HALF_OPEN);
        watcher.fail(4);
        assertThat(watcher.breaker().state()).isEqualTo(BreakerState.CLOSED);
        watcher.fail(1);
        assertThat(watcher.breaker().state()).isEqualTo(BreakerState.OPEN);
    }

    @Test
    @DisplayName("peers that died open have no voice any more when their open time is over")
    void deadPeers_loseTheirVoice() {
        List<Process> peers = List.of(process("one"), process("two"));
        Process watcher = process("three");
        peers.forEach(peer -> peer.fail(5));
        time.advance(SETTLED);
        peers.forEach(peer -> peer.store.cutOff());
        time.advance(Duration.ofSeconds(50));
        watcher.fail(2);
        watcher.breaker().onSuccess(watcher.breaker().tryAcquire());
        time.advance(Duration.ofSeconds(20));

        watcher.fail(4);
        assertThat(watcher.breaker().state()).isEqualTo(BreakerState.CLOSED);
    }

    @Test
    @DisplayName("one bad node, and peers that a hand has opened, lower nothing")
    void oneBadNode_lowersNothing() {
        List<Process> peers = List.of(process("one"), process("two"), process("three"));
        Process watcher = process("four");
        peers.get(0).fail(5);
        peers.get(1).breaker().forceOpen();
        peers.get(2).breaker().forceOpen();
        time.advance(SETTLED);

        watcher.fail(4);
        assertThat(watcher.breaker().state()).isEqualTo(BreakerState.CLOSED);
    }

    @Test
    @DisplayName("hints end when the store can no longer be heard")
    void hints_endWithTheStore() {
        List<Process> peers = List.of(process("one"), process("two"));
        Process watcher = process("three");
        peers.forEach(peer -> peer.backstay.policy(
                "users",
                CallPolicy.builder()
                        .breaker(CircuitBreakerPolicy.builder()
                                .consecutiveFailures(5)
                                .openTime(Duration.ofHours(2))
                                .maxOpenTime(Duration.ofHours(2))
                                .build())
                        .build()));
        peers.forEach(peer -> peer.fail(5));
        time.advance(SETTLED);
        watcher.store.cutOff();
        time.advance(Duration.ofMinutes(3));

        watcher.fail(4);
        assertThat(watcher.breaker().state()).isEqualTo(BreakerState.CLOSED);
    }

    @Test
    @DisplayName("breakers of endpoints are shared by their names, as many as are called")
    void endpoints_areSharedByName() {
        CallPolicy perEndpoint = CallPolicy.builder()
                .breaker(CircuitBreakerPolicy.consecutive().toBuilder()
                        .perEndpoint(true)
                        .build())
                .build();
        Process before = new Process(
                builder -> builder.setting("backstay.process", "one").policy(perEndpoint));
        before.users.get("/a/{id}", 1).execute();
        before.users.get("/b").execute();
        time.advance(SETTLED);
        before.backstay.breakers("users").stream()
                .filter(breaker -> breaker.name().contains("/a/"))
                .forEach(CircuitBreaker::forceOpen);
        time.advance(SETTLED);
        assertThat(entries()).containsOnlyKeys("users GET /a/{id}|one", "users GET /b|one");
        before.backstay.close();

        Process after = new Process(
                builder -> builder.setting("backstay.process", "one").policy(perEndpoint));
        time.advance(Duration.ofMinutes(1));
        after.users.get("/a/{id}", 1).execute();
        time.advance(SETTLED);
        assertThat(after.backstay.breakers("users"))
                .extracting(CircuitBreaker::state)
                .containsExactly(BreakerState.FORCED_OPEN);
    }

    @Test
    @DisplayName("a breaker that is no longer in use is forgotten in the store too")
    void breakerNoLongerInUse_isForgotten() {
        Process process = process("one");
        assertThat(entries()).hasSize(1);
        process.backstay.policy(
                "users",
                CallPolicy.builder().breaker(CircuitBreakerPolicy.disabled()).build());
        time.advance(Duration.ofSeconds(25));

        assertThat(entries()).isEmpty();
    }

    @Test
    @DisplayName("entries live as long as their processes, by renewals that are no changes")
    void entries_areRenewed() {
        Process one = process("one");
        TablePosition before = table.position().toCompletableFuture().join();
        time.advance(Duration.ofHours(1));

        assertThat(table.position().toCompletableFuture().join()).isEqualTo(before);
        one.store.cutOff();
        time.advance(Duration.ofSeconds(65));
        assertThat(entries()).isEmpty();
    }

    @Test
    @DisplayName("a store that has lost everything is told again")
    void storeThatLosesEverything_isToldAgain() {
        process("one").breaker().forceOpen();
        time.advance(SETTLED);
        server.loseEverything();
        time.advance(Duration.ofHours(9));

        assertThat(entries().get("users|one")).contains("\"FORCED_OPEN\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "rubbish",
                "[1,2]",
                "{}",
                "{\"format\":\"x\"}",
                "{\"format\":1}",
                "{\"format\":1,\"state\":\"WONDERING\"}",
                "{\"format\":1,\"state\":7}",
                "{\"format\":1,\"state\":\"OPEN\",\"openMillis\":-1,\"beyondOpenMillis\":9e99,\"timesOpened\":{}}",
                "{\"format\":2,\"state\":\"OPEN\",\"openMillis\":60000}",
                "{\"format\":-1,\"state\":\"OPEN\",\"openMillis\":60000}"
            })
    @DisplayName("damaged entries and entries of another format do nothing to anybody")
    void damagedEntries_areIgnored(String damaged) {
        write("users|one", damaged, Duration.ofMinutes(10));
        write("users|two", damaged, Duration.ofMinutes(10));
        write("users|three", damaged, Duration.ofMinutes(10));
        write("users", damaged, Duration.ofMinutes(10));
        write("|", damaged, Duration.ofMinutes(10));
        Process process = process("one");

        assertThat(process.breaker().state()).isIn(BreakerState.CLOSED, BreakerState.HALF_OPEN);
        assertThat(entries().get("users|one")).contains("\"format\":1", "\"timesOpened\":");
        process.breaker().close();
        process.fail(4);
        assertThat(process.breaker().state()).isEqualTo(BreakerState.CLOSED);
        process.fail(1);
        assertThat(process.breaker().state()).isEqualTo(BreakerState.OPEN);
    }

    @Test
    @DisplayName("members that are not known are ignored, so that builds of several ages share a store")
    void unknownMembers_areIgnored() {
        write(
                "users|one",
                "{\"format\":1,\"state\":\"OPEN\",\"openMillis\":50000,\"beyondOpenMillis\":20000,\"mood\":\"grim\"}",
                Duration.ofSeconds(60));
        Process process = process("one");

        assertThat(process.breaker().state()).isEqualTo(BreakerState.OPEN);
        assertThat(process.retryAfter())
                .as("what is left of the lease, less what it goes on beyond")
                .isCloseTo(Duration.ofSeconds(38), Duration.ofMillis(50));
    }

    @Test
    @DisplayName("two processes of one name: the later is told of, the earlier only works on")
    void twoProcessesOfOneName_areNoHarm() {
        Process first = process("one");
        Process second = process("one");
        second.fail(5);
        time.advance(SETTLED);
        first.fail(4);
        assertThat(first.breaker().state()).isEqualTo(BreakerState.CLOSED);
        first.fail(1);
        time.advance(Duration.ofSeconds(5));

        assertThat(entries()).hasSize(1);
        assertThat(entries().get("users|one")).contains("\"OPEN\"");
    }

    @Test
    @DisplayName("without a store, or with one that shares only this process' memory, nothing runs in the background")
    void withoutAStore_nothingRuns() {
        VirtualTime other = new VirtualTime();
        for (String store : List.of("", "memory")) {
            Backstay backstay = Backstay.builder()
                    .virtualTime(other)
                    .transport(FakeTransport.on(other))
                    .setting("backstay.store", store)
                    .endpoint("users", URI.create("http://users.test"))
                    .build();
            backstay.client("users");
            assertThat(other.pendingTasks()).isZero();
            backstay.close();
        }
    }

    @Test
    @DisplayName("nothing is left running when it is closed")
    void close_leavesNothingRunning() {
        int before = time.pendingTasks();
        Process process = process("one");
        process.fail(5);
        process.backstay.close();
        time.advance(Duration.ofMinutes(5));

        assertThat(time.pendingTasks()).isLessThanOrEqualTo(before);
    }

    @Test
    @DisplayName("sharing can be switched off")
    void switchedOff_writesNothing() {
        Process off = new Process(builder -> builder.setting("backstay.breakers.shared", "false"));
        time.advance(Duration.ofMinutes(1));
        off.breaker().forceOpen();
        time.advance(Duration.ofMinutes(1));

        assertThat(entries()).isEmpty();
    }

    @Test
    @DisplayName("a name that cannot be one is refused, with the setting's name")
    void processName_isChecked() {
        assertThatThrownBy(() -> process("a|b"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("backstay.process");
    }
}
