package io.backstay.it.discovery;

import io.backstay.ServiceInstance;
import io.backstay.localredis.Eventually;
import io.backstay.localredis.RedisProcess;
import io.backstay.localredis.SentinelSet;
import io.backstay.localredis.TcpProxy;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What may happen to the Redis through which a service is found, while it is called all the time and nothing is wrong with it. In each
 * case no caller ever has an empty list or one that lacks an instance, no attempt fails, no instance is called down, and two leases after
 * the Redis is back all is as it was.
 */
@Execution(ExecutionMode.CONCURRENT)
class RegistryOutageIT {

    private static final Duration LONGER_THAN_LEASES = FleetSettings.LEASE.multipliedBy(2);

    private static ServiceFleet fleetAt(String redis) {
        return ServiceFleet.at(redis, "one", "two", "three");
    }

    /** Waits until callers know that something is wrong, and then for longer than any lease. */
    private static void outlastLeasesWithoutStore(ServiceFleet fleet) {
        Eventually.holds(() -> fleet.callers().stream().noneMatch(FleetCaller::hearsStore));
        outlastLeases(fleet);
    }

    private static void outlastLeases(ServiceFleet fleet) {
        Eventually.pause(LONGER_THAN_LEASES.toNanos());
        fleet.awaitAnswers(50);
    }

    @Test
    void killedAndRestartedEmpty_hostsPutTheirInstancesBack() throws Exception {
        try (RedisProcess redis = RedisProcess.server();
                ServiceFleet fleet = fleetAt(redis.uri())) {
            redis.kill();
            outlastLeasesWithoutStore(fleet);
            redis.launch();

            fleet.heals();
            fleet.demandThatNobodySufferedBut();
        }
    }

    @Test
    void killedAndRestartedWithItsData_oldLeasesRemoveNobody() throws Exception {
        try (RedisProcess redis = RedisProcess.server("--appendonly", "yes", "--appendfsync", "always");
                ServiceFleet fleet = fleetAt(redis.uri())) {
            redis.kill();
            outlastLeasesWithoutStore(fleet);
            redis.launch();

            fleet.heals();
            fleet.demandThatNobodySufferedBut();
        }
    }

    /** Of many at once, as many leases long as confirm that so many are gone; all of them have run out when it goes on. */
    @Test
    void pausedForManyLeases_nobodyWaitsForIt_andNobodyIsThoughtGoneWhenItGoesOn() throws Exception {
        String[] ids = {"one", "two", "three", "four", "five", "six", "seven", "eight"};
        try (RedisProcess redis = RedisProcess.server();
                ServiceFleet fleet = ServiceFleet.of(
                        () -> FleetSettings.process(redis.uri()), Host.of(FleetSettings.process(redis.uri()), ids))) {
            redis.pause();
            outlastLeasesWithoutStore(fleet);
            outlastLeases(fleet);
            outlastLeases(fleet);
            redis.resume();

            fleet.heals();
            fleet.demandThatNobodySufferedBut();
        }
    }

    @Test
    void failedOverToAReplica_andTheOldPrimaryComesBack() throws Exception {
        try (SentinelSet redis = SentinelSet.start();
                ServiceFleet fleet = fleetAt(redis.uri())) {
            RedisProcess old = redis.primary();
            old.pause();
            redis.awaitOtherThan(old);

            fleet.heals();
            old.resume();
            Eventually.holds(() -> old.command("ROLE").startsWith("slave"));
            outlastLeases(fleet);
            fleet.heals();
            fleet.demandThatNobodySufferedBut();
        }
    }

    @Test
    void halfOpen_callersGoOnWithWhatTheyKnow() throws Exception {
        try (RedisProcess redis = RedisProcess.server();
                TcpProxy proxy = new TcpProxy(redis.port());
                ServiceFleet fleet = ServiceFleet.between(redis.uri(), proxy.uri(), "one", "two", "three")) {
            proxy.swallow();
            outlastLeasesWithoutStore(fleet);
            proxy.pass();

            fleet.heals();
            fleet.demandThatNobodySufferedBut();
        }
    }

