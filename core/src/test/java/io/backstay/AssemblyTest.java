package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.HttpTransportProvider;
import io.backstay.spi.InstanceListener;
import io.backstay.spi.VirtualTime;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** How a Backstay is put together from what is given and what is found. */
class AssemblyTest {

    @TempDir
    Path directory;

    private static Backstay.Builder given() {
        return Backstay.builder().transport(new ScriptedTransport(new VirtualTime(), Step.ok("")));
    }

    /** Runs with a class path on which these transports are found. */
    private void withTransports(List<String> providers, Runnable test) throws IOException {
        ClassPath.with(directory, HttpTransportProvider.class, providers, test);
    }

    @Test
    void create_withoutATransport_namesTheArtifactToAdd() {
        assertThatThrownBy(Backstay::create)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("no transport was found", "io.backstay:backstay-http-jdk");
    }

    @Test
    void create_withOneTransport_takesItAndSaysSo() throws IOException {
        withTransports(List.of(FoundTransports.One.class.getName()), () -> {
            try (Backstay backstay = Backstay.create()) {
                assertThat(backstay.description()).contains("transport one (found [one])", "jackson");
            }
        });
    }

    @Test
    void create_withATie_listsTheCandidatesAndTheSetting() throws IOException {
        withTransports(List.of(FoundTransports.One.class.getName(), FoundTransports.Two.class.getName()), () -> {
            assertThatThrownBy(Backstay::create)
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContainingAll("[one, two]", "backstay.transport");
            try (Backstay backstay =
                    Backstay.builder().setting("backstay.transport", "two").build()) {
                assertThat(backstay.description()).contains("transport two");
            }
            try (Backstay backstay = Backstay.builder()
                    .environment(Map.of("BACKSTAY_TRANSPORT", "one"))
                    .build()) {
                assertThat(backstay.description()).contains("transport one");
            }
            assertThatThrownBy(() -> Backstay.builder()
                            .setting("backstay.transport", "three")
                            .build())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContainingAll("three", "[one, two]");
        });
    }

    @Test
    void create_withAHigherPriority_takesThat() throws IOException {
        withTransports(List.of(FoundTransports.One.class.getName(), FoundTransports.Strong.class.getName()), () -> {
            try (Backstay backstay = Backstay.create()) {
                assertThat(backstay.description()).contains("transport strong (found [strong, one])");
            }
        });
    }

    @Test
    void create_withABrokenProviderThatIsNotWanted_goesOn() throws IOException {
        withTransports(
                List.of(
                        "no.such.Provider",
                        FoundTransports.Broken.class.getName(),
                        FoundTransports.One.class.getName()),
                () -> {
                    try (Backstay backstay = Backstay.create()) {
                        assertThat(backstay.description()).contains("transport one (found [one])");
                    }
                });
    }

    @Test
    void create_withOnlyABrokenProvider_saysWhatIsBroken() throws IOException {
        withTransports(
                List.of("no.such.Provider"),
                () -> assertThatThrownBy(Backstay::create)
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessageContaining("no.such.Provider"));
    }

