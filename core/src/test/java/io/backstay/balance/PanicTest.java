package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.ConcurrencyPolicy;
import io.backstay.EjectionPolicy;
import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import io.backstay.guard.ConcurrencyLimit;
import io.backstay.spi.SystemTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class PanicTest {

    private final PoolFixture fixture = new PoolFixture(BalancePolicy.of(BalancePolicy.ROUND_ROBIN));

    /** Of ten, from the first, so many in a status, the others up. */
    private static List<ServiceInstance> ten(int number, InstanceStatus status) {
        List<ServiceInstance> all = new ArrayList<>(PoolFixture.instances(10));
        for (int i = 0; i < number; i++) {
            all.set(i, all.get(i).withStatus(status));
        }
        return all;
    }

    @ParameterizedTest
    @CsvSource({"0, 10", "1, 9", "5, 5", "6, 10", "10, 10"})
    void underHalfHealthy_allAreUsed(int down, int used) {
        fixture.pool.onInstances(ten(down, InstanceStatus.DOWN));

        assertThat(fixture.counts(100)).hasSize(used);
    }

    @Test
    void panic_endsAsSoonAsHalfIsBack() {
        fixture.pool.onInstances(ten(9, InstanceStatus.DOWN));
        assertThat(fixture.counts(100)).hasSize(10);

        fixture.pool.onInstances(ten(5, InstanceStatus.DOWN));
        assertThat(fixture.counts(400)).hasSize(5);
    }

    @Test
    void withoutPanic_fewAreUsed_andNoneWhereAllAreDown() {
        PoolFixture calm =
                new PoolFixture(BalancePolicy.builder().panicPercent(0).build());
        calm.pool.onInstances(ten(9, InstanceStatus.DOWN));
        assertThat(calm.counts(100)).containsOnlyKeys("j");

        calm.pool.onInstances(ten(10, InstanceStatus.DOWN));
        assertThat(calm.pool.choose(new TestCall(), 0)).isNull();
    }

    @ParameterizedTest
    @EnumSource(names = {"SUSPECT", "DOWN", "DRAINING"})
    void fewThatAreNotUp_areNotChosen(InstanceStatus status) {
        fixture.pool.onInstances(ten(3, status));

        assertThat(fixture.counts(200)).hasSize(7).doesNotContainKeys("a", "b", "c");
    }

    @Test
    void suspects_areChosenWhereNobodyIsUp() {
        List<ServiceInstance> all = ten(10, InstanceStatus.SUSPECT);
        fixture.pool.onInstances(all);

        assertThat(fixture.counts(100)).hasSize(10);
    }

    @Test
    void thoseThatLeave_areChosenOnlyWhereNobodyElseIs() {
        fixture.pool.onInstances(ten(9, InstanceStatus.DRAINING));
        assertThat(fixture.counts(100)).containsOnlyKeys("j");

        fixture.pool.onInstances(ten(10, InstanceStatus.DRAINING));
        assertThat(fixture.counts(100)).hasSize(10);
    }

    @Test
    void thoseThatLeave_causeNoPanic() {
        List<ServiceInstance> all = ten(6, InstanceStatus.DRAINING);
        all.set(6, all.get(6).withStatus(InstanceStatus.DOWN));
        fixture.pool.onInstances(all);

        assertThat(fixture.counts(100)).containsOnlyKeys("h", "i", "j");
    }

    @Test
    void withoutWeight_isChosenOnlyWhereNobodyElseIs() {
        ServiceInstance none = PoolFixture.instance("none").weight(0).build();
        fixture.pool.onInstances(List.of(none, PoolFixture.instance(0)));
        assertThat(fixture.counts(50)).containsOnlyKeys("a");

        fixture.pool.onInstances(List.of(none));
        assertThat(fixture.counts(50)).containsOnlyKeys("none");
    }

    private static ServiceInstance standby(String name) {
        return PoolFixture.instance(name).weight(0).build();
    }

    @Test
    void standbys_areCalledWhereAllOthersAreDown_ratherThanThose() {
        List<ServiceInstance> all = ten(10, InstanceStatus.DOWN);
        all.add(standby("s1"));
        all.add(standby("s2"));
        fixture.pool.onInstances(all);
        assertThat(fixture.counts(100)).containsOnlyKeys("s1", "s2");

        all.set(0, all.get(0).withStatus(InstanceStatus.UP));
        all.set(1, all.get(1).withStatus(InstanceStatus.UP));
        all.subList(2, 10).clear();
        fixture.pool.onInstances(all);
        assertThat(fixture.counts(100)).containsOnlyKeys("a", "b");
    }

    @Test
    void standbys_areCalledWhereAllOthersAreEjectedOrDown() {
        List<ServiceInstance> all = new ArrayList<>(PoolFixture.instances(2));
        all.add(standby("s1"));
        fixture.pool.onInstances(all);
        failAt("a", 12);
        assertThat(fixture.pool.ejected()).isEqualTo(1);

        all.set(1, all.get(1).withStatus(InstanceStatus.DOWN));
        fixture.pool.onInstances(all);

        assertThat(fixture.counts(20)).containsOnlyKeys("s1");
    }

    @Test
    void standbys_leaveNoRoomToEjectTheLastOfTheOthers() {
        List<ServiceInstance> all = new ArrayList<>(PoolFixture.instances(2));
        for (int i = 0; i < 6; i++) {
            all.add(standby("s" + i));
        }
        fixture.pool.onInstances(all);
        failAt("a", 12);
        failAt("b", 20);

        assertThat(fixture.told).containsExactly("a ejected for 30 s: 5 failures in a row");
        assertThat(fixture.counts(20)).containsOnlyKeys("b");
    }

    private void failAt(String failing, int calls) {
        for (int i = 0; i < calls; i++) {
            TestCall call = TestCall.of("/" + failing);
            Chosen chosen = fixture.choose(call);
            boolean fails = chosen.instance().id().equals(failing);
            fixture.end(chosen, call, fails ? AttemptResult.FAILURE : AttemptResult.SUCCESS, PoolFixture.FAST);
        }
    }

    @Test
    void standbyOfTheOwnZone_isCalledBeforeThoseElsewhere() {
        PoolFixture own = new PoolFixture(
                BalancePolicy.standard(), EjectionPolicy.standard(), builder -> builder.locality("z1", "north"));
        own.pool.onInstances(List.of(
                PoolFixture.instance(0).withStatus(InstanceStatus.DOWN),
                standby("far").toBuilder().zone("z2").region("south").build(),
                standby("near").toBuilder().zone("z1").region("north").build()));

        assertThat(own.counts(50)).containsOnlyKeys("near");
    }

    @Test
    void oneThatLeaves_isCalledWhereAllOthersAreDown_ratherThanThose() {
        ServiceInstance leaving = PoolFixture.instance(0).withStatus(InstanceStatus.DRAINING);
        ServiceInstance down = PoolFixture.instance(1).withStatus(InstanceStatus.DOWN);
        fixture.pool.onInstances(List.of(leaving, down));

        assertThat(fixture.counts(50)).containsOnlyKeys("a");
    }

    /** All leases have run out, in all likelihood by a fault of the store: one that leaves could not carry the load of ten. */
    @Test
    void oneThatLeaves_doesNotGetTheCallsOfAllWhoseLeaseHasRunOut() {
        List<ServiceInstance> all = ten(10, InstanceStatus.SUSPECT);
        all.add(PoolFixture.instance("leaving").build().withStatus(InstanceStatus.DRAINING));
        fixture.pool.onInstances(all);

        assertThat(fixture.counts(1100)).hasSize(11).containsEntry("leaving", 100);
    }

    @ParameterizedTest
    @ValueSource(strings = {BalancePolicy.PEAK_EWMA, BalancePolicy.ROUND_ROBIN, BalancePolicy.LEAST_REQUESTS})
    void standby_doesNotGetTheCallsOfAllWhoseLeaseHasRunOut(String balancer) {
        PoolFixture pool = new PoolFixture(BalancePolicy.of(balancer));
        List<ServiceInstance> all = ten(10, InstanceStatus.SUSPECT);
        all.add(standby("s1"));
        pool.pool.onInstances(all);

        assertThat(pool.counts(1100))
                .hasSize(11)
                .hasEntrySatisfying("s1", calls -> assertThat(calls).isBetween(50, 150));
    }

    @Test
    void standbys_areCalledRatherThanSuspectsThatWereEjected() {
        List<ServiceInstance> all = new ArrayList<>(PoolFixture.instances(2));
        all.add(standby("s1"));
        fixture.pool.onInstances(all);
        failAt("a", 12);
        all.set(0, all.get(0).withStatus(InstanceStatus.SUSPECT));
        all.set(1, all.get(1).withStatus(InstanceStatus.DOWN));
        fixture.pool.onInstances(all);

        assertThat(fixture.counts(20)).containsOnlyKeys("s1");
    }

    @Test
    void thoseThatAreDown_areCalledWhereTheStandbyHasNoRoom() {
        SystemTime clock = SystemTime.shared();
        PoolFixture limited = new PoolFixture(
                BalancePolicy.standard(),
                EjectionPolicy.standard(),
                builder -> builder.limits(instance ->
                        new ConcurrencyLimit(instance.id(), ConcurrencyPolicy.fixed(1), clock, clock, clock)));
        limited.pool.onInstances(List.of(PoolFixture.instance(0).withStatus(InstanceStatus.DOWN), standby("s1")));
        Chosen first = limited.choose(new TestCall());

        Chosen second = limited.choose(new TestCall());

        assertThat(first.instance().id()).isEqualTo("s1");
        assertThat(second.instance().id()).isEqualTo("a");
    }

    @Test
    void noInstances_giveNone() {
        assertThat(fixture.pool.choose(new TestCall(), 0)).isNull();
        fixture.pool.onInstances(List.of());
        assertThat(fixture.pool.choose(new TestCall(), 0)).isNull();
    }
}
