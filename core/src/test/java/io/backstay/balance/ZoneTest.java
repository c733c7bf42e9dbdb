package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.EjectionPolicy;
import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class ZoneTest {

    private static final int CALLS = 10_000;

    private final PoolFixture fixture = fixture(BalancePolicy.PEAK_EWMA, "z1", "north");

    private static PoolFixture fixture(String balancer, String zone, String region) {
        return new PoolFixture(
                BalancePolicy.of(balancer), EjectionPolicy.standard(), builder -> builder.locality(zone, region));
    }

    /** Ten of a zone, so many of them down. */
    private static List<ServiceInstance> ten(String zone, String region, int down) {
        List<ServiceInstance> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(PoolFixture.instance(zone + "-" + i)
                    .zone(zone)
                    .region(region)
                    .status(i < down ? InstanceStatus.DOWN : InstanceStatus.UP)
                    .build());
        }
        return all;
    }

    @SafeVarargs
    private static List<ServiceInstance> all(List<ServiceInstance>... parts) {
        List<ServiceInstance> all = new ArrayList<>();
        for (List<ServiceInstance> part : parts) {
            all.addAll(part);
        }
        return all;
    }

    /** In percent of all calls. */
    private static double share(PoolFixture fixture, String zone) {
        Map<String, Integer> counts = fixture.counts(CALLS);
        return counts.entrySet().stream()
                        .filter(each -> each.getKey().startsWith(zone))
                        .mapToInt(Map.Entry::getValue)
                        .sum()
                * 100.0
                / CALLS;
    }

    @ParameterizedTest
    @ValueSource(strings = {"peak-ewma", "round-robin", "least-requests", "random"})
    void ownZone_takesAllCallsWhileItIsWell(String balancer) {
        PoolFixture own = fixture(balancer, "z1", "north");
        own.pool.onInstances(all(ten("z1", "north", 2), ten("z2", "north", 0), ten("far", "south", 0)));

        assertThat(share(own, "z1")).isEqualTo(100);
    }

    /** 72 % of the instances carry all calls, half of that half of them. */
    @ParameterizedTest
    @CsvSource({"2, 100", "3, 97.2", "4, 83.3", "5, 69.4", "7, 41.7", "9, 13.9", "10, 0"})
    void ownZone_spillsAsItsHealthFallsBelow72Percent(int down, double percent) {
        fixture.pool.onInstances(all(ten("z1", "north", down), ten("z2", "north", 0)));

        assertThat(share(fixture, "z1")).isEqualTo(percent, within(1.5));
        assertThat(fixture.counts(500).keySet())
                .as("health of the other zone suffices: no panic")
                .noneMatch(id -> id.startsWith("z1-") && Integer.parseInt(id.substring(3)) < down);
    }

    @Test
    void otherZones_areUsedWhereTheOwnHasNobody() {
        fixture.pool.onInstances(all(ten("z2", "north", 0), ten("z3", "north", 0), ten("far", "south", 0)));

        assertThat(share(fixture, "z2")).isEqualTo(50, within(3.0));
        assertThat(share(fixture, "far")).isZero();
    }

    @Test
    void otherRegions_comeLast() {
        fixture.pool.onInstances(all(ten("z1", "north", 10), ten("z2", "north", 6), ten("far", "south", 0)));

        assertThat(share(fixture, "z2")).isEqualTo(100 * 0.4 / 0.72, within(1.5));
        assertThat(share(fixture, "far")).isEqualTo(100 - 100 * 0.4 / 0.72, within(1.5));
    }

    @Test
    void returningZone_takesItsCallsBack() {
        fixture.pool.onInstances(all(ten("z1", "north", 10), ten("z2", "north", 0)));
        assertThat(share(fixture, "z1")).isZero();

        fixture.pool.onInstances(all(ten("z1", "north", 0), ten("z2", "north", 0)));

        assertThat(share(fixture, "z1")).isEqualTo(100);
    }

    @Test
    void allZonesUnwell_panic_andShareTheCallsByHealth() {
        fixture.pool.onInstances(all(ten("z1", "north", 8), ten("z2", "north", 8)));

        assertThat(fixture.counts(CALLS)).hasSize(20);
        assertThat(share(fixture, "z1")).isEqualTo(50, within(2.0));
    }

    @Test
    void unknownZone_isAsGoodAsAny() {
        PoolFixture own = fixture(BalancePolicy.PEAK_EWMA, null, null);
        own.pool.onInstances(all(ten("z1", "north", 0), ten("z2", "south", 0)));

        assertThat(share(own, "z1")).isEqualTo(50, within(3.0));
    }

    @Test
    void instancesThatSayNoZone_areNeitherInTheOwnNorInAnotherRegion() {
        List<ServiceInstance> silent = PoolFixture.instances(2);
        fixture.pool.onInstances(all(silent, ten("far", "south", 0)));
        assertThat(share(fixture, "far")).isZero();

        fixture.pool.onInstances(all(silent, ten("z1", "north", 0)));
        assertThat(share(fixture, "z1")).isEqualTo(100);
    }

    @Test
    void ejectedOnes_countAsUnwell() {
        PoolFixture own = fixture(BalancePolicy.ROUND_ROBIN, "z1", "north");
        own.pool.onInstances(all(ten("z1", "north", 0), ten("z2", "north", 0)));
        for (int i = 0; i < 5_000; i++) {
            TestCall call = TestCall.of("/users");
            Chosen chosen = own.choose(call);
            boolean fails = List.of("z1-0", "z1-1", "z1-2", "z1-3")
                    .contains(chosen.instance().id());
            own.end(chosen, call, fails ? AttemptResult.FAILURE : AttemptResult.SUCCESS, Duration.ofMillis(1));
        }

        assertThat(own.pool.ejected()).isEqualTo(4);
        assertThat(share(own, "z2")).isEqualTo(16.7, within(1.5));
    }

    @Test
    void attemptAfterTheFirst_goesToAnotherZoneWhereTheOwnHasNobodyElse() {
        fixture.pool.onInstances(all(ten("z1", "north", 0).subList(0, 1), ten("z2", "north", 0)));
        TestCall call = new TestCall();
        call.tried.add(fixture.choose(call).instance());

        assertThat(fixture.chosen(call)).startsWith("z2");
    }
}
