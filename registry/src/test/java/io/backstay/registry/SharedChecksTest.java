package io.backstay.registry;

import io.backstay.FailureKind;
import io.backstay.spi.StateChange;
import io.backstay.spi.TablePosition;
import io.backstay.spi.TransportRequest;
import io.backstay.testkit.FakeAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

import static io.backstay.registry.World.instance;
import static io.backstay.registry.World.instances;
import static org.assertj.core.api.Assertions.assertThat;

/** Several processes that use a service share its checks. */
class SharedChecksTest {

    private final World world = new World();
    private final World.Process owner = world.start("owner");
    private final List<World.Process> clients = new ArrayList<>();

    private void start(int count) {
        for (int i = 0; i < count; i++) {
            World.Process client = world.start("client" + i);
            client.use("users");
            clients.add(client);
        }
    }

    /** Which processes checked each address within a time. */
    private Map<String, Set<String>> checkers(Duration span) {
        Map<String, Integer> before = new HashMap<>();
        clients.forEach(
                client -> before.put(client.name, client.transport.requests().size()));
        world.pass(span);
        Map<String, Set<String>> checkers = new HashMap<>();
        for (World.Process client : clients) {
            List<TransportRequest> all = client.transport.requests();
            all.subList(before.get(client.name), all.size())
                    .forEach(request -> checkers.computeIfAbsent(
                                    request.instance().address(), address -> new HashSet<>())
                            .add(client.name));
        }
        return checkers;
    }

    @Test
    void eachInstance_isCheckedByTwo_andTheWorkIsShared() {
        instances("users", 100).forEach(owner.registry::register);
        start(10);
        world.seconds(60);
        Map<String, Set<String>> checkers = checkers(Duration.ofSeconds(30));
        assertThat(checkers).hasSize(100);
        assertThat(checkers.values()).allMatch(by -> by.size() == 2);
        for (World.Process client : clients) {
            assertThat(checkers.values().stream()
                            .filter(by -> by.contains(client.name))
                            .count())
                    .isBetween(8L, 34L);
        }
    }

    @Test
    void verdict_reachesThoseThatDoNotCheck_andTheWayBackToo() {
        instances("users", 10).forEach(owner.registry::register);
        start(8);
        world.seconds(60);
        world.dead.add("h3:80");
        world.seconds(45);
        for (World.Process client : clients) {
            assertThat(client.sees("users")).as(client.name).contains("h3:80 DOWN", "h4:80 UP");
        }
        assertThat(owner.sees("users")).as("one that uses nothing").contains("h3:80 DOWN");
        world.dead.clear();
        world.seconds(45);
        for (World.Process client : clients) {
            assertThat(client.sees("users")).as(client.name).allMatch(each -> each.endsWith("UP"));
        }
    }

    @Test
    void instanceThatIsRegisteredAnew_isNotDownByWhatOthersSawOfTheOneBefore() {
        instances("users", 3).forEach(owner.registry::register);
        start(2);
        World.Process first = world.start("first");
        Registration down = first.registry.register(instance("users", "h9"));
        World.Process bystander = world.start("bystander");
        world.seconds(60);
        world.dead.add("h9:80");
        world.seconds(45);
        assertThat(bystander.sees("users")).contains("h9:80 DOWN");
        bystander.told();

        world.dead.clear();
        down.close();
        world.start("again").registry.register(instance("users", "h9"));
        world.seconds(45);
        assertThat(bystander.told()).containsExactly("Removed h9:80", "Registered h9:80");
        assertThat(bystander.sees("users")).contains("h9:80 UP");
    }

    @Test
    void registrationThatIsTakenOver_isUpAtOnceForThoseThatDoNotCheck() {
        instances("users", 3).forEach(owner.registry::register);
        start(2);
        World.Process bystander = world.start("bystander");
        world.seconds(60);
        world.dead.add("h1:80");
        world.seconds(45);
        assertThat(bystander.sees("users")).contains("h1:80 DOWN");
        bystander.told();
        world.dead.clear();
        world.start("again").registry.register(instance("users", "h1"));
        world.pass(Duration.ofMillis(50));
        assertThat(bystander.told()).containsExactly("Up h1:80");
    }

    @Test
    void checkerThatDies_isReplaced_andItsWordEndsWithIt() {
        instances("users", 50).forEach(owner.registry::register);
        start(4);
        world.seconds(60);
        World.Process gone = clients.remove(0);
        gone.kill();
        gone.registry.close();
        world.seconds(60);
        Map<String, Set<String>> checkers = checkers(Duration.ofSeconds(30));
        assertThat(checkers.values()).allMatch(by -> by.size() == 2);
    }

    @Test
    void takenOverInstance_thatIsDown_doesNotBecomeUpByChangingHands() {
        instances("users", 30).forEach(owner.registry::register);
        start(3);
        world.dead.addAll(List.of("h0:80", "h1:80", "h2:80", "h3:80"));
        world.seconds(60);
        clients.forEach(World.Process::told);
        start(3);
        world.seconds(60);
        assertThat(clients.subList(0, 3))
                .allSatisfy(client -> assertThat(client.told()).isEmpty());
        assertThat(clients.get(5).sees("users"))
                .filteredOn(each -> each.endsWith("DOWN"))
                .hasSize(4);
    }

    @Test
    void oneCheckerThatIsAloneWithItsView_doesNotDecideForTheOthers() {
        instances("users", 20).forEach(owner.registry::register);
        start(6);
        world.seconds(60);
        World.Process cut = clients.get(0);
        cut.transport.answering(request -> FakeAnswer.failure(FailureKind.CONNECT_FAILED));
        world.seconds(60);
        assertThat(cut.sees("users")).anyMatch(each -> each.endsWith("DOWN"));
        for (World.Process client : clients.subList(1, 6)) {
            assertThat(client.sees("users")).as(client.name).allMatch(each -> each.endsWith("UP"));
        }
    }

    @Test
    void storeAwayForLong_hasEveryoneLookForItself() {
        instances("users", 20).forEach(owner.registry::register);
        start(5);
        world.seconds(30);
        world.server.stop();
        world.seconds(120);
        assertThat(checkers(Duration.ofSeconds(30)).values()).allMatch(by -> by.size() == 5);
        world.dead.add("h7:80");
        world.seconds(60);
        clients.forEach(client -> assertThat(client.sees("users")).contains("h7:80 DOWN", "h8:80 UP"));
    }

    @Test
    void processThatUsesNothing_publishesNothing() {
        owner.registry.register(World.instance("users", "one"));
        world.seconds(30);
        assertThat(published()).isEmpty();
        World.Use use = owner.use("users");
        world.seconds(1);
        assertThat(published()).containsExactly("owner");
        use.close();
        world.seconds(1);
        assertThat(published()).isEmpty();
    }

    private List<String> published() {
        return world
                .server
                .store()
                .table(Observation.TABLE)
                .changesSince(TablePosition.NONE, 100)
                .toCompletableFuture()
                .join()
                .changes()
                .stream()
                .filter(change -> change.kind() == StateChange.Kind.PUT)
                .map(StateChange::key)
                .toList();
    }
}
