package io.backstay.registry;

import io.backstay.Backstay;
import io.backstay.ServiceClient;
import io.backstay.ServiceInstance;
import io.backstay.testkit.FakeStateServer;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static io.backstay.registry.World.instance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** Where calls go that have zones and regions to choose from: hosts are called by their zone. */
class RegionSpillTest {

    private static final int CALLS = 4_000;

    private final World world = new World();
    private final FakeStateServer south = FakeStateServer.on(world.time);
    private final World.Process northern = world.start("northern", builder -> builder.region("north"));
    private final World.Process southern = world.new Process("southern", south, builder -> builder.region("south"));

    private static void register(World.Process owner, String zone, int count) {
        for (int i = 0; i < count; i++) {
            ServiceInstance one = instance("users", zone + i);
            owner.registry.register(one.toBuilder()
                    .zone(zone)
                    .metadata(Map.of(Registry.HEALTH_PATH, "/health"))
                    .build());
        }
    }

    private void kill(String zone, int count) {
        for (int i = 0; i < count; i++) {
            world.dead.add(zone + i + ":80");
        }
    }

    private Backstay caller(String zone, String region, boolean spare) {
        Backstay.Builder builder = Backstay.builder()
                .environment(Map.of())
                .virtualTime(world.time)
                .transport(northern.transport)
                .stateStore(world.server.connect())
                .extension(RegistryProvider.with(registry -> {
                    registry.region("north");
                    return spare ? registry.region("south", south.connect()) : registry;
                }));
        if (!zone.isEmpty()) {
            builder.setting("backstay.zone", zone);
        }
        if (!region.isEmpty()) {
            builder.setting("backstay.region", region);
        }
        return builder.build();
    }

    /** Which part of the calls each zone gets, once checks have found who is down. None of them may fail. */
    private Map<String, Double> shares(String zone, String region, boolean spare) {
        try (Backstay backstay = caller(zone, region, spare)) {
            ServiceClient users = backstay.client("users");
            world.seconds(120);
            int before = northern.transport.requests().size();
            for (int i = 0; i < CALLS; i++) {
                assertThat(users.get("/u").execute().status()).isEqualTo(200);
            }
            Map<String, Double> shares = new HashMap<>();
            northern.transport.requests().stream()
                    .skip(before)
                    .forEach(
                            request -> shares.merge(request.instance().zone().orElseThrow(), 1.0 / CALLS, Double::sum));
            return shares;
        }
    }

    @ParameterizedTest
    @CsvSource({"north, false", "north, true", "'', false", "'', true"})
    void ownZoneUnwell_spillsToTheRegionsOtherZone_withOrWithoutASpareRegion(String region, boolean spare) {
        register(northern, "a", 5);
        register(northern, "b", 5);
        register(southern, "c", 5);
        kill("a", 3);
        Map<String, Double> shares = shares("a", region, spare);
        assertThat(shares.get("a")).isCloseTo(0.4 / 0.72, within(0.03));
        assertThat(shares.get("b")).isCloseTo(1 - 0.4 / 0.72, within(0.05));
    }

    @ParameterizedTest
    @ValueSource(strings = {"north", ""})
    void ownRegionUnwell_spillsToTheSpare_whetherOrNotCallsKnowTheirRegion(String region) {
        register(northern, "a", 10);
        register(southern, "c", 5);
        kill("a", 6);
        Map<String, Double> shares = shares("", region, true);
        assertThat(shares.get("a")).isCloseTo(0.4 / 0.72, within(0.03));
        assertThat(shares.get("c")).isCloseTo(1 - 0.4 / 0.72, within(0.03));
    }

    @ParameterizedTest
    @CsvSource({"a, north", "a, ''", "'', north", "'', ''"})
    void mostOfTheRegionDown_isNotCalledForWantOfOthers_whileTheSpareIsWell(String zone, String region) {
        register(northern, "a", 10);
        register(southern, "c", 2);
        kill("a", 9);
        Map<String, Double> shares = shares(zone, region, true);
        assertThat(shares.get("c")).isCloseTo(1 - 0.1 / 0.72, within(0.03));
    }

    @Test
    void instanceThatIsUpAgain_hasItsWeightBack() {
        register(northern, "a", 2);
        register(southern, "c", 2);
        World.Process client =
                world.start("client", builder -> builder.region("north").region("south", south.connect()));
        World.Use use = client.use("users");
        kill("a", 1);
        world.seconds(120);
        assertThat(use.sees()).contains("a0:80 DOWN");
        world.dead.clear();
        world.seconds(120);
        assertThat(use.sees()).containsExactly("a0:80 UP", "a1:80 UP");
        assertThat(use.last).allMatch(each -> each.weight() == 1);
    }
}