    @Test
    void client_ofAnUnknownService_saysWhereItsAddressCouldBeGiven() {
        try (Backstay backstay = given().environment(Map.of()).build()) {
            assertThatThrownBy(() -> backstay.client("user-service"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContainingAll("user-service", "endpoint(", "USER_SERVICE_URL");
        }
    }

    @Test
    void client_atAnAddress_keepsToIt() {
        try (Backstay backstay = given().build()) {
            ServiceClient client = backstay.client("users", URI.create("http://one:1"));

            assertThat(backstay.client("users")).isSameAs(client);
            assertThat(backstay.client("users", URI.create("http://one:1"))).isSameAs(client);
            assertThatThrownBy(() -> backstay.client("users", URI.create("http://two:2")))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("already known");
        }
    }

    @Test
    void address_isTakenFromTheFirstSourceThatKnowsIt() {
        assertThat(address(builder -> builder.endpoint("users", URI.create("http://given:1"))
                        .environment(Map.of("USERS_URL", "http://environment:1"))))
                .isEqualTo("given:1");
        assertThat(address(builder -> builder.defaultEndpoint("users", URI.create("http://default:1"))
                        .environment(Map.of("USERS_URL", "http://environment:1"))))
                .isEqualTo("environment:1");
        assertThat(address(builder -> builder.defaultEndpoint("users", URI.create("http://default:1"))
                        .environment(Map.of())))
                .isEqualTo("default:1");
    }

    @Test
    void address_fromTheSettings_isWeakerThanTheEnvironment_andStrongerThanTheDefault() {
        UnaryOperator<Backstay.Builder> set =
                builder -> builder.setting("backstay.service.users.url", "http://set:1/base")
                        .defaultEndpoint("users", URI.create("http://default:1"));

        assertThat(address(builder -> set.apply(builder).environment(Map.of()))).isEqualTo("set:1");
        assertThat(address(builder -> set.apply(builder).environment(Map.of("USERS_URL", "http://environment:1"))))
                .isEqualTo("environment:1");
        assertThat(address(builder -> builder.environment(Map.of("BACKSTAY_SERVICE_USERS_URL", "http://set:2"))))
                .isEqualTo("set:2");
    }

    @Test
    void addressesInASetting_areInstances_withTheirBasePaths_andNoSettingIsSaidToBeUnknown() {
        try (CapturedLog log = CapturedLog.warnings("io.backstay");
                Backstay backstay = given().environment(Map.of())
                        .setting("backstay.service.user-service.url", "http://one:1/api, https://two:2")
                        .build()) {
            backstay.client("user-service");
            assertThat(backstay.instances("user-service"))
                    .extracting(state -> state.instance().baseUri().toString())
                    .containsExactly("http://one:1/api", "https://two:2");
            assertThat(log.lines()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://bad host", "users:8001", "http://one:1,", "ftp://one", "http://one:70000"})
    void wrongAddressInASetting_isRefusedAtTheStart_withItsName(String url) {
        assertThatThrownBy(() -> given().environment(Map.of())
                        .setting("backstay.service.users.url", url)
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("backstay.service.users.url");
        assertThatThrownBy(() -> given().environment(Map.of("BACKSTAY_SERVICE_USERS_URL", url))
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("the environment's BACKSTAY_SERVICE_USERS_URL");
    }

    private static String address(Consumer<Backstay.Builder> more) {
        Backstay.Builder builder = given();
        more.accept(builder);
        try (Backstay backstay = builder.build()) {
            return backstay.client("users")
                    .get("/")
                    .execute()
                    .instance()
                    .orElseThrow()
                    .address();
        }
    }

    @ParameterizedTest
    @EnumSource
    void address_fromTheEnvironment_isCalled(Mode mode) {
        VirtualTime time = new VirtualTime();
        ScriptedTransport transport = new ScriptedTransport(time, Step.ok("ada"));
        try (Backstay backstay = Backstay.builder()
                .virtualTime(time)
                .transport(transport)
                .environment(Map.of("USER_SERVICE_HOST", "users", "USER_SERVICE_PORT", "8001"))
                .build()) {
            mode.text(backstay.client("user-service").get("/x"), time);
        }
        assertThat(transport.requests.get(0).uri()).hasToString("http://users:8001/x");
    }

    @Test
    void builder_usedTwice_makesTwoThatAreClosedApart() throws IOException {
        withTransports(List.of(FoundTransports.One.class.getName()), () -> {
            Backstay.Builder builder = Backstay.builder().endpoint("users", URI.create("http://one:1"));
            Backstay first = builder.build();
            builder.build().close();

            assertThat(FoundTransports.One.made).hasSizeGreaterThanOrEqualTo(2);
            int last = FoundTransports.One.made.size() - 1;
            assertThat(FoundTransports.One.made.get(last).closed).isTrue();
            assertThat(FoundTransports.One.made.get(last - 1).closed).isFalse();
            first.close();
            assertThat(FoundTransports.One.made.get(last - 1).closed).isTrue();
        });
    }

    @Test
    void setting_thatCannotBeOne_isRefused() {
        assertThatThrownBy(() -> Backstay.builder().setting("retry.max-attempts", "5"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("retry.max-attempts", "backstay.");
    }

    @Test
    void resolver_thatChangesItsMind_isFollowed() {
        List<InstanceListener> listeners = new ArrayList<>();
        List<String> closed = new ArrayList<>();
        EndpointResolver resolver = (service, listener) -> {
            listeners.add(listener);
            return Optional.of(() -> {
                closed.add(service);
                throw new IllegalStateException("one that fails to close keeps no other open");
            });
        };
        Backstay backstay = given().resolver(resolver).build();
        ServiceClient users = backstay.client("users");
        backstay.client("others");

        assertThatThrownBy(() -> users.get("/").execute())
                .isInstanceOfSatisfying(
                        CallRejectedException.class,
                        refused -> assertThat(refused.guard()).isEqualTo("balancer"));
        listeners.get(0).onInstances(List.of(ServiceInstance.of("users", URI.create("http://late:1"))));
        assertThat(users.get("/").execute().instance().map(ServiceInstance::address))
                .contains("late:1");

        backstay.close();
        backstay.close();
        assertThat(closed).containsExactly("others", "users");
    }

    /** A resolver may run others' listeners meanwhile, and these may open services too. */
    @Test
    void serviceThatIsBeingOpened_keepsNoOtherWaiting() throws Exception {
        CompletableFuture<Void> opened = new CompletableFuture<>();
        Backstay[] made = new Backstay[1];
        EndpointResolver resolver = (service, listener) -> {
            if (service.equals("slow")) {
                new Thread(() -> {
                            made[0].client("other");
                            opened.complete(null);
                        })
                        .start();
                opened.orTimeout(10, TimeUnit.SECONDS).join();
            }
            return Optional.of(() -> {});
        };
        try (Backstay backstay = given().resolver(resolver).build()) {
            made[0] = backstay;
            assertThat(backstay.client("slow").service()).isEqualTo("slow");
        }
    }
}
