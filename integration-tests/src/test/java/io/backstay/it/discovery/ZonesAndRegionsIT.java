package io.backstay.it.discovery;

import io.backstay.Backstay;
import io.backstay.localredis.RedisProcess;
import io.backstay.registry.RegistryProvider;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;
import io.backstay.store.redis.RedisStateStore;
import java.time.Duration;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whole zones and regions that are lost, and come back, while a service is called all the time. Calls may fail until callers know, and none
 * after that.
 */
class ZonesAndRegionsIT {

    private static final Duration A_WHILE = FleetSettings.LEASE.multipliedBy(5);

    @Test
    void zoneLost_theOtherAnswers() throws Exception {
        String[] lost = {"b1", "b2", "b3"};
        try (RedisProcess redis = RedisProcess.server();
                ServiceFleet fleet = ServiceFleet.at(redis.uri(), "a1", "a2")) {
            InstanceProcess zone = fleet.add(InstanceProcess.start(redis.uri(), "b", lost));
            fleet.awaitUp(lost);
            fleet.awaitAnswersOf(lost);

            zone.kill();

            fleet.demandThatCrashIsSeen(lost);
            fleet.awaitGone(A_WHILE, lost);
            fleet.awaitAnswersOf("a1", "a2");
            fleet.excuseFailedCalls();
            fleet.awaitAnswers(100);
            fleet.demandThatNobodySufferedBut(lost);
        }
    }

    /** A caller in the region north, which knows the store of the region south too. */
    private static Backstay.Builder callerInNorth(String north, StateStore south) {
        return in("north", north).extension(RegistryProvider.with(registry -> registry.region("south", south)));
    }

    private static Backstay.Builder in(String region, String redis) {
        return FleetSettings.process(redis).setting("backstay.region", region);
    }

    private static StateStore store(RedisProcess redis) {
        return RedisStateStore.builder()
                .uri(redis.uri())
                .commandTimeout(Duration.ofMillis(500))
                .build(ProviderContext.system());
    }

    @Test
    void ownRegionLost_theOtherAnswers_untilItIsBack() throws Exception {
        try (RedisProcess north = RedisProcess.server();
                RedisProcess south = RedisProcess.server();
                StateStore seen = store(south);
                ServiceFleet fleet = ServiceFleet.of(
                        () -> callerInNorth(north.uri(), seen), Host.of(in("north", north.uri()), "n1", "n2"))) {
            fleet.add(Host.of(in("south", south.uri()), "s1", "s2"));
            fleet.awaitUp("s1", "s2");
            fleet.awaitAnswersOf("n1", "n2");
            fleet.demandNoAnswersOf("s1", "s2");

            fleet.host("n1").server("n1").status(503);
            fleet.host("n2").server("n2").status(503);
            fleet.awaitAnswersOf("s1", "s2");
            fleet.excuseFailedCalls();
            fleet.host("n1").server("n1").status(200);
            fleet.host("n2").server("n2").status(200);

            fleet.awaitUp("n1", "n2");
            fleet.awaitAnswersOf("n1", "n2");
            int before = fleet.answersOf("s1") + fleet.answersOf("s2");
            fleet.awaitAnswers(100);
            assertThat(fleet.answersOf("s1") + fleet.answersOf("s2"))
                    .as("calls that went south though north is well again")
                    .isEqualTo(before);
            fleet.demandThatNobodySufferedBut("n1", "n2");
        }
    }

    @Test
    void ownRegionsRedisLost_callsStayInTheRegion() throws Exception {
        try (RedisProcess north = RedisProcess.server();
                RedisProcess south = RedisProcess.server();
                StateStore seen = store(south);
                ServiceFleet fleet = ServiceFleet.of(
                        () -> callerInNorth(north.uri(), seen), Host.of(in("north", north.uri()), "n1", "n2"))) {
            fleet.add(Host.of(in("south", south.uri()), "s1", "s2"));
            fleet.awaitUp("s1", "s2");

            north.kill();
            fleet.awaitStanding(standing -> standing.isPresent(), FleetSettings.LEASE, "n1", "n2");
            fleet.awaitAnswers(200);
            north.launch();
            fleet.heals();
            south.kill();
            fleet.awaitAnswers(200);

            fleet.demandNoAnswersOf("s1", "s2");
            fleet.demandThatNobodySufferedBut();
        }
    }
}
