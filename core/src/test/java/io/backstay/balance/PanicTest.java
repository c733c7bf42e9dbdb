package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

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

    @Test
    void noInstances_giveNone() {
        assertThat(fixture.pool.choose(new TestCall(), 0)).isNull();
        fixture.pool.onInstances(List.of());
        assertThat(fixture.pool.choose(new TestCall(), 0)).isNull();
    }
}
