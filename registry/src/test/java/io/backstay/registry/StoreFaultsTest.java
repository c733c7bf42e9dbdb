package io.backstay.registry;

import io.backstay.spi.StateStoreException.Reason;
import io.backstay.testkit.FakeStateServer;
import io.backstay.testkit.FaultyStateStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static io.backstay.registry.World.instance;
import static org.assertj.core.api.Assertions.assertThat;

/** A fleet whose store goes through faults: no list is ever empty, nobody is down or removed who is well. */
@SuppressWarnings({"ExposedPrivateType", "ImmutableEnumChecker"})
class StoreFaultsTest {

    /** What happens to every line, and how it ends. */
    private enum Fault {
        CUT_OFF(FaultyStateStore::cutOff, FaultyStateStore::reconnect),
        FROZEN(FaultyStateStore::freeze, FaultyStateStore::thaw),
        FULL(line -> line.failWith(Reason.FULL), line -> line.failWith(null)),
        REFUSING(line -> line.failWith(Reason.REFUSED), line -> line.failWith(null)),
        ANSWERS_LOST(line -> line.loseAnswers(true), line -> line.loseAnswers(false)),
        MESSAGES_LOST(line -> line.loseMessages(true), line -> line.loseMessages(false)),
        TOO_SLOW(line -> line.delay(Duration.ofSeconds(3)), line -> line.delay(Duration.ZERO)),
        SLOW(line -> line.delay(Duration.ofMillis(300)), line -> line.delay(Duration.ZERO));

        final Consumer<FaultyStateStore> begin;
        final Consumer<FaultyStateStore> end;

        Fault(Consumer<FaultyStateStore> begin, Consumer<FaultyStateStore> end) {
            this.begin = begin;
            this.end = end;
        }
    }

    private final World world = new World();
    private final List<World.Process> fleet = new ArrayList<>();
    private final List<World.Use> uses = new ArrayList<>();

    private void startFleet(int size) {
        for (int i = 0; i < size; i++) {
            World.Process process = world.start("p" + i);
            process.registry.register(instance("users", "h" + i));
            uses.add(process.use("users"));
            fleet.add(process);
        }
        world.seconds(90);
        fleet.forEach(World.Process::told);
    }

    private void assertAllWell(int size) {
        for (World.Process process : fleet) {
            assertThat(process.sees("users")).as(process.name).hasSize(size).allMatch(each -> each.endsWith(" UP"));
            assertThat(process.told()).noneMatch(each -> each.startsWith("Down") || each.startsWith("Removed"));
        }
        for (World.Use use : uses) {
            assertThat(use.lists).noneMatch(List::isEmpty);
            assertThat(use.last).hasSize(size);
        }
    }

    @ParameterizedTest
    @EnumSource
    void faultOfEveryLine_forAShortTimeAndForALongOne(Fault fault) {
        startFleet(12);
        for (long seconds : new long[] {8, 40, 600}) {
            fleet.forEach(process -> fault.begin.accept(process.store));
            world.seconds(seconds);
            fleet.forEach(process -> fault.end.accept(process.store));
            world.seconds(90);
            assertAllWell(12);
        }
    }

    @ParameterizedTest
    @EnumSource
    void faultOfOneLine_isNoOthersMatter(Fault fault) {
        startFleet(12);
        fault.begin.accept(fleet.get(3).store);
        world.seconds(120);
        for (int i = 0; i < 12; i++) {
            if (i != 3) {
                assertThat(fleet.get(i).sees("users")).hasSize(12).noneMatch(each -> each.endsWith("DOWN"));
            }
        }
        fault.end.accept(fleet.get(3).store);
        world.seconds(90);
        assertAllWell(12);
    }

    @Test
    void storeThatForgetsEverything_againAndAgain() {
        startFleet(12);
        for (int i = 0; i < 5; i++) {
            world.server.loseEverything();
            world.seconds(20);
        }
        world.seconds(60);
        assertAllWell(12);
    }

    @Test
    void failoverBackAndForth() {
        startFleet(12);
        FakeStateServer.Replica before = world.server.replica();
        world.seconds(30);
        world.server.stop();
        world.seconds(25);
        world.server.failOver(before);
        world.server.start();
        world.seconds(60);
        assertAllWell(12);
    }

    @Test
    void halfTheFleetRestartedAtOnce_leavesTheOtherHalfInUse() {
        startFleet(12);
        List<World.Process> restarted = new ArrayList<>(fleet.subList(0, 6));
        restarted.forEach(process -> {
            process.registry.close();
            process.kill();
        });
        fleet.removeAll(restarted);
        uses.removeAll(List.copyOf(uses.subList(0, 6)));
        world.seconds(3);
        uses.forEach(use -> assertThat(use.last).hasSize(6));
        for (World.Process old : restarted) {
            World.Process again = world.start(old.name + "again");
            again.registry.register(instance("users", "h" + old.name.substring(1)));
            fleet.add(again);
        }
        world.seconds(60);
        uses.forEach(use -> {
            assertThat(use.last).hasSize(12);
            assertThat(use.lists).noneMatch(List::isEmpty);
        });
    }

    @Test
    void flappingInstance_isNeverTheReasonForAnEmptyList() {
        startFleet(3);
        for (int i = 0; i < 20; i++) {
            world.dead.add("h0:80");
            world.seconds(35);
            world.dead.clear();
            world.seconds(25);
        }
        world.seconds(60);
        for (World.Use use : uses) {
            assertThat(use.lists).noneMatch(List::isEmpty);
            assertThat(use.sees()).contains("h0:80 UP", "h1:80 UP");
        }
    }

    @Test
    void wrongPort_isDownByItsChecks_andTheRestGoesOn() {
        startFleet(3);
        world.dead.add("h1:81");
        fleet.get(0)
                .registry
                .register(instance("users", "wrong").toBuilder()
                        .host("h1")
                        .port(81)
                        .build());
        world.seconds(60);
        uses.forEach(use -> assertThat(use.sees()).contains("h1:81 DOWN", "h1:80 UP", "h0:80 UP", "h2:80 UP"));
    }
}