    @Test
    void memoryFull_whoIsRegisteredStaysSo() throws Exception {
        try (RedisProcess redis = RedisProcess.server("--maxmemory-policy", "noeviction");
                ServiceFleet fleet = fleetAt(redis.uri())) {
            redis.command("CONFIG", "SET", "maxmemory", "1");
            outlastLeases(fleet);
            assertThat(fleet.isWhole()).as("leases are still renewed").isTrue();

            // Who comes now has to wait.
            Host late = fleet.add(Host.of(FleetSettings.process(redis.uri()), "late"));
            outlastLeases(fleet);
            assertThat(late.isRegistered()).isFalse();
            redis.command("CONFIG", "SET", "maxmemory", "0");

            fleet.awaitUp("late");
            fleet.heals();
            fleet.demandThatNobodySufferedBut();
        }
    }

    @Test
    void everyCommand200MillisecondsLate_nobodyNotices() throws Exception {
        try (RedisProcess redis = RedisProcess.server();
                TcpProxy proxy = new TcpProxy(redis.port());
                ServiceFleet fleet = fleetAt(proxy.uri())) {
            proxy.delay(200);
            outlastLeases(fleet);
            assertThat(fleet.isWhole()).as("leases are still renewed").isTrue();
            proxy.delay(0);

            fleet.heals();
            fleet.demandThatNobodySufferedBut();
        }
    }

    @Test
    void scriptsFlushed_nobodyNotices() throws Exception {
        try (RedisProcess redis = RedisProcess.server();
                ServiceFleet fleet = fleetAt(redis.uri())) {
            for (int i = 0; i < 20; i++) {
                redis.command("SCRIPT", "FLUSH");
                fleet.awaitAnswers(10);
            }

            fleet.heals();
            fleet.demandThatNobodySufferedBut();
        }
    }

    @Test
    void allLeasesRunOutThoughAllAreAlive_nobodyIsRemovedOrCalledDown() throws Exception {
        String[] ids = {"one", "two", "three", "four", "five", "six", "seven", "eight"};
        try (RedisProcess redis = RedisProcess.server();
                TcpProxy proxy = new TcpProxy(redis.port());
                ServiceFleet fleet = ServiceFleet.of(
                        () -> FleetSettings.process(redis.uri()), Host.of(FleetSettings.process(proxy.uri()), ids))) {
            proxy.swallow();
            fleet.demandThatCrashIsSeen(ids);
            outlastLeases(fleet);
            outlastLeases(fleet);
            assertThat(fleet.callers())
                    .allSatisfy(caller -> assertThat(caller.list())
                            .extracting(instance -> instance.status().name())
                            .containsOnly("SUSPECT"));
            proxy.pass();

            fleet.heals();
            fleet.demandThatNobodySufferedBut();
        }
    }

    @Test
    void awayWhenACallerStarts_itBeginsToCallOnceItIsThere() throws Exception {
        try (RedisProcess redis = RedisProcess.server();
                TcpProxy proxy = new TcpProxy(redis.port());
                ServiceFleet fleet = fleetAt(redis.uri())) {
            proxy.swallow();
            FleetCaller newcomer = fleet.add(new FleetCaller(FleetSettings.process(proxy.uri())));
            Eventually.pause(FleetSettings.LEASE.toNanos());
            assertThat(newcomer.hasReadStore()).isFalse();
            proxy.pass();

            Eventually.holds(() -> newcomer.list().size() == 3);
            newcomer.begin();
            Eventually.holds(() -> newcomer.answers() > 10);
            newcomer.end();
            assertThat(newcomer.failedCalls()).isEmpty();
            fleet.demandThatNobodySufferedBut();
        }
    }

    @Test
    void entryDamagedByAnotherProgram_isSkippedByWhoReadsIt_andNobodyElseNotices() throws Exception {
        try (RedisProcess redis = RedisProcess.server();
                ServiceFleet fleet = fleetAt(redis.uri())) {
            redis.command("HSET", "backstay:{instances}:values", "orders/two", "{\"v\":1,\"rubbish\"");
            FleetCaller newcomer = fleet.add(new FleetCaller(FleetSettings.process(redis.uri())));

            Eventually.holds(() -> newcomer.hasReadStore() && newcomer.list().size() >= 2);
            assertThat(newcomer.list()).extracting(ServiceInstance::id).containsExactlyInAnyOrder("one", "three");
            assertThat(newcomer.damagedEntries()).isEqualTo(1);
            newcomer.begin();
            Eventually.holds(() -> newcomer.answers() > 20);
            newcomer.end();
            assertThat(newcomer.failedCalls()).isEmpty();
            fleet.demandThatNobodySufferedBut();
        }
    }
}
