package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.EjectionPolicy;
import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class EjectionTest {

    private static final Duration MILLI = Duration.ofMillis(1);

    private final PoolFixture fixture = fixture(EjectionPolicy.standard(), 10);

    /** In turn, so that everybody gets calls. */
    private static PoolFixture fixture(EjectionPolicy policy, int instances) {
        PoolFixture fixture = new PoolFixture(
                BalancePolicy.builder()
                        .balancer(BalancePolicy.ROUND_ROBIN)
                        .prediction(false)
                        .slowStart(Duration.ZERO)
                        .build(),
                policy,
                builder -> builder);
        fixture.pool.onInstances(PoolFixture.instances(instances));
        return fixture;
    }

    /** So many calls to one endpoint after the other; who fails is told by instance and endpoint. */
    private static void call(
            PoolFixture fixture, int calls, List<String> endpoints, BiPredicate<String, String> fails) {
        for (int i = 0; i < calls; i++) {
            String endpoint = endpoints.get(i % endpoints.size());
            TestCall call = TestCall.of(endpoint);
            Chosen chosen = fixture.choose(call);
            boolean failed = fails.test(chosen.instance().id(), endpoint);
            fixture.end(chosen, call, failed ? AttemptResult.FAILURE : AttemptResult.SUCCESS, MILLI);
        }
    }

    private void call(int calls, BiPredicate<String, String> fails) {
        call(fixture, calls, List.of("/users"), fails);
    }

    private static Set<String> ejected(PoolFixture fixture) {
        return fixture.pool.states().stream()
                .filter(state -> state.ejectedFor().isPresent())
                .map(state -> state.instance().id())
                .collect(Collectors.toSet());
    }

    @Test
    void fiveFailuresInARow_eject_andFourDoNot() {
        call(40, (instance, endpoint) -> instance.equals("c"));
        assertThat(ejected(fixture)).isEmpty();

        call(10, (instance, endpoint) -> instance.equals("c"));
        assertThat(ejected(fixture)).containsExactly("c");
        assertThat(fixture.told).containsExactly("c ejected for 30 s: 5 failures in a row");
        assertThat(fixture.counts(100)).doesNotContainKey("c");
        assertThat(fixture.pool.ejected()).isEqualTo(1);
        assertThat(fixture.pool.healthy()).isEqualTo(9);
        assertThat(fixture.pool.ejections()).isEqualTo(1);
    }

    @Test
    void successInBetween_beginsAnew() {
        int[] failures = new int[1];
        call(1_000, (instance, endpoint) -> instance.equals("c") && failures[0]++ % 5 != 4);

        assertThat(ejected(fixture)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"UNFINISHED", "NOTHING", "BUSY", "ALIVE"})
    void whatIsNoFailure_ejectsNobody(AttemptResult result) {
        for (int i = 0; i < 1_000; i++) {
            fixture.call(new TestCall(), result, MILLI);
        }

        assertThat(fixture.told).isEmpty();
    }

    @Test
    void ejection_endsByTime_andNextOnesLastLonger_upToTheLongest() {
        List<Long> lasting = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            call(60, (instance, endpoint) -> instance.equals("c"));
            Duration left = fixture.state("c").ejectedFor().orElseThrow();
            fixture.time.advance(left.minusMillis(1));
            assertThat(ejected(fixture)).containsExactly("c");
            fixture.time.advance(MILLI);
            assertThat(ejected(fixture)).isEmpty();
            lasting.add(Math.round(left.toMillis() / 1_000.0));
        }

        assertThat(lasting).containsExactly(30L, 60L, 90L, 120L, 150L, 180L, 210L, 240L, 270L, 300L, 300L, 300L);
        assertThat(fixture.told).contains("c restored: its time is over");
    }

    @Test
    void ejection_isForgivenWithTime() {
        for (int i = 0; i < 3; i++) {
            call(60, (instance, endpoint) -> instance.equals("c"));
            fixture.time.advance(Duration.ofMinutes(2));
        }

        fixture.time.advance(Duration.ofMinutes(30));
        call(60, (instance, endpoint) -> instance.equals("c"));

        assertThat(fixture.told).last().isEqualTo("c ejected for 30 s: 5 failures in a row");
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 1", "3, 1", "4, 2", "5, 2", "10, 5", "11, 5"})
    void neverMoreThanHalf_andOneIsAlwaysKept(int instances, int most) {
        PoolFixture own = fixture(EjectionPolicy.standard(), instances);
        // The last one does well, so that it is not the endpoint.
        String well = PoolFixture.name(instances - 1);
        call(own, 60 * instances, List.of("/users"), (instance, endpoint) -> instances == 1 || !instance.equals(well));

        assertThat(ejected(own)).hasSizeLessThanOrEqualTo(most).doesNotContain(well);
        assertThat(own.pool.healthy()).isPositive();
    }

    @Test
    void half_isEjected_whereHalfFails() {
        Set<String> failing = Set.of("a", "b", "c", "d", "e");
        call(500, (instance, endpoint) -> failing.contains(instance));

        assertThat(ejected(fixture)).isEqualTo(failing);
    }

    @Test
    void greatestShare_isThePolicys() {
        PoolFixture own = fixture(EjectionPolicy.builder().maxPercent(20).build(), 10);
        Set<String> failing = Set.of("a", "b", "c", "d");
        call(own, 500, List.of("/users"), (instance, endpoint) -> failing.contains(instance));

        assertThat(ejected(own)).hasSize(2).isSubsetOf(failing);
    }

    @Test
    void endpointThatFailsEverywhere_ejectsNobody() {
        call(fixture, 5_000, List.of("/users", "/broken"), (instance, endpoint) -> endpoint.equals("/broken"));

        assertThat(fixture.told).isEmpty();
    }

    /** Paths that are written out, each of which is an endpoint of its own. */
    private static List<String> paths(String prefix) {
        return IntStream.range(0, 999).mapToObj(i -> prefix + i).toList();
    }

    @Test
    void manyEndpointsThatFailEverywhere_ejectNobody() {
        call(fixture, 5_000, paths("/broken/"), (instance, endpoint) -> true);

        assertThat(fixture.told).isEmpty();
    }

    @Test
    void instanceThatFailsAtAll_isEjected_howeverManyEndpointsThereAre() {
        call(
                fixture,
                5_000,
                paths("/users/"),
                (instance, endpoint) -> instance.equals("c") || endpoint.hashCode() % 7 == 0);

        assertThat(ejected(fixture)).containsExactly("c");
    }

    @Test
    void onlyEndpointThatFailsEverywhere_ejectsNobody() {
        call(5_000, (instance, endpoint) -> true);

        assertThat(fixture.told).isEmpty();
    }

    @Test
    void onlyEndpointOfTwoInstances_thatFailsEverywhere_ejectsNobody_whoeverIsAskedFirst() {
        for (int seed = 0; seed < 20; seed++) {
            PoolFixture own = new PoolFixture(BalancePolicy.standard());
            own.pool.onInstances(PoolFixture.instances(2));
            for (int i = 0; i < seed; i++) {
                own.call(new TestCall(), AttemptResult.SUCCESS, MILLI);
            }
            call(own, 500, List.of("/users"), (instance, endpoint) -> true);

            assertThat(own.told).as("seed %d", seed).isEmpty();
        }
    }

    @Test
    void instanceThatFailsAtAll_isEjected_whileAnEndpointFailsEverywhere() {
        call(
                fixture,
                2_000,
                List.of("/users", "/broken", "/teams"),
                (instance, endpoint) -> endpoint.equals("/broken") || instance.equals("c"));

        assertThat(ejected(fixture)).containsExactly("c");
    }

    @Test
    void endpointThatFailsOnOneInstance_isAvoidedThere_andItsOtherEndpointsAreCalledThere() {
        call(
                fixture,
                400,
                List.of("/users", "/teams", "/teams"),
                (instance, endpoint) -> instance.equals("c") && endpoint.equals("/users"));

        assertThat(fixture.told).containsExactly("c avoided for GET /users for 30 s");
        List<String> askedForUsers = new ArrayList<>();
        List<String> askedForTeams = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            askedForUsers.add(fixture.chosen(TestCall.of("/users")));
            askedForTeams.add(fixture.chosen(TestCall.of("/teams")));
        }
        assertThat(askedForUsers).doesNotContain("c");
        assertThat(askedForTeams).contains("c");
    }

    @Test
    void endpointAvoidedSomewhere_isTriedThereAgain_andThenAvoidedForLonger() {
        BiPredicate<String, String> fails = (instance, endpoint) -> instance.equals("c") && endpoint.equals("/users");
        call(fixture, 400, List.of("/users", "/teams", "/teams"), fails);
        fixture.time.advance(Duration.ofSeconds(31));

        call(fixture, 400, List.of("/users", "/teams", "/teams"), fails);

        assertThat(fixture.told)
                .containsExactly("c avoided for GET /users for 30 s", "c avoided for GET /users for 60 s");
    }

    @Test
    void endpointAvoidedWhereverItIsLeft_isCalledAllTheSame() {
        PoolFixture own = fixture(EjectionPolicy.standard(), 2);
        call(
                own,
                200,
                List.of("/users", "/teams", "/teams"),
                (instance, endpoint) -> instance.equals("a") && endpoint.equals("/users"));
        own.pool.onInstances(PoolFixture.instances(1));

        assertThat(own.chosen(TestCall.of("/users"))).isEqualTo("a");
    }

    @Test
    void instancesThatAreGone_doNotKeepANewOneFromBeingAvoided_whereTheyWere() {
        PoolFixture own = fixture(EjectionPolicy.standard(), 4);
        List<String> endpoints = List.of("/users", "/teams", "/teams");
        call(
                own,
                400,
                endpoints,
                (instance, endpoint) -> !instance.equals("a") && !instance.equals("b") && endpoint.equals("/users"));
        assertThat(own.told).hasSize(2).allMatch(each -> each.contains("avoided for GET /users"));
        own.told.clear();

        own.pool.onInstances(List.of(
                PoolFixture.instance(0), PoolFixture.instance(1), PoolFixture.instance(4), PoolFixture.instance(5)));
        call(own, 400, endpoints, (instance, endpoint) -> instance.equals("e") && endpoint.equals("/users"));

        assertThat(own.told).containsExactly("e avoided for GET /users for 30 s");
    }

    @Test
    void manyInstancesThatHaveComeAndGone_doNotKeepTheFailuresOfANewOneFromBeingCounted() {
        PoolFixture own = fixture(EjectionPolicy.standard(), 2);
        for (int i = 2; i < 1_100; i++) {
            String pod = PoolFixture.name(i);
            own.pool.onInstances(List.of(PoolFixture.instance(0), PoolFixture.instance(1), PoolFixture.instance(i)));
            call(own, 6, List.of("/users"), (instance, endpoint) -> instance.equals(pod));
        }
        assertThat(own.told).isEmpty();

        call(own, 30, List.of("/users"), (instance, endpoint) -> instance.startsWith("x"));

        assertThat(ejected(own)).containsExactly(PoolFixture.name(1_099));
    }

    @Test
    void failureOfOneThatIsGone_isKeptByNobody() {
        PoolFixture own = fixture(EjectionPolicy.standard(), 2);
        TestCall call = TestCall.of("/users");
        List<Chosen> last = new ArrayList<>();
        for (int i = 2; i < 1_100; i++) {
            own.pool.onInstances(List.of(PoolFixture.instance(i)));
            last.add(own.choose(call));
        }
        own.pool.onInstances(PoolFixture.instances(2));

        last.subList(0, 1_097).forEach(chosen -> own.end(chosen, call, AttemptResult.FAILURE, MILLI));
        call(own, 40, List.of("/users"), (instance, endpoint) -> instance.equals("a"));

        assertThat(ejected(own)).containsExactly("a");
    }

    /** All calls have one key, and so go to one instance at a time. */
    private static PoolFixture oneKey(int calls, Predicate<String> fails) {
        PoolFixture own = new PoolFixture(BalancePolicy.of(BalancePolicy.CONSISTENT_HASH));
        own.pool.onInstances(PoolFixture.instances(10));
        for (int i = 0; i < calls; i++) {
            TestCall call = TestCall.withKey("hot");
            Chosen chosen = own.choose(call);
            boolean failed = fails.test(chosen.instance().id());
            own.end(chosen, call, failed ? AttemptResult.FAILURE : AttemptResult.SUCCESS, MILLI);
        }
        return own;
    }

    @Test
    void endpointThatFailsEverywhere_underOneKey_doesNotEjectOneInstanceAfterTheOther() {
        assertThat(ejected(oneKey(2_000, instance -> true))).hasSize(2);
    }

    @Test
    void instancesThatFail_underOneKey_areEjectedUntilOneDoesWell() {
        String first = oneKey(1, instance -> false).chosen(TestCall.withKey("hot"));
        Set<String> failing = new HashSet<>(ejected(oneKey(2_000, instance -> true)));
        assertThat(failing).contains(first);

        assertThat(ejected(oneKey(500, failing::contains))).isEqualTo(failing);
    }

    @Test
    void passedHealthCheck_restores() {
        call(60, (instance, endpoint) -> instance.equals("c"));
        ServiceInstance c = PoolFixture.instance(2);

        fixture.pool.onHealthy(c);

        assertThat(ejected(fixture)).isEmpty();
        assertThat(fixture.told).last().isEqualTo("c restored: its health check has passed");
        fixture.time.advance(Duration.ofMinutes(10));
        assertThat(fixture.told).hasSize(2);
    }

    @Test
    void successRateThatIsAnOutlier_ejects() {
        Random random = new Random(5);
        call(3_000, (instance, endpoint) -> random.nextDouble() < (instance.equals("c") ? 0.3 : 0.01));
        fixture.time.advance(Duration.ofSeconds(10));
        call(1_500, (instance, endpoint) -> random.nextDouble() < (instance.equals("c") ? 0.3 : 0.01));
        fixture.time.advance(Duration.ofSeconds(10));
        call(20, (instance, endpoint) -> false);

        assertThat(fixture.told).hasSize(1);
        assertThat(fixture.told.get(0)).startsWith("c ejected for 30 s: success rate ");
    }

    @ParameterizedTest
    @CsvSource({"4, 1000", "10, 90"})
    void successRate_ofFewInstancesOrFewCalls_ejectsNobody(int instances, int callsEach) {
        PoolFixture own =
                fixture(EjectionPolicy.builder().consecutiveFailures(10_000).build(), instances);
        int[] count = new int[1];
        for (int i = 0; i < 8; i++) {
            call(
                    own,
                    instances * callsEach / 8,
                    List.of("/users"),
                    (instance, endpoint) -> instance.equals("c") && count[0]++ % 2 == 0);
            own.time.advance(Duration.ofSeconds(6));
        }

        assertThat(own.told).isEmpty();
    }

    @Test
    void successRateThatIsHardlyWorse_ejectsNobody_wereAllOthersPerfect() {
        int[] count = new int[1];
        for (int i = 0; i < 10; i++) {
            call(2_000, (instance, endpoint) -> instance.equals("c") && count[0]++ % 50 == 0);
            fixture.time.advance(Duration.ofSeconds(6));
        }

        assertThat(fixture.told).isEmpty();
    }

    @Test
    void policyThatIsOff_ejectsNobody_andTakesBackWhoIsEjected() {
        call(60, (instance, endpoint) -> instance.equals("c"));

        fixture.pool.follow(BalancePolicy.of(BalancePolicy.ROUND_ROBIN), EjectionPolicy.off());
        call(200, (instance, endpoint) -> instance.equals("c"));

        assertThat(ejected(fixture)).isEmpty();
        assertThat(fixture.told).last().isEqualTo("c restored: ejection was switched off");
    }

    @Test
    void ejection_outlivesARefresh_andGoesWithItsInstance() {
        call(60, (instance, endpoint) -> instance.equals("c"));
        List<ServiceInstance> changed = new ArrayList<>();
        PoolFixture.instances(10)
                .forEach(each -> changed.add(each.toBuilder().weight(2).build()));

        fixture.pool.onInstances(changed);
        assertThat(ejected(fixture)).containsExactly("c");

        changed.set(2, changed.get(2).toBuilder().id("c2").build());
        fixture.pool.onInstances(changed);
        assertThat(ejected(fixture)).isEmpty();
        fixture.time.advance(Duration.ofMinutes(10));
        assertThat(fixture.told).as("nobody restores who is gone").hasSize(1);
    }

    private static PoolFixture withoutPanic(int instances) {
        PoolFixture own = new PoolFixture(
                BalancePolicy.builder()
                        .balancer(BalancePolicy.ROUND_ROBIN)
                        .panicPercent(0)
                        .build(),
                EjectionPolicy.standard(),
                builder -> builder);
        own.pool.onInstances(PoolFixture.instances(instances));
        return own;
    }

    @Test
    void lastOneThatIsUp_isTakenBack_whenTheOthersLeaveOrGoDown() {
        List<ServiceInstance> left =
                List.of(PoolFixture.instance(0), PoolFixture.instance(1).withStatus(InstanceStatus.DOWN));
        for (List<ServiceInstance> next : List.of(PoolFixture.instances(1), left)) {
            PoolFixture own = withoutPanic(2);
            call(own, 20, List.of("/users"), (instance, endpoint) -> instance.equals("a"));
            assertThat(ejected(own)).containsExactly("a");

            own.pool.onInstances(next);

            assertThat(own.told).last().isEqualTo("a restored: no other is left");
            assertThat(own.chosen()).isEqualTo("a");
        }
    }

    @Test
    void ofThoseThatAreLeft_theOneThatWasToComeNext_isTakenBack_andNoMore() {
        PoolFixture own = withoutPanic(4);
        call(own, 20, List.of("/users"), (instance, endpoint) -> instance.equals("b"));
        own.time.advance(Duration.ofSeconds(5));
        call(own, 20, List.of("/users"), (instance, endpoint) -> instance.equals("a"));
        assertThat(ejected(own)).containsExactlyInAnyOrder("a", "b");

        own.pool.onInstances(PoolFixture.instances(2));

        assertThat(ejected(own)).containsExactly("a");
        assertThat(own.chosen()).isEqualTo("b");
    }

    @Test
    void thoseThatAreDownAnyway_areNotCountedAmongThoseThatMayBeEjected() {
        List<ServiceInstance> some = new ArrayList<>(PoolFixture.instances(10));
        for (int i = 4; i < 10; i++) {
            some.set(i, some.get(i).withStatus(InstanceStatus.DOWN));
        }
        PoolFixture own = new PoolFixture(
                BalancePolicy.builder()
                        .balancer(BalancePolicy.ROUND_ROBIN)
                        .panicPercent(0)
                        .build(),
                EjectionPolicy.standard(),
                builder -> builder);
        own.pool.onInstances(some);
        call(own, 400, List.of("/users"), (instance, endpoint) -> !instance.equals("a") && !instance.equals("b"));

        assertThat(ejected(own)).containsExactlyInAnyOrder("c", "d");
    }
}
