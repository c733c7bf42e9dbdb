package io.backstay.it.discovery;

import io.backstay.Backstay;
import io.backstay.InstanceStatus;
import io.backstay.localredis.RedisProcess;
import io.backstay.registry.RegistryProvider;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateStore;
import io.backstay.store.redis.RedisStateStore;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whole zones and regions that are lost or unwell, and come back, while a service is called all the time. Calls may fail until callers know,
 * and none after that.
 */
@Execution(ExecutionMode.CONCURRENT)
class ZonesAndRegionsIT {

    private static final Duration A_WHILE = FleetSettings.LEASE.multipliedBy(5);

    /** The region north with its Redis, instances and callers, who know the region south and its instances s1 and s2 too. */
    private static final class TwoRegions implements AutoCloseable {

        private static final String[] SOUTH = {"s1", "s2"};

        final RedisProcess north = RedisProcess.server();
        final RedisProcess south = RedisProcess.server();
        private final StateStore seen = RedisStateStore.builder()
                .uri(south.uri())
                .commandTimeout(Duration.ofMillis(500))
                .build(ProviderContext.system());
        private final Host host;
        final ServiceFleet fleet;

        TwoRegions(String... ids) {
            host = Host.of(in("north", north), ids);
            fleet = ServiceFleet.of(this::caller, host);
            fleet.add(Host.of(in("south", south), SOUTH));
            fleet.awaitUp(SOUTH);
            fleet.demandNoAnswersOf(SOUTH);
        }

        private static Backstay.Builder in(String region, RedisProcess redis) {
            return FleetSettings.process(redis.uri()).setting("backstay.region", region);
        }

        private Backstay.Builder caller() {
            return in("north", north).extension(RegistryProvider.with(registry -> registry.region("south", seen)));
        }

        void answer(int status, String... ids) {
            for (String id : ids) {
                host.server(id).status(status);
            }
        }

        int answersOfSouth() {
            return fleet.answersOf("s1") + fleet.answersOf("s2");
        }

        @Override
        public void close() throws Exception {
            fleet.close();
            seen.close();
            north.close();
            south.close();
        }
    }

    @Test
    void ownZoneLost_theOtherAnswers_untilItIsBack() throws Exception {
        String[] lost = {"b1", "b2", "b3"};
        String[] others = {"a1", "a2"};
        try (RedisProcess redis = RedisProcess.server();
                ServiceFleet fleet = ServiceFleet.of(
                        () -> FleetSettings.process(redis.uri()).setting("backstay.zone", "b"),
                        Host.in("a", FleetSettings.process(redis.uri()), others))) {
            InstanceProcess zone = fleet.add(InstanceProcess.start(redis.uri(), "b", lost));
            fleet.awaitUp(lost);
            fleet.awaitShareOf(lost);
            fleet.demandNoMoreAnswersOf(others);

            zone.kill();

            fleet.demandThatCrashIsSeen(lost);
            fleet.awaitGone(A_WHILE, lost);
            fleet.demandThatLostCallsAreAtMost(2 * FleetCaller.THREADS);
            fleet.awaitShareOf(others);

            fleet.add(InstanceProcess.start(redis.uri(), "b", lost));
            fleet.awaitUp(lost);
            fleet.awaitShareOf(lost);
            fleet.demandNoMoreAnswersOf(others);
            fleet.demandThatNobodySufferedBut(lost);
        }
    }

    @Test
    void ownRegionLost_theOtherAnswers_untilItIsBack() throws Exception {
        try (TwoRegions regions = new TwoRegions("n1", "n2")) {
            ServiceFleet fleet = regions.fleet;

            regions.answer(503, "n1", "n2");
            fleet.awaitAnswersOf(TwoRegions.SOUTH);
            // Both have failed three checks by then, and each call took its three attempts.
            fleet.demandThatLostCallsAreAtMost(20);
            regions.answer(200, "n1", "n2");

            fleet.awaitUp("n1", "n2");
            fleet.awaitAnswersOf("n1", "n2");
            fleet.demandNoMoreAnswersOf(TwoRegions.SOUTH);
            fleet.demandThatNobodySufferedBut("n1", "n2");
        }
    }

    @Test
    void halfOfTheOwnRegionDown_callsSpillToTheOther_untilItIsWell() throws Exception {
        try (TwoRegions regions = new TwoRegions("n1", "n2", "n3", "n4")) {
            ServiceFleet fleet = regions.fleet;

            regions.answer(503, "n1", "n2");
            fleet.awaitStanding(Optional.of(InstanceStatus.DOWN)::equals, A_WHILE, "n1", "n2");
            fleet.awaitAnswersOf(TwoRegions.SOUTH);
            int before = regions.answersOfSouth();
            fleet.awaitAnswers(500);
            // North is half well, and 72 % would carry all: so that 31 % have to go.
            assertThat(regions.answersOfSouth() - before).as("of 500").isBetween(50, 300);
            regions.answer(200, "n1", "n2");

            fleet.awaitUp("n1", "n2");
            fleet.awaitAnswersOf("n1", "n2");
            fleet.demandNoMoreAnswersOf(TwoRegions.SOUTH);
            fleet.demandThatNobodySufferedBut("n1", "n2");
        }
    }

    @Test
    void ownRegionsRedisLost_callsStayInTheRegion() throws Exception {
        try (TwoRegions regions = new TwoRegions("n1", "n2")) {
            ServiceFleet fleet = regions.fleet;

            regions.north.kill();
            fleet.awaitStanding(standing -> standing.isPresent(), FleetSettings.LEASE, "n1", "n2");
            fleet.awaitAnswers(200);
            regions.north.launch();
            fleet.heals();
            regions.south.kill();
            fleet.awaitAnswers(200);

            fleet.demandNoAnswersOf(TwoRegions.SOUTH);
            fleet.demandThatNobodySufferedBut();
        }
    }
}
