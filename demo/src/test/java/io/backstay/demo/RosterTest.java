package io.backstay.demo;

import io.backstay.InstanceStatus;
import io.backstay.ServiceInstance;
import io.backstay.spi.SystemTime;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RosterTest {

    private static final ServiceInstance ADA = instance("user-service", 8_001);
    private static final ServiceInstance BOB = instance("user-service", 8_002);
    private static final ServiceInstance PLAN = instance("project-service", 9_001);

    private final Roster roster = new Roster();

    private static ServiceInstance instance(String service, int port) {
        return ServiceInstance.of(service, URI.create("http://127.0.0.1:" + port));
    }

    @Test
    void size_isThatOfTheLatestListsOfAllServices() {
        roster.told("user-service", List.of(ADA));
        roster.told("project-service", List.of(PLAN));
        roster.told("user-service", List.of(ADA, BOB));

        assertThat(roster.size()).isEqualTo(3);
        assertThat(roster.has("127.0.0.1:8002")).isTrue();
        assertThat(roster.has("127.0.0.1:8003")).isFalse();
    }

    @Test
    void up_leavesOutThoseThatSomethingSpeaksAgainst() {
        roster.told("user-service", List.of(ADA, BOB.withStatus(InstanceStatus.SUSPECT)));

        assertThat(roster.up()).isEqualTo(1);
        assertThat(roster.size()).isEqualTo(2);
    }

    @Test
    void empties_countsOnlyListsThatHaveLostTheirLastInstance() {
        roster.told("user-service", List.of());
        assertThat(roster.empties()).isZero();

        roster.told("user-service", List.of(ADA));
        roster.told("user-service", List.of());
        roster.told("user-service", List.of());

        assertThat(roster.empties()).isEqualTo(1);
        assertThat(roster.has("127.0.0.1:8001")).isFalse();
    }

    @Test
    void timeToSee_isFromTheMomentToTheFirstListWithIt() {
        long before = SystemTime.shared().nanoTime();
        roster.told("user-service", List.of(ADA));
        long after = SystemTime.shared().nanoTime();
        roster.told("user-service", List.of(ADA, BOB));

        assertThat(roster.timeToSee(ADA.address(), before)).isBetween(Duration.ZERO, Duration.ofNanos(after - before));
        assertThat(roster.timeToSee(ADA.address(), after)).isZero();
        assertThat(roster.timeToSee(PLAN.address(), before)).isNull();
    }
}
