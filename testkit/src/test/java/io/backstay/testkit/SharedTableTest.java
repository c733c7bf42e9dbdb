package io.backstay.testkit;

import io.backstay.spi.RandomSource;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.StateTable;
import io.backstay.spi.VirtualTime;
import io.backstay.state.OwnEntries;
import io.backstay.state.OwnEntriesStatus;
import io.backstay.state.OwnEntry;
import io.backstay.state.ReplicaChange;
import io.backstay.state.ReplicaListener;
import io.backstay.state.TableReplica;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Twelve processes, each with entries of its own and a copy of all, over one server with everything that can happen to it. */
@DisplayName("A fleet over one shared table")
@SuppressWarnings("AvoidCommonTypeNames")
class SharedTableTest {

    private static final Duration LEASE = Duration.ofSeconds(15);
    private static final int PROCESSES = 12;
    private static final int ENTRIES = 5;

    private final VirtualTime time = new VirtualTime();
    private final FakeStateServer server = FakeStateServer.on(time);
    private final List<Process> fleet = new ArrayList<>();
    /** What was told of values that went, or became others, by any replica. */
    private final List<String> surprises = new ArrayList<>();

    private final class Process implements ReplicaListener<String> {
        final String name;
        final FaultyStateStore store = server.connect();
        final OwnEntries own;
        final List<OwnEntry> entries = new ArrayList<>();
        final TableReplica<String> replica;

        Process(String name, long seed) {
            this.name = name;
            RandomSource random = RandomSource.seeded(seed);
            StateTable table = store.table("instances");
            own = OwnEntries.of(table, time, time, random);
            replica = TableReplica.of(table, entry -> new String(entry.value(), StandardCharsets.UTF_8))
                    .clocks(time, time, random)
                    .listener(this)
                    .open();
            for (int i = 0; i < ENTRIES; i++) {
                byte[] value = (name + "/" + i).getBytes(StandardCharsets.UTF_8);
                entries.add(own.put(name + i, value, () -> LEASE, entry -> surprises.add("replaced " + entry)));
            }
        }

        @Override
        public void onChange(ReplicaChange<String> change) {
            if (change.oldValue() != null) {
                surprises.add(name + " was told: " + change);
            }
        }
    }

    private void start(long seed) {
        for (int i = 0; i < PROCESSES; i++) {
            fleet.add(new Process("process" + i + "-", seed * PROCESSES + i));
        }
    }

    /** Every replica has every entry, whatever has happened. */
    private void allIsThere() {
        for (Process process : fleet) {
            assertThat(process.replica.size()).isEqualTo(PROCESSES * ENTRIES);
        }
        assertThat(surprises).isEmpty();
    }

    private void allIsWell() {
        allIsThere();
        Map<String, String> all = new TreeMap<>(fleet.get(0).replica.entries());
        for (Process process : fleet) {
            assertThat(process.replica.status().inStep()).isTrue();
            assertThat(process.replica.status().stale()).isZero();
            assertThat(new TreeMap<>(process.replica.entries())).isEqualTo(all);
            assertThat(process.own.status()).isEqualTo(new OwnEntriesStatus(ENTRIES, ENTRIES));
        }
    }

    private void pass(Duration duration) {
        for (long i = 0; i < duration.toMillis(); i += 500) {
            time.advance(Duration.ofMillis(500));
            allIsThere();
        }
    }

    private void begin(long seed) {
        start(seed);
        time.advance(LEASE);
        allIsWell();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    @DisplayName("comes together although the server comes after it")
    void serverThatComesLate(long seed) {
        server.stop();
        start(seed);
        time.advance(Duration.ofMinutes(10));
        server.start();
        time.advance(LEASE);
        allIsWell();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    @DisplayName("notices nothing of a server that is away for an hour and comes back with what it had")
    void serverAway(long seed) {
        begin(seed);
        server.stop();
        pass(Duration.ofHours(1));
        server.start();
        pass(LEASE);
        allIsWell();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    @DisplayName("notices nothing of a server that comes back empty, at once or an hour later, and again soon after")
    void serverThatLosesEverything(long seed) {
        begin(seed);
        server.loseEverything();
        pass(LEASE.multipliedBy(2));
        allIsWell();
        server.stop();
        server.loseEverything();
        pass(Duration.ofHours(1));
        server.start();
        pass(Duration.ofSeconds(3));
        server.loseEverything();
        pass(LEASE.multipliedBy(2));
        allIsWell();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    @DisplayName("notices nothing of a failover to a replica that lagged by half of it")
    void failover(long seed) {
        for (int i = 0; i < PROCESSES / 2; i++) {
            fleet.add(new Process("process" + i + "-", seed * PROCESSES + i));
        }
        time.advance(Duration.ofSeconds(20));
        FakeStateServer.Replica lagging = server.replica();
        for (int i = PROCESSES / 2; i < PROCESSES; i++) {
            fleet.add(new Process("process" + i + "-", seed * PROCESSES + i));
        }
        time.advance(LEASE);
        server.failOver(lagging);
        pass(LEASE.multipliedBy(2));
        allIsWell();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    @DisplayName(
            "notices nothing of lines that freeze, are slow, lose answers or messages, or of a server that is full")
    void badLines(long seed) {
        begin(seed);
        fleet.forEach(process -> process.store.freeze());
        pass(LEASE.dividedBy(2));
        fleet.forEach(process -> process.store.thaw());
        pass(LEASE);
        allIsWell();
        fleet.forEach(process -> process.store.delay(Duration.ofMillis(200)));
        server.loseEverything();
        pass(LEASE.multipliedBy(2));
        allIsWell();
        fleet.forEach(process -> process.store.delay(Duration.ZERO));
        fleet.forEach(process -> process.store.loseMessages(true));
        server.loseEverything();
        fleet.forEach(process -> process.store.loseAnswers(true));
        pass(Duration.ofSeconds(3));
        fleet.forEach(process -> process.store.loseAnswers(false));
        pass(Duration.ofMinutes(2));
        fleet.forEach(process -> process.store.loseMessages(false));
        fleet.forEach(process -> process.store.failWith(Reason.FULL));
        pass(LEASE.dividedBy(2));
        fleet.forEach(process -> process.store.failWith(null));
        pass(LEASE.multipliedBy(2));
        allIsWell();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    @DisplayName("sees a process that dies go within its lease and a second, and one that leaves at once")
    void deaths_areSeen(long seed) {
        begin(seed);
        fleet.get(0).store.cutOff();
        fleet.get(1).own.close();
        time.advance(Duration.ofMillis(100));
        Process watcher = fleet.get(2);
        assertThat(watcher.replica.size()).isEqualTo((PROCESSES - 1) * ENTRIES);

        time.advance(LEASE.plusSeconds(1));
        assertThat(watcher.replica.size()).isEqualTo((PROCESSES - 2) * ENTRIES);
        assertThat(fleet.get(0).replica.size())
                .as("what is cut off still knows all")
                .isEqualTo(PROCESSES * ENTRIES);
    }
}
