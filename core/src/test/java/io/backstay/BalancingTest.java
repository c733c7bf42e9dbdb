package io.backstay;

import io.backstay.ScriptedTransport.Step;
import io.backstay.balance.InstanceState;
import io.backstay.spi.Balancer;
import io.backstay.spi.BalancerProvider;
import io.backstay.spi.EndpointResolver;
import io.backstay.spi.InstanceListener;
import io.backstay.spi.ProviderContext;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What the engine makes of its pool of instances. */
class BalancingTest {

    private static final Duration LATENCY = Duration.ofMillis(20);

    /** Tells of instances when the test says so. */
    private static final class ByHand implements EndpointResolver {
        final List<InstanceListener> listeners = new ArrayList<>();

        @Override
        public Optional<Watch> watch(String service, InstanceListener listener) {
            if (!service.equals("teams")) {
                return Optional.empty();
            }
            listeners.add(listener);
            return Optional.of(() -> {});
        }

        void tell(List<ServiceInstance> instances) {
            listeners.forEach(listener -> listener.onInstances(List.copyOf(instances)));
        }
    }

    private static List<ServiceInstance> teams(int number) {
        return IntStream.range(0, number)
                .mapToObj(i -> ServiceInstance.builder("teams")
                        .id("t" + i)
                        .host("team" + i)
                        .port(80)
                        .build())
                .toList();
    }

    private static Set<String> asked(Fixture fixture) {
        Set<String> hosts = new HashSet<>();
        fixture.transport.requests.forEach(
                request -> hosts.add(request.instance().host()));
        return hosts;
    }

    private static InstanceState state(Fixture fixture, String service, String host) {
        return fixture.backstay.instances(service).stream()
                .filter(state -> state.instance().host().equals(host))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @EnumSource
    void whatIsLearned_outlivesARefresh_andAChangeOfBalancer(Mode mode) {
        ByHand resolver = new ByHand();
        Fixture fixture = new Fixture(
                Fixture.noBreaker().build(),
                builder -> builder.resolver(resolver),
                Step.ok("ok").after(LATENCY));
        ServiceClient teams = fixture.backstay.client("teams");
        resolver.tell(teams(1));
        mode.text(teams.get("/"), fixture.time);
        assertThat(state(fixture, "teams", "team0").latency()).isEqualTo(LATENCY);

        List<ServiceInstance> changed = new ArrayList<>(teams(2));
        changed.set(0, changed.get(0).toBuilder().weight(3).build());
        resolver.tell(changed);
        fixture.backstay.policy(
                "teams", Fixture.noBreaker().balancer(BalancePolicy.RANDOM).build());

        assertThat(state(fixture, "teams", "team0").latency()).isEqualTo(LATENCY);
        assertThat(state(fixture, "teams", "team0").instance().weight()).isEqualTo(3);
        assertThat(state(fixture, "teams", "team1").latency()).isZero();

        changed.set(0, changed.get(0).toBuilder().id("new").build());
        resolver.tell(changed);
        assertThat(state(fixture, "teams", "team0").latency())
                .as("at the old address, but another")
                .isZero();
    }

    @ParameterizedTest
    @EnumSource
    void connectFailure_goesToAnotherInstanceAtOnce(Mode mode) {
        Fixture fixture = new Fixture(
                Fixture.retrying(3, Duration.ofSeconds(5)), Step.fails(FailureKind.CONNECT_FAILED), Step.ok("ok"));

        assertThat(mode.text(fixture.users.post("/users"), fixture.time).orElseThrow())
                .isEqualTo("ok");

        assertThat(fixture.elapsed()).isZero();
        assertThat(asked(fixture)).containsExactlyInAnyOrder("one", "two");
    }

    @ParameterizedTest
    @EnumSource
    void retries_goToInstancesThatWereNotTried_asLongAsThereAreAny(Mode mode) {
        ByHand resolver = new ByHand();
        Fixture fixture = new Fixture(
                Fixture.retrying(4, Duration.ofMillis(1)), builder -> builder.resolver(resolver), Step.status(503, ""));
        ServiceClient teams = fixture.backstay.client("teams");
        resolver.tell(teams(3));

        mode.failure(teams.get("/"), fixture.time);

        assertThat(fixture.transport.count()).isEqualTo(4);
        assertThat(asked(fixture)).hasSize(3);
    }

    @ParameterizedTest
    @EnumSource
    void pending_isWhatIsInProgress_andNothingIsLeftOver(Mode mode) {
        Fixture fixture = new Fixture(
                Fixture.noBreaker()
                        .retry(RetryPolicy.never())
                        .attemptTimeout(Duration.ofSeconds(1))
                        .build(),
                Step.ok("ok").after(LATENCY),
                Step.status(500, ""),
                Step.status(404, ""),
                Step.fails(FailureKind.CONNECT_FAILED),
                Step.fails(FailureKind.UNEXPECTED),
                Step.never());
        List<CompletableFuture<String>> running = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            running.add(fixture.users.get("/users").asAsync(String.class));
        }
        assertThat(fixture.backstay.instances("users").stream().mapToInt(InstanceState::pending))
                .hasSize(2)
                .matches(all -> all.stream().mapToInt(Integer::intValue).sum() == 2);

        fixture.time.advance(Duration.ofSeconds(2));
        CompletableFuture<String> cancelled = fixture.users.get("/users").asAsync(String.class);
        cancelled.cancel(true);
        mode.failure(fixture.users.get("/users"), fixture.time);

        assertThat(running).allMatch(CompletableFuture::isDone);
        assertThat(fixture.backstay.instances("users")).allMatch(state -> state.pending() == 0);
    }

