package io.backstay.registry;

import io.backstay.Backstay;
import io.backstay.ConfigurationException;
import io.backstay.Result;
import io.backstay.ServiceClient;
import io.backstay.ServiceInstance;
import io.backstay.ServiceResponse;
import io.backstay.Settings;
import io.backstay.event.InstanceDown;
import io.backstay.event.InstanceEvent;
import io.backstay.event.InstanceRegistered;
import io.backstay.spi.MetricSource;
import io.backstay.testkit.FaultyStateStore;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

import static io.backstay.registry.World.instance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The registry as a part of a Backstay, found on the class path. */
class RegistryInBackstayTest {

    private final World world = new World();
    private final World.Process owner = world.start("owner");
    private final List<InstanceEvent> events = new ArrayList<>();

    private Backstay.Builder builder() {
        return Backstay.builder()
                .environment(Map.of())
                .virtualTime(world.time)
                .transport(owner.transport)
                .listener(InstanceEvent.class, events::add);
    }

    private static ServiceInstance checked(String host) {
        return instance("users", host).toBuilder()
                .metadata(Map.of(Registry.HEALTH_PATH, "/health"))
                .build();
    }

    private Backstay sharing() {
        return builder().stateStore(world.server.connect()).build();
    }

    @Test
    void addressInASetting_isStrongerThanWhoIsRegistered() {
        owner.registry.register(instance("users", "registered"));
        world.seconds(1);
        try (Backstay backstay = builder()
                .stateStore(world.server.connect())
                .setting("backstay.service.users.url", "http://set:1")
                .build()) {
            world.seconds(1);
            assertThat(backstay.client("users")
                            .get("/u")
                            .execute()
                            .instance()
                            .orElseThrow()
                            .address())
                    .isEqualTo("set:1");
        }
    }

    private static Set<String> called(World.Process process, int from) {
        Set<String> called = new TreeSet<>();
        process.transport.requests().stream()
                .skip(from)
                .filter(request -> !request.target().equals("/health"))
                .forEach(request -> called.add(request.instance().address()));
        return called;
    }

    @Test
    void calls_goToWhoIsRegistered_andLoseNothingWhenOneDies() {
        owner.registry.register(checked("one"));
        World.Process second = world.start("second");
        second.registry.register(checked("two"));
        try (Backstay backstay = sharing()) {
            ServiceClient users = backstay.client("users");
            world.seconds(1);
            for (int i = 0; i < 20; i++) {
                assertThat(users.get("/u").execute().status()).isEqualTo(200);
            }
            assertThat(called(owner, 0)).containsExactly("one:80", "two:80");

            second.kill();
            world.dead.add("two:80");
            world.seconds(16);
            int before = owner.transport.requests().size();
            for (int i = 0; i < 20; i++) {
                assertThat(users.get("/u").execute().status()).isEqualTo(200);
            }
            assertThat(called(owner, before)).containsExactly("one:80");
        }
    }

    private Backstay sharing(FaultyStateStore store) {
        return builder().stateStore(store).build();
    }

    @Test
    void callBeforeTheStoreHasBeenRead_waitsForThat() {
        owner.registry.register(checked("one"));
        world.seconds(1);
        FaultyStateStore slow = world.server.connect();
        slow.delay(Duration.ofMillis(50));
        try (Backstay backstay = sharing(slow)) {
            assertThat(backstay.client("users").get("/u").execute().status()).isEqualTo(200);
        }
    }

    @Test
    void callOfAServiceThatNobodyHasRegistered_isRefusedOnceTheStoreHasBeenRead() {
        FaultyStateStore slow = world.server.connect();
        slow.delay(Duration.ofMillis(50));
        long before = world.time.nanoTime();
        try (Backstay backstay = sharing(slow)) {
            Result<ServiceResponse> result = backstay.client("users").get("/u").result(ServiceResponse.class);

            assertThat(result.toString())
                    .contains("no instance of users is known")
                    .doesNotContain("first time");
            assertThat(world.time.nanoTime() - before)
                    .isLessThan(Duration.ofMillis(500).toNanos());
        }
    }

    @Test
    void callWhileTheStoreIsAwayFromTheStart_isRefusedAfterABoundedTime_andWorksOnceItIsThere() {
        owner.registry.register(checked("one"));
        world.seconds(1);
        FaultyStateStore away = world.server.connect();
        away.cutOff();
        long before = world.time.nanoTime();
        try (Backstay backstay = sharing(away)) {
            ServiceClient users = backstay.client("users");
            Result<ServiceResponse> result = users.get("/u").result(ServiceResponse.class);

            assertThat(result.toString()).contains("first time");
            assertThat(Duration.ofNanos(world.time.nanoTime() - before))
                    .isEqualTo(Settings.FIRST_READING_TIMEOUT.defaultValue());
            away.reconnect();
            world.seconds(30);
            assertThat(users.get("/u").execute().status()).isEqualTo(200);
        }
    }

    @Test
    void ownRegistration_leavesWithTheBackstay() {
        Backstay backstay = sharing();
        backstay.extension(Registry.class).register(instance("orders", "three"));
        world.seconds(1);
        assertThat(owner.sees("orders")).containsExactly("three:80 UP");
        backstay.close();
        world.seconds(1);
        assertThat(owner.sees("orders")).isEmpty();
    }

