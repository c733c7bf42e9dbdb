package io.backstay.registry;

import io.backstay.FailureKind;
import io.backstay.ServiceInstance;
import io.backstay.spi.StateWrite;
import io.backstay.testkit.FakeAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static io.backstay.registry.World.instance;
import static io.backstay.registry.World.instances;
import static org.assertj.core.api.Assertions.assertThat;

/** Who is removed for being down for long, and above all who is not. */
class DeregistrationTest {

    private static final HealthCheck CHECK = HealthCheck.http("/health").withDeregistrationAfter(Duration.ofMinutes(5));

    private final World world = new World();
    private final World.Process bystander = world.start("bystander");
    private final List<World.Process> clients = new ArrayList<>();

    private World.Process start() {
        World.Process client = world.start("client" + clients.size(), builder -> builder.healthCheck(CHECK));
        client.use("users");
        clients.add(client);
        return client;
    }

    private void start(int count) {
        for (int i = 0; i < count; i++) {
            start();
        }
    }

    /** Into the store by hand, for good: nobody is there to put one back that was removed. */
    private void register(int count) {
        instances("users", count).forEach(each -> world.write(StateWrite.put(InstanceEntries.key(each), octets(each))));
        world.seconds(1);
    }

    private static byte[] octets(ServiceInstance instance) {
        return InstanceEntries.encode(new InstanceEntry(instance, 1));
    }

    private static void cutOff(World.Process client) {
        client.transport.answering(request -> FakeAnswer.failure(FailureKind.CONNECT_FAILED));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void clientThatIsCutOff_deregistersNobodyWhomOthersReach(int count) {
        register(10);
        start(count);
        world.seconds(60);
        cutOff(clients.get(0));
        world.pass(Duration.ofHours(1));
        assertThat(bystander.sees("users")).hasSize(10).allMatch(each -> each.endsWith("UP"));
    }

    @Test
    void clientThatReachesAFewOnly_deregistersNobodyWhomOthersReach() {
        register(10);
        start(2);
        world.seconds(60);
        clients.get(0)
                .transport
                .answering(request -> request.instance().host().equals("h0")
                        ? FakeAnswer.status(200)
                        : FakeAnswer.failure(FailureKind.CONNECT_FAILED));
        world.pass(Duration.ofHours(1));
        assertThat(bystander.sees("users")).hasSize(10).allMatch(each -> each.endsWith("UP"));
    }

    @Test
    void onlyClient_cutOffFromAWholeService_deregistersNobody() {
        register(5);
        cutOff(start());
        world.pass(Duration.ofHours(1));
        assertThat(bystander.sees("users")).hasSize(5).allMatch(each -> each.endsWith("DOWN"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void downForLong_forAllWhoLook_isDeregistered(int count) {
        register(3);
        start(count);
        world.seconds(60);
        world.dead.addAll(List.of("h0:80", "h1:80"));
        world.pass(Duration.ofMinutes(5));
        assertThat(bystander.sees("users")).containsExactly("h0:80 DOWN", "h1:80 DOWN", "h2:80 UP");
        world.pass(Duration.ofMinutes(2));
        assertThat(bystander.sees("users")).containsExactly("h2:80 UP");
    }

    @Test
    void allDown_stay_untilOneIsUpAgain() {
        register(3);
        start(2);
        world.dead.addAll(List.of("h0:80", "h1:80", "h2:80"));
        world.pass(Duration.ofHours(1));
        assertThat(bystander.sees("users")).hasSize(3).allMatch(each -> each.endsWith("DOWN"));
        world.dead.remove("h1:80");
        world.pass(Duration.ofMinutes(2));
        assertThat(bystander.sees("users")).containsExactly("h1:80 UP");
    }

    @Test
    void deregisteredOneThatIsAlive_comesBackAsDown_forAll_untilItsChecksPass() {
        World.Process host = world.start("host");
        Registration own = host.registry.register(instance("users", "h0"));
        host.registry.register(instance("users", "h1"));
        start(3);
        world.seconds(90);
        world.answers.put("h0:80", FakeAnswer.status(500));
        world.seconds(60);
        assertThat(bystander.sees("users")).containsExactly("h0:80 DOWN", "h1:80 UP");
        int without = 0;
        for (int i = 0; i < 3 * 3_600; i++) {
            world.pass(Duration.ofMillis(100));
            List<String> seen = new ArrayList<>(bystander.sees("users"));
            clients.forEach(client -> seen.addAll(client.sees("users")));
            assertThat(seen).doesNotContain("h0:80 UP");
            without += seen.contains("h0:80 DOWN") ? 0 : 1;
        }
        assertThat(without).as("it was deregistered").isPositive();
        assertThat(own.isReplaced()).isFalse();
        bystander.told();
        world.answers.remove("h0:80");
        world.seconds(60);
        assertThat(bystander.sees("users")).containsExactly("h0:80 UP", "h1:80 UP");
        assertThat(bystander.told().stream().filter("Up h0:80"::equals)).hasSize(1);
    }

    @Test
    void newRegistrationInThePlaceOfADeregisteredOne_isUp_untilChecksSayOtherwise() {
        register(2);
        start(2);
        world.seconds(60);
        world.dead.add("h0:80");
        world.pass(Duration.ofMinutes(7));
        assertThat(bystander.sees("users")).containsExactly("h1:80 UP");
        world.dead.clear();
        world.start("host").registry.register(instance("users", "h0"));
        world.seconds(1);
        assertThat(bystander.sees("users")).containsExactly("h0:80 UP", "h1:80 UP");
    }

    @Test
    void lastInstance_downAndWithoutALease_isNotForgotten() {
        ServiceInstance last = instance("users", "h0");
        world.write(StateWrite.put(InstanceEntries.key(last), octets(last)).withLease(World.LEASE));
        World.Process client = start();
        world.dead.add("h0:80");
        world.pass(Duration.ofHours(1));
        assertThat(client.sees("users")).containsExactly("h0:80 DOWN");
    }

    @Test
    void storeThatDoesNotAnswer_leavesAllAsTheyAre_andIsToldOnceItDoes() {
        register(2);
        World.Process client = start();
        world.seconds(60);
        world.server.stop();
        world.dead.add("h0:80");
        world.pass(Duration.ofMinutes(20));
        assertThat(client.sees("users")).containsExactly("h0:80 DOWN", "h1:80 UP");
        world.server.start();
        world.pass(Duration.ofMinutes(2));
        assertThat(client.sees("users")).containsExactly("h1:80 UP");
    }
}