    @Test
    void attemptInterceptorThatFails_leavesNothingPending_andIsNoFailureOfTheInstance() {
        Fixture fixture = new Fixture(
                Fixture.noBreaker().retry(RetryPolicy.never()).build(),
                builder -> builder.interceptor((AttemptInterceptor) new AttemptInterceptor() {
                    @Override
                    public Headers before(Attempt attempt, Headers headers) {
                        throw new IllegalStateException("on purpose");
                    }
                }),
                Step.ok("ok"));

        for (int i = 0; i < 20; i++) {
            assertThat(fixture.users.get("/users").result(String.class)).isInstanceOf(Result.Failure.class);
        }

        assertThat(fixture.backstay.instances("users"))
                .allMatch(state -> state.pending() == 0
                        && state.failureShare() == 0
                        && state.ejectedFor().isEmpty());
    }

    @ParameterizedTest
    @EnumSource
    void streamedAnswer_keepsItsInstanceBusy_untilItIsClosed(Mode mode) throws Exception {
        Fixture fixture = new Fixture(Fixture.noBreaker().build());
        fixture.transport.then(Step.streams(200, new ScriptedBody(fixture.time).piece(Duration.ZERO, "abc")));

        try (StreamedResponse response = mode.result(fixture.users.get("/users"), StreamedResponse.class, fixture.time)
                .orElseThrow()) {
            assertThat(fixture.backstay.instances("users").stream()
                            .mapToInt(InstanceState::pending)
                            .sum())
                    .isEqualTo(1);
            response.body().readAllBytes();
        }

        assertThat(fixture.backstay.instances("users")).allMatch(state -> state.pending() == 0);
    }

    /** The last candidate, whatever the request. */
    private static final class Last implements BalancerProvider {

        @Override
        public String name() {
            return "last";
        }

