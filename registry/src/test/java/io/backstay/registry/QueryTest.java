package io.backstay.registry;

import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static io.backstay.registry.World.instance;
import static org.assertj.core.api.Assertions.assertThat;

class QueryTest {

    private final World world = new World();
    private final World.Process owner = world.start("owner");
    private final World.Process client = world.start("client");

    @BeforeEach
    void register() {
        owner.registry.register(instance("users", "u1").toBuilder()
                .type("core")
                .version("1.4.2")
                .region("north")
                .zone("a")
                .tags(List.of("canary", "fast"))
                .capabilities(List.of("search"))
                .build());
        owner.registry.register(instance("users", "u2").toBuilder()
                .type("core")
                .version("1.3.0")
                .region("south")
                .zone("b")
                .build());
        owner.registry.register(instance("cache", "c1").toBuilder()
                .type("membrane")
                .tags(List.of("fast"))
                .capabilities(List.of("search", "write"))
                .status(InstanceStatus.DRAINING)
                .build());
        world.seconds(1);
    }

    private List<String> ids(ServiceQuery query) {
        return client.registry.discover(query).stream()
                .map(ServiceInstance::id)
                .sorted()
                .toList();
    }

    @Test
    void watch_tellsAtOnce_whateverItAsksFor_alsoWhereThereIsNothing() {
        World empty = new World();
        World.Process process = empty.start("process");
        List<List<ServiceInstance>> ofOne = new ArrayList<>();
        List<List<ServiceInstance>> ofAny = new ArrayList<>();
        process.registry.watch(ServiceQuery.service("nobody"), ofOne::add);
        process.registry.watch(ServiceQuery.any(), ofAny::add);
        assertThat(ofOne).containsExactly(List.of());
        assertThat(ofAny).containsExactly(List.of());
        empty.seconds(30);
        assertThat(ofOne).hasSize(1);
        assertThat(ofAny).hasSize(1);
        process.registry.register(World.instance("nobody", "h0"));
        empty.seconds(1);
        assertThat(ofOne).hasSize(2);
        assertThat(ofAny).hasSize(2);
    }

    @Test
    void conditions_narrow() {
        ServiceQuery any = ServiceQuery.any();
        assertThat(ids(any)).containsExactly("c1", "u1", "u2");
        assertThat(ids(ServiceQuery.service("users"))).containsExactly("u1", "u2");
        assertThat(ids(ServiceQuery.service("nobody"))).isEmpty();
        assertThat(ids(any.withType("core"))).containsExactly("u1", "u2");
        assertThat(ids(any.withTag("fast"))).containsExactly("c1", "u1");
        assertThat(ids(any.withTag("fast").withTag("canary"))).containsExactly("u1");
        assertThat(ids(any.withCapability("search").withCapability("write"))).containsExactly("c1");
        assertThat(ids(any.withVersion("1.4.*"))).containsExactly("u1");
        assertThat(ids(any.withVersion("[1.0,1.4)"))).containsExactly("u2");
        assertThat(ids(any.inRegion("north"))).containsExactly("u1");
        assertThat(ids(any.inZone("b"))).containsExactly("u2");
        assertThat(ids(any.onlyUp())).containsExactly("u1", "u2");
        assertThat(ids(any.withStatus(InstanceStatus.DRAINING, InstanceStatus.DOWN)))
                .containsExactly("c1");
        assertThat(ids(ServiceQuery.service("users").withTag("fast").onlyUp())).containsExactly("u1");
    }

    @Test
    void answer_isTheSameList_aslongAsNothingChanges() {
        ServiceQuery query = ServiceQuery.any().withTag("fast");
        List<ServiceInstance> first = client.registry.discover(query);
        assertThat(client.registry.discover(ServiceQuery.any().withTag("fast"))).isSameAs(first);
        Registration more = owner.registry.register(
                instance("third", "t1").toBuilder().tags(List.of("fast")).build());
        world.seconds(1);
        assertThat(ids(query)).containsExactly("c1", "t1", "u1");
        more.close();
        world.seconds(1);
        assertThat(ids(query)).containsExactly("c1", "u1");
    }

    @Test
    void manyDifferentQueries_areForgottenAgain() {
        for (int i = 0; i < 5_000; i++) {
            assertThat(client.registry.discover(ServiceQuery.any().withTag("t" + i)))
                    .isEmpty();
        }
        assertThat(ids(ServiceQuery.any().withTag("canary"))).containsExactly("u1");
    }

    @Test
    void watchOfOneService_isToldOfWhatItAsksForAlone() {
        List<List<ServiceInstance>> told = new ArrayList<>();
        Registry.Watch watch =
                client.registry.watch(ServiceQuery.service("users").withTag("fast"), told::add);
        assertThat(told).hasSize(1);
        owner.registry.register(instance("users", "u3"));
        world.seconds(1);
        assertThat(told).hasSize(1);
        owner.registry.register(
                instance("users", "u4").toBuilder().tags(List.of("fast")).build());
        world.seconds(1);
        assertThat(told).hasSize(2);
        assertThat(told.get(1)).extracting(ServiceInstance::id).containsExactlyInAnyOrder("u1", "u4");
        watch.close();
        owner.registry.close();
        world.seconds(1);
        assertThat(told).hasSize(2);
    }

    @Test
    void watchOverAllServices_isToldOnceForManyChangesTogether() {
        AtomicInteger calls = new AtomicInteger();
        List<ServiceInstance> last = new ArrayList<>();
        Registry.Watch watch = client.registry.watch(ServiceQuery.any().withType("core"), found -> {
            calls.incrementAndGet();
            last.clear();
            last.addAll(found);
        });
        for (int i = 0; i < 100; i++) {
            owner.registry.register(
                    instance("service" + i, "s" + i).toBuilder().type("core").build());
        }
        world.seconds(1);
        assertThat(last).hasSize(102);
        assertThat(calls).hasValueLessThan(10);
        watch.close();
        owner.registry.close();
        world.seconds(5);
        assertThat(last).hasSize(102);
    }

    @Test
    void queriesThatAskForTheSame_areEqual() {
        assertThat(ServiceQuery.any().withTag("a").withTag("b"))
                .isEqualTo(ServiceQuery.any().withTag("b").withTag("a"))
                .hasSameHashCodeAs(ServiceQuery.any().withTag("b").withTag("a"))
                .isNotEqualTo(ServiceQuery.any().withTag("a"));
        assertThat(ServiceQuery.service("users").onlyUp().withVersion("1.4.*"))
                .hasToString("users, version 1.4.*, status [UP]");
    }
}
