package io.backstay.registry;

import io.backstay.ConfigurationException;
import io.backstay.ServiceInstance;
import io.backstay.testkit.FakeStateServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

import static io.backstay.registry.World.instance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/** Two stores by name, one of each region. */
class RegionsTest {

    private final World world = new World();
    private final FakeStateServer south = FakeStateServer.on(world.time);
    private final World.Process client =
            world.start("client", builder -> builder.region("north").region("south", south.connect()));
    private final World.Process northern = world.start("northern", builder -> builder.region("north"));
    private final World.Process southern = world.new Process("southern", south, builder -> builder.region("south"));
    private final World.Use use = client.use("users");

    private void register(int ours, int theirs) {
        for (int i = 0; i < ours; i++) {
            northern.registry.register(instance("users", "n" + i));
        }
        for (int i = 0; i < theirs; i++) {
            southern.registry.register(instance("users", "s" + i));
        }
        world.seconds(30);
    }

    private void kill(String... hosts) {
        for (String host : hosts) {
            world.dead.add(host + ":80");
        }
        world.seconds(60);
    }

    /** Which part of all weight each region has. */
    private Map<String, Double> shares() {
        double all = use.last.stream().mapToDouble(ServiceInstance::weight).sum();
        return use.last.stream()
                .collect(Collectors.groupingBy(
                        each -> each.region().orElseThrow(), Collectors.summingDouble(each -> each.weight() / all)));
    }

    @Test
    void ownRegion_isUsedAlone_whileItIsWell() {
        register(4, 4);
        assertThat(shares()).containsOnlyKeys("north");
        assertThat(client.registry.discover("users")).hasSize(8);
        assertThat(client.registry.discover(ServiceQuery.service("users").inRegion("south")))
                .hasSize(4);
        kill("n0");
        assertThat(shares()).containsOnlyKeys("north");
    }

    @Test
    void healthBelowEnough_spillsWhatTheOwnCanNoLongerCarry() {
        register(10, 5);
        kill("n0", "n1", "n2", "n3", "n4", "n5");
        assertThat(shares().get("north")).isCloseTo(0.4 / 0.72, within(0.01));
        assertThat(shares().get("south")).isCloseTo(1 - 0.4 / 0.72, within(0.01));
        assertThat(use.last).hasSize(15);
        assertThat(use.sees()).filteredOn(each -> each.endsWith("DOWN")).hasSize(6);
    }

    @Test
    void noneUp_goesToTheOtherRegion_andComesBack() {
        register(3, 3);
        kill("n0", "n1", "n2");
        assertThat(use.sees()).containsExactly("s0:80 UP", "s1:80 UP", "s2:80 UP");
        world.dead.clear();
        world.seconds(60);
        assertThat(use.sees()).containsExactly("n0:80 UP", "n1:80 UP", "n2:80 UP");
    }

    @Test
    void serviceThatTheOwnRegionDoesNotHave_isCalledInTheOther() {
        register(0, 2);
        assertThat(use.sees()).containsExactly("s0:80 UP", "s1:80 UP");
    }

    @Test
    void nobodyUpAnywhere_leavesTheOwnInstances() {
        register(2, 2);
        World.Process checker = world.new Process("checker", south, builder -> builder.region("south"));
        checker.use("users");
        world.seconds(60);
        kill("n0", "n1", "s0", "s1");
        assertThat(use.sees()).containsExactly("n0:80 DOWN", "n1:80 DOWN");
        assertThat(use.lists).noneMatch(List::isEmpty);
    }

    @Test
    void otherRegionsStoreAway_changesNothing_andOwnStoreAway_keepsTheOwnInstances() {
        register(3, 3);
        south.stop();
        world.seconds(120);
        assertThat(use.sees()).containsExactly("n0:80 UP", "n1:80 UP", "n2:80 UP");
        world.server.stop();
        world.seconds(120);
        assertThat(use.sees()).containsExactly("n0:80 UP", "n1:80 UP", "n2:80 UP");
        kill("n0", "n1", "n2");
        assertThat(use.sees()).containsExactly("s0:80 UP", "s1:80 UP", "s2:80 UP");
    }

    /** All leases of the own region run out, as when its hosts cannot reach their store; the instances answer all the time. */
    @Test
    void ownInstancesThatAnswer_keepTheirCalls_whenAllTheirLeasesRunOut() {
        register(8, 2);
        use.lists.clear();
        northern.kill();
        world.seconds(20);
        assertThat(use.sees()).hasSize(8).allMatch(each -> each.endsWith("SUSPECT"));
        world.seconds(60);
        assertThat(use.sees()).hasSize(8).allMatch(each -> each.endsWith("SUSPECT"));
        assertThat(use.lists).isNotEmpty().allSatisfy(list -> assertThat(list).allMatch(each -> each.startsWith("n")));
    }

    /** The same, but they are dead: then the other region takes over as soon as the leases have run out. */
    @Test
    void ownInstancesThatDoNotAnswer_leaveTheirCallsToTheOthers_whenAllTheirLeasesRunOut() {
        register(8, 2);
        northern.kill();
        for (int i = 0; i < 8; i++) {
            world.dead.add("n" + i + ":80");
        }
        world.seconds(18);
        assertThat(use.sees()).containsExactly("s0:80 UP", "s1:80 UP");
    }

    @Test
    void instances_areOfTheRegionWhoseStoreHasThem() {
        register(1, 1);
        List<String> regions = new ArrayList<>();
        client.registry
                .discover("users")
                .forEach(each -> regions.add(each.region().orElseThrow()));
        assertThat(regions).containsExactlyInAnyOrder("north", "south");
        assertThatThrownBy(() -> northern.registry.register(
                        instance("users", "x").toBuilder().region("south").build()))
                .isInstanceOf(ConfigurationException.class);
    }

    @Test
    void otherRegionWithoutAnOwnName_isRefused() {
        assertThatThrownBy(() -> Registry.builder(world.server.connect())
                        .region("south", south.connect())
                        .build())
                .isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> Registry.builder(world.server.connect())
                        .region("south")
                        .region("south", south.connect())
                        .build())
                .isInstanceOf(ConfigurationException.class);
    }
}