        @Override
        public Balancer create(ProviderContext context) {
            return candidates -> request -> candidates.get(candidates.size() - 1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void balancerOfTheUsersOwn_choosesByNameOfThePolicy(Mode mode) {
        Fixture fixture = new Fixture(
                Fixture.noBreaker().balancer("last").build(), builder -> builder.balancer(new Last()), Step.ok("ok"));

        for (int i = 0; i < 10; i++) {
            mode.text(fixture.users.get("/users"), fixture.time);
        }

        assertThat(asked(fixture)).containsExactly("two");
    }

    @ParameterizedTest
    @EnumSource
    void balancerThatInsistsOnATriedInstance_isOverruled(Mode mode) {
        Fixture fixture = new Fixture(
                Fixture.retrying(2, Duration.ofMillis(1)).toBuilder()
                        .balancer("last")
                        .build(),
                builder -> builder.balancer(new Last()),
                Step.status(503, ""),
                Step.ok("ok"));

        assertThat(mode.text(fixture.users.get("/users"), fixture.time).orElseThrow())
                .isEqualTo("ok");
        assertThat(asked(fixture)).containsExactlyInAnyOrder("one", "two");
    }

    /** Fails in one of its ways. */
    private record Broken(String name) implements BalancerProvider {

        @Override
        public Balancer create(ProviderContext context) {
            return candidates -> switch (name) {
                case "throws-early" -> throw new IllegalStateException("on purpose");
                case "throws" ->
                    request -> {
                        throw new IllegalStateException("on purpose");
                    };
                default -> request -> null;
            };
        }
    }

    @Test
    void balancerThatFails_failsNoCall() {
        for (String way : List.of("throws-early", "throws", "null")) {
            Fixture fixture = new Fixture(
                    Fixture.noBreaker().balancer(way).build(),
                    builder -> builder.balancer(new Broken(way)),
                    Step.ok("ok"));

            for (int i = 0; i < 20; i++) {
                assertThat(fixture.users.get("/users").as(String.class)).isEqualTo("ok");
            }
        }
    }

    @Test
    void unknownBalancer_isRefused_withTheNamesThereAre_andChangesNothingLater() {
        CallPolicy unknown = CallPolicy.builder().balancer("nearest").build();
        assertThatThrownBy(() -> new Fixture(unknown, Step.ok("ok")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("balancer nearest", "peak-ewma", "consistent-hash");

        Fixture fixture = new Fixture(CallPolicy.standard(), Step.ok("ok"));
        assertThatThrownBy(() -> fixture.backstay.policy("users", unknown)).isInstanceOf(ConfigurationException.class);
        assertThat(fixture.backstay.policy("users").balance().balancer()).isEqualTo("peak-ewma");
        assertThat(fixture.users.get("/").as(String.class)).isEqualTo("ok");
    }

    @Test
    void twoBalancersOfOneName_areRefused() {
        UnaryOperator<Backstay.Builder> twice =
                builder -> builder.balancer(new Last()).balancer(new Last());
        assertThatThrownBy(() -> new Fixture(CallPolicy.standard(), twice, Step.ok("ok")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("last");
        assertThatThrownBy(() -> new Fixture(
                        CallPolicy.standard(), builder -> builder.balancer(new Broken("random")), Step.ok("ok")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("random");
    }

    @ParameterizedTest
    @EnumSource
    void affinity_ofTheRequestOrOfAHeaderField_keepsCallsTogether(Mode mode) {
        ByHand resolver = new ByHand();
        Fixture fixture = new Fixture(
                Fixture.noBreaker()
                        .balance(BalancePolicy.builder()
                                .balancer(BalancePolicy.CONSISTENT_HASH)
                                .keyHeader("X-User")
                                .build())
                        .build(),
                builder -> builder.resolver(resolver),
                Step.ok("ok"));
        ServiceClient teams = fixture.backstay.client("teams");
        resolver.tell(teams(20));

        for (int i = 0; i < 20; i++) {
            mode.text(teams.get("/").affinity("ada"), fixture.time);
            mode.text(teams.get("/").header("X-User", "ada"), fixture.time);
            mode.text(teams.get("/").header("X-User", "bob" + i).affinity("ada"), fixture.time);
        }
        assertThat(asked(fixture)).hasSize(1);

        for (int i = 0; i < 50; i++) {
            mode.text(teams.get("/").header("X-User", "user" + i), fixture.time);
        }
        assertThat(asked(fixture)).hasSizeGreaterThan(10);
    }

    @Test
    void zone_isOfTheSettings() {
        ByHand resolver = new ByHand();
        Fixture fixture = new Fixture(
                Fixture.noBreaker().build(),
                builder -> builder.resolver(resolver)
                        .setting("backstay.zone", "z1")
                        .setting("backstay.region", "north"),
                Step.ok("ok"));
        ServiceClient teams = fixture.backstay.client("teams");
        List<ServiceInstance> zoned = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            zoned.add(teams(6).get(i).toBuilder()
                    .zone("z" + i % 3)
                    .region("north")
                    .build());
        }
        resolver.tell(zoned);

        for (int i = 0; i < 50; i++) {
            teams.get("/").execute();
        }

        assertThat(asked(fixture)).containsExactlyInAnyOrder("team1", "team4");
    }

    @Test
    void endpointOfTheBuilder_isOneOfItsInstances() {
        Fixture fixture = Fixture.answering(Step.ok("ok"));

        assertThat(fixture.backstay.instances("users"))
                .extracting(state -> state.instance().baseUri())
                .containsExactly(URI.create("http://one:8001"), URI.create("http://two:8002/base"));
        assertThat(fixture.backstay.instances("nobody")).isEmpty();
    }
}
