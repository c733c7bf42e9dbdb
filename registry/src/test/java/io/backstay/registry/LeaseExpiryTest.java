package io.backstay.registry;

import io.backstay.testkit.FakeStateServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

import static io.backstay.registry.World.instance;
import static org.assertj.core.api.Assertions.assertThat;

/** What becomes of instances that are not heard of any more. */
class LeaseExpiryTest {

    private static final Duration LEASE_AND_A_SECOND = World.LEASE.plusSeconds(1);

    private final World world = new World();
    private final World.Process watcher = world.start("watcher");

    /** One process for each instance, so that each can die alone. */
    private List<World.Process> fleet(String service, int size) {
        List<World.Process> fleet = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            World.Process process = world.start(service + i);
            process.registry.register(instance(service, service + i));
            fleet.add(process);
        }
        world.seconds(30);
        watcher.told();
        return fleet;
    }

    private long seen(String status) {
        return watcher.sees("users").stream()
                .filter(each -> each.endsWith(status))
                .count();
    }

    @Test
    void oneThatNobodyChecks_isSuspectAtOnce_andGoesAfterOneMoreLease() {
        List<World.Process> fleet = fleet("users", 3);
        fleet.get(0).kill();
        world.pass(LEASE_AND_A_SECOND);
        assertThat(watcher.sees("users")).containsExactly("users0:80 SUSPECT", "users1:80 UP", "users2:80 UP");
        world.seconds(10);
        assertThat(seen("SUSPECT")).isOne();
        world.seconds(7);
        assertThat(watcher.sees("users")).containsExactly("users1:80 UP", "users2:80 UP");
        assertThat(watcher.told()).containsExactly("Suspect users0:80", "Removed users0:80");
    }

    @Test
    void oneThatIsChecked_goesWithTheFirstCheckThatFails() {
        List<World.Process> fleet = fleet("users", 3);
        World.Use use = watcher.use("users");
        world.seconds(30);
        world.dead.add("users0:80");
        fleet.get(0).kill();
        world.pass(LEASE_AND_A_SECOND);
        assertThat(use.sees()).containsExactly("users1:80 UP", "users2:80 UP");
    }

    @Test
    void oneWhoseChecksPass_staysSuspect_butNotForEver() {
        List<World.Process> fleet = fleet("users", 3);
        World.Use use = watcher.use("users");
        fleet.get(0).kill();
        world.pass(LEASE_AND_A_SECOND);
        world.pass(World.LEASE.multipliedBy(10));
        assertThat(use.sees()).containsExactly("users0:80 SUSPECT", "users1:80 UP", "users2:80 UP");
        world.pass(World.LEASE.multipliedBy(11));
        assertThat(use.sees()).containsExactly("users1:80 UP", "users2:80 UP");
    }

    @Test
    void processThatDoesNotCheck_keepsASuspect_whileAnotherSaysThatItAnswers() {
        List<World.Process> fleet = fleet("users", 3);
        world.start("checker1").use("users");
        world.start("checker2").use("users");
        world.seconds(30);
        fleet.get(0).kill();
        world.pass(LEASE_AND_A_SECOND);
        world.pass(World.LEASE.multipliedBy(5));
        assertThat(watcher.sees("users")).contains("users0:80 SUSPECT");
    }

    @Test
    void oneThatComesBack_isUpAgain() {
        List<World.Process> fleet = fleet("users", 3);
        fleet.get(0).store.cutOff();
        world.pass(LEASE_AND_A_SECOND);
        assertThat(seen("SUSPECT")).isOne();
        fleet.get(0).store.reconnect();
        world.seconds(10);
        assertThat(seen("UP")).isEqualTo(3);
        assertThat(watcher.told()).containsExactly("Suspect users0:80", "Up users0:80");
    }

    @Test
    void lastInstance_isNeverRemovedByItsLease() {
        List<World.Process> fleet = fleet("users", 2);
        World.Use use = watcher.use("users");
        fleet.forEach(World.Process::kill);
        world.dead.addAll(List.of("users0:80", "users1:80"));
        world.pass(Duration.ofHours(6));
        assertThat(use.last).hasSize(1);
        assertThat(use.lists).noneMatch(List::isEmpty);
    }

    @Test
    void lastInstance_goesOnceAnotherHasCome() {
        List<World.Process> fleet = fleet("users", 1);
        fleet.get(0).kill();
        world.pass(Duration.ofMinutes(10));
        assertThat(watcher.sees("users")).containsExactly("users0:80 SUSPECT");
        world.start("new").registry.register(instance("users", "fresh"));
        world.seconds(2);
        assertThat(watcher.sees("users")).containsExactly("fresh:80 UP");
    }

    @Test
    void lastInstance_thatIsDeregistered_isGone() {
        World.Process process = world.start("users0");
        Registration registration = process.registry.register(instance("users", "users0"));
        World.Use use = watcher.use("users");
        world.seconds(1);
        registration.close();
        world.seconds(1);
        assertThat(use.sees()).isEmpty();
    }

    @Test
    void massExpiryThatIsReal_isConfirmedByChecks() {
        List<World.Process> fleet = fleet("users", 40);
        World.Use use = watcher.use("users");
        world.seconds(30);
        fleet.subList(0, 20).forEach(World.Process::kill);
        world.pass(LEASE_AND_A_SECOND);
        assertThat(use.last).hasSize(40);
        assertThat(seen("UP")).isEqualTo(20);
        for (int i = 0; i < 20; i++) {
            world.dead.add("users" + i + ":80");
        }
        world.seconds(13);
        assertThat(use.last).hasSizeGreaterThan(33);
        world.seconds(25);
        assertThat(use.sees()).hasSize(20).allMatch(each -> each.endsWith("UP"));
    }

    @Test
    void massExpiryThatNobodyChecks_takesFiveLeases() {
        List<World.Process> fleet = fleet("users", 40);
        fleet.subList(0, 10).forEach(World.Process::kill);
        world.pass(LEASE_AND_A_SECOND);
        assertThat(seen("SUSPECT")).isEqualTo(10);
        world.pass(World.LEASE.multipliedBy(4));
        assertThat(seen("SUSPECT")).isEqualTo(10);
        world.pass(World.LEASE);
        assertThat(watcher.sees("users")).hasSize(30);
    }

    @Test
    void aFewOfMany_areNoMass() {
        List<World.Process> fleet = fleet("users", 40);
        fleet.subList(0, 5).forEach(World.Process::kill);
        world.pass(LEASE_AND_A_SECOND.plus(World.LEASE).plusSeconds(2));
        assertThat(watcher.sees("users")).hasSize(35);
    }

    @Test
    void massExpiryThatIsNot_removesNobody() {
        List<World.Process> fleet = fleet("users", 40);
        World.Use use = watcher.use("users");
        fleet.forEach(process -> process.store.cutOff());
        world.seconds(40);
        assertThat(use.sees()).hasSize(40).allMatch(each -> each.endsWith("SUSPECT"));
        fleet.forEach(process -> process.store.reconnect());
        world.seconds(30);
        assertThat(use.sees()).hasSize(40).allMatch(each -> each.endsWith("UP"));
        assertThat(watcher.told()).noneMatch(each -> each.startsWith("Down") || each.startsWith("Removed"));
    }

    @Test
    void failoverToAReplicaThatLags_isNoDown_andListsAreNeverEmpty() {
        World.Use use = watcher.use("users");
        FakeStateServer.Replica empty = world.server.replica();
        fleet("users", 20);
        world.seconds(30);
        watcher.told();
        world.server.stop();
        world.seconds(40);
        world.server.failOver(empty);
        world.server.start();
        world.pass(Duration.ofMinutes(2));

        assertThat(use.sees()).hasSize(20).allMatch(each -> each.endsWith("UP"));
        assertThat(use.lists).noneMatch(List::isEmpty);
        assertThat(watcher.told()).noneMatch(each -> each.startsWith("Down") || each.startsWith("Removed"));
    }

    @Test
    void whatTheStoreHasLost_andNobodyPutsBack_isSuspectAfterALease() {
        List<World.Process> fleet = fleet("users", 3);
        fleet.get(0).store.cutOff();
        world.server.loseEverything();
        world.seconds(10);
        assertThat(seen("UP")).isEqualTo(3);
        world.seconds(20);
        assertThat(watcher.sees("users"))
                .contains("users1:80 UP", "users2:80 UP")
                .doesNotContain("users0:80 UP");
    }
}