    @Test
    void events_reachTheListeners() {
        try (Backstay backstay = sharing()) {
            backstay.client("users");
            world.seconds(1);
            owner.registry.register(checked("one"));
            world.seconds(20);
            world.dead.add("one:80");
            world.seconds(60);
            assertThat(events).hasSize(2);
            assertThat(events.get(0)).isInstanceOf(InstanceRegistered.class);
            assertThat(events.get(1)).isInstanceOfSatisfying(InstanceDown.class, down -> {
                assertThat(down.service()).isEqualTo("users");
                assertThat(down.reason()).contains("3 checks have failed", "connection failed");
            });
        }
    }

    @Test
    void defaultAddress_standsIn_untilSomebodyRegisters() {
        try (Backstay backstay = builder()
                .stateStore(world.server.connect())
                .defaultEndpoint("users", URI.create("http://fallback:8001"))
                .build()) {
            ServiceClient users = backstay.client("users");
            users.get("/u").execute();
            assertThat(called(owner, 0)).containsExactly("fallback:8001");
            owner.registry.register(checked("one"));
            world.seconds(1);
            int before = owner.transport.requests().size();
            users.get("/u").execute();
            assertThat(called(owner, before)).containsExactly("one:80");
        }
    }

    @Test
    void environment_isStrongerThanTheRegistry() {
        owner.registry.register(checked("one"));
        try (Backstay backstay = builder()
                .environment(Map.of("USERS_URL", "http://elsewhere:1"))
                .stateStore(world.server.connect())
                .build()) {
            world.seconds(1);
            backstay.client("users").get("/u").execute();
            assertThat(called(owner, 0)).containsExactly("elsewhere:1");
        }
    }

    @Test
    void withoutASharedStore_serviceThatNobodyRegistered_isNotKnown() {
        try (Backstay backstay = builder().build()) {
            assertThatThrownBy(() -> backstay.client("users")).isInstanceOf(ConfigurationException.class);
            backstay.extension(Registry.class).register(checked("one"));
            world.seconds(1);
            assertThat(backstay.client("users").get("/u").execute().status()).isEqualTo(200);
        }
    }

    @Test
    void switchedOff_isNotThere() {
        try (Backstay backstay =
                builder().setting("backstay.registry.enabled", "false").build()) {
            assertThatThrownBy(() -> backstay.extension(Registry.class)).isInstanceOf(ConfigurationException.class);
        }
    }

    @Test
    void settings_areFollowed_andWrongOnesRefused() {
        try (Backstay backstay = builder()
                .stateStore(world.server.connect())
                .setting("backstay.registry.lease", "3s")
                .setting("backstay.registry.drain-time", "0s")
                .environment(Map.of("HEALTH_CHECK_INTERVAL", "2"))
                .build()) {
            backstay.extension(Registry.class).register(checked("one"));
            backstay.client("users");
            world.seconds(20);
            assertThat(owner.transport.requests()).hasSizeBetween(8, 13);
        }
        assertThatThrownBy(() ->
                        builder().setting("backstay.registry.lease", "1ms").build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("backstay.registry.lease");
        assertThatThrownBy(() -> builder()
                        .environment(Map.of("HEALTH_CHECK_INTERVAL", "soon"))
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("HEALTH_CHECK_INTERVAL");
    }

    @Test
    void providerWithMore_standsInThePlaceOfTheOneThatIsFound() {
        try (Backstay backstay = builder()
                .extension(RegistryProvider.with(
                        set -> set.lease(Duration.ofSeconds(2)).region("north")))
                .build()) {
            Registration registration = backstay.extension(Registry.class).register(checked("one"));
            assertThat(registration.instance().region()).contains("north");
        }
    }

    @Test
    void regionOfTheProcess_isThatOfWhatItRegisters() {
        try (Backstay backstay = builder().setting("backstay.region", "north").build()) {
            Registration registration = backstay.extension(Registry.class).register(checked("one"));
            assertThat(registration.instance().region()).contains("north");
        }
    }

    @Test
    void regionThatIsToldTwice_differently_isRefused_asIsOneThatCannotBe() {
        assertThatThrownBy(() -> builder()
                        .setting("backstay.region", "north")
                        .extension(RegistryProvider.with(set -> set.region("south")))
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("backstay.region", "north", "south");
        assertThatThrownBy(() ->
                        builder().setting("backstay.region", "x".repeat(129)).build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("region");
    }

    @Test
    void figures_areAmongThoseOfTheBackstay() {
        try (Backstay backstay = sharing()) {
            Set<String> names = new HashSet<>();
            backstay.metrics().collect(new MetricSource.Sink() {
                @Override
                public void counter(String name, Map<String, String> labels, long value) {
                    names.add(name);
                }

                @Override
                public void gauge(String name, Map<String, String> labels, double value) {
                    names.add(name);
                }

                @Override
                public void latency(String name, Map<String, String> labels, MetricSource.Latency value) {
                    names.add(name);
                }
            });
            assertThat(names)
                    .contains("registered_services", "healthy_services", "failed_health_checks", "discovery_requests");
        }
    }
}
