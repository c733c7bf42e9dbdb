package io.backstay.balance;

import io.backstay.BalancePolicy;
import io.backstay.ServiceInstance;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ConsistentHashTest {

    private static final int KEYS = 2_000;

    private final PoolFixture fixture = new PoolFixture(BalancePolicy.of(BalancePolicy.CONSISTENT_HASH));

    private static Map<String, String> owners(PoolFixture fixture) {
        Map<String, String> owners = new HashMap<>();
        for (int i = 0; i < KEYS; i++) {
            owners.put("key-" + i, fixture.chosen(TestCall.withKey("key-" + i)));
        }
        return owners;
    }

    @Test
    void sameKey_goesToTheSameInstance_inEveryProcess() {
        fixture.pool.onInstances(PoolFixture.instances(10));
        PoolFixture other = new PoolFixture(BalancePolicy.of(BalancePolicy.CONSISTENT_HASH));
        List<ServiceInstance> reversed = new ArrayList<>(PoolFixture.instances(10));
        java.util.Collections.reverse(reversed);
        other.pool.onInstances(reversed);

        assertThat(owners(fixture)).isEqualTo(owners(fixture)).isEqualTo(owners(other));
    }

    @Test
    void keys_areSpread_byWeight() {
        List<ServiceInstance> instances = new ArrayList<>(PoolFixture.instances(9));
        instances.add(PoolFixture.instance("heavy").weight(3).build());
        fixture.pool.onInstances(instances);
        Map<String, Integer> counts = new HashMap<>();
        owners(fixture).values().forEach(owner -> counts.merge(owner, 1, Integer::sum));

        assertThat(counts).hasSize(10);
        assertThat(counts.remove("heavy")).isBetween(2 * KEYS / 12, 4 * KEYS / 12);
        assertThat(counts.values()).allMatch(count -> count > KEYS / 12 / 2 && count < 2 * KEYS / 12);
    }

    @Test
    void instanceThatLeaves_movesItsOwnKeysAlone() {
        fixture.pool.onInstances(PoolFixture.instances(10));
        Map<String, String> before = owners(fixture);

        fixture.pool.onInstances(PoolFixture.instances(9));
        Map<String, String> after = owners(fixture);

        assertThat(before.entrySet().stream().filter(each -> !each.getValue().equals("j")))
                .allMatch(each -> each.getValue().equals(after.get(each.getKey())));
    }

    @Test
    void attemptAfterTheFirst_goesToTheNextOnTheRing_theSameEachTime() {
        fixture.pool.onInstances(PoolFixture.instances(10));
        TestCall call = TestCall.withKey("ada");
        Chosen first = fixture.choose(call);
        call.tried.add(first.instance());

        String second = fixture.chosen(call);

        assertThat(second).isNotEqualTo(first.instance().id());
        assertThat(fixture.chosen(call)).isEqualTo(second);
    }

    @Test
    void loadBound_sendsAKeyThatAllCallsHave_onToOthers() {
        PoolFixture bounded = new PoolFixture(BalancePolicy.builder()
                .balancer(BalancePolicy.CONSISTENT_HASH)
                .loadBound(1.25)
                .build());
        bounded.pool.onInstances(PoolFixture.instances(10));
        for (int i = 0; i < 100; i++) {
            bounded.choose(TestCall.withKey("hot"));
        }

        assertThat(bounded.pool.states()).allMatch(state -> state.pending() <= 13);
    }

    @Test
    void withoutBound_oneKeyStaysTogether() {
        fixture.pool.onInstances(PoolFixture.instances(10));
        for (int i = 0; i < 100; i++) {
            fixture.choose(TestCall.withKey("hot"));
        }

        assertThat(fixture.pool.states()).anyMatch(state -> state.pending() == 100);
    }

    @Test
    void callsWithoutAKey_areSpread() {
        fixture.pool.onInstances(PoolFixture.instances(5));

        assertThat(fixture.counts(1_000)).hasSize(5);
    }
}
