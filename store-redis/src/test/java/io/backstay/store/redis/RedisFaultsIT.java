package io.backstay.store.redis;

import io.backstay.localredis.Eventually;
import io.backstay.localredis.RedisProcess;
import io.backstay.localredis.TcpProxy;
import io.backstay.spi.ProviderContext;
import io.backstay.spi.StateLease;
import io.backstay.spi.StateStoreException;
import io.backstay.spi.StateStoreException.Reason;
import io.backstay.spi.StateWrite;
import io.backstay.spi.SystemTime;
import io.backstay.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What may happen to a Redis while a fleet shares state through it. In each case no replica ever lacks what its owners keep, every
 * change is seen in the end, owners have their entries back within two leases, and no operation takes longer than its timeout.
 */
class RedisFaultsIT {

    private static void pass(Duration time) {
        Eventually.pause(time.toNanos());
    }

    private static void awaitUnavailable(StateFleet fleet) {
        Eventually.holds(() -> fleet.members().stream()
                .noneMatch(member -> member.store().status().available()));
    }

    @Test
    void killedAndRestartedEmpty_ownersPutTheirEntriesBack_beforeAnybodyMissesThem() throws Exception {
        try (RedisProcess redis = RedisProcess.server();
                StateFleet fleet = StateFleet.at(redis.uri())) {
            redis.kill();
            awaitUnavailable(fleet);
            pass(Duration.ofSeconds(2));
            redis.launch();

            fleet.heals();
            fleet.demandThatNothingWasLost();
            assertThat(fleet.truth()).containsKeys("member0-0", "member1-9", "member2-5");
        }
    }

    @Test
    void killedAndRestartedWithItsData_everyChangeIsSeen() throws Exception {
        try (RedisProcess redis = RedisProcess.server("--appendonly", "yes", "--appendfsync", "always");
                StateFleet fleet = StateFleet.at(redis.uri())) {
            Eventually.get(fleet.first().table().apply(StateWrite.put("kept", Member.octets("on disk"))));
            redis.kill();
            awaitUnavailable(fleet);
            pass(Member.LEASE.plusSeconds(1));
            redis.launch();

            fleet.heals();
            fleet.demandThatNothingWasLost();
            assertThat(fleet.truth()).containsEntry("kept", "on disk");
        }
    }

    @Test
    void pausedFor30Seconds_nothingExpires_andNobodyWaits() throws Exception {
        try (RedisProcess redis = RedisProcess.server();
                StateFleet fleet = StateFleet.at(redis.uri())) {
            redis.pause();
            awaitUnavailable(fleet);
            pass(Duration.ofSeconds(30));
            int before = fleet.changes();
            redis.resume();

            fleet.heals();
            Eventually.holds(() -> fleet.changes() > before);
            fleet.demandThatNothingWasLost();
        }
    }

    @Test
    void halfOpenConnection_isNoticedAndReplaced() throws Exception {
        try (RedisProcess redis = RedisProcess.server();
                TcpProxy proxy = new TcpProxy(redis.port());
                StateFleet fleet = StateFleet.at(proxy.uri(), redis.uri(), redis.uri())) {
            Member cutOff = fleet.first();
            proxy.swallow();
            Eventually.holds(
                    5,
                    () -> !cutOff.store().status().available(),
                    () -> "not noticed: " + cutOff.store().status());
            pass(Duration.ofSeconds(1));
            proxy.pass();

            fleet.heals();
            fleet.demandThatNothingWasLost();
        }
    }

    @Test
    void everyCommand200MillisecondsLate_isSlowAndNothingElse() throws Exception {
        try (RedisProcess redis = RedisProcess.server();
                TcpProxy proxy = new TcpProxy(redis.port());
                StateFleet fleet = StateFleet.at(proxy.uri())) {
            proxy.delay(200);
            pass(Member.LEASE.multipliedBy(2));
            int before = fleet.changes();
            Eventually.holds(() -> fleet.changes() > before);
            assertThat(fleet.members())
                    .allSatisfy(member ->
                            assertThat(member.store().status().available()).isTrue());
            proxy.delay(0);

            fleet.heals();
            fleet.demandThatNothingWasLost();
        }
    }

    @Test
    void scriptsFlushed_areSentAgain() throws Exception {
        try (RedisProcess redis = RedisProcess.server();
                StateFleet fleet = StateFleet.at(redis.uri())) {
            for (int i = 0; i < 20; i++) {
                redis.command("SCRIPT", "FLUSH");
                pass(Duration.ofMillis(100));
            }

            fleet.heals();
            fleet.demandThatNothingWasLost();
        }
    }

    @Test
    void memoryFull_renewalsAndRemovalsStillPass() throws Exception {
        try (RedisProcess redis = RedisProcess.server("--maxmemory-policy", "noeviction");
                StateFleet fleet = StateFleet.at(redis.uri())) {
            Member member = fleet.first();
            long version = Eventually.get(member.table()
                            .apply(StateWrite.put("mine", Member.octets("x")).withLease(Duration.ofMinutes(1))))
                    .versions()
                    .get(0);
            redis.command("CONFIG", "SET", "maxmemory", "1");

            assertThatThrownBy(() -> Eventually.get(member.table().apply(StateWrite.put("more", new byte[1_000]))))
                    .isInstanceOfSatisfying(
                            StateStoreException.class,
                            failure -> assertThat(failure.reason()).isEqualTo(Reason.FULL));
            assertThat(Eventually.get(member.table().renew(List.of(new StateLease("mine", version, Member.LEASE)))))
                    .isEmpty();
            assertThat(Eventually.get(member.table().apply(StateWrite.remove("mine")))
                            .isApplied())
                    .isTrue();
            pass(Member.LEASE.multipliedBy(2));
            assertThat(fleet.isWhole()).as("leases were renewed").isTrue();
            redis.command("CONFIG", "SET", "maxmemory", "0");

            fleet.heals();
            fleet.demandThatNothingWasLost();
        }
    }

    @Test
    void clientsClockAnHourOff_changesNoLease() throws Exception {
        try (RedisProcess redis = RedisProcess.server();
                StateFleet fleet = StateFleet.with(
                        redis.uri(),
                        List.of(
                                ProviderContext.system(),
                                shifted(Duration.ofHours(1)),
                                shifted(Duration.ofHours(-1))))) {
            pass(Member.LEASE.multipliedBy(2));

            fleet.heals();
            fleet.demandThatNothingWasLost();
            for (Member member : fleet.members()) {
                Duration left = Eventually.get(member.table().get(member.keys().get(0)))
                        .orElseThrow()
                        .remainingLease()
                        .orElseThrow();
                assertThat(left).isBetween(Duration.ofMillis(1), Member.LEASE);
            }
        }
    }

    /** A context whose wall clock is wrong. */
    private static ProviderContext shifted(Duration by) {
        SystemTime system = SystemTime.shared();
        TimeSource wrong = new TimeSource() {
            @Override
            public long nanoTime() {
                return system.nanoTime();
            }

            @Override
            public Instant now() {
                return system.now().plus(by);
            }
        };
        ProviderContext plain = ProviderContext.system();
        return new ProviderContext(
                wrong,
                plain.scheduler(),
                plain.waiter(),
                plain.random(),
                plain.workers(),
                Map.<String, String>of()::get);
    }

    @Test
    void thousandChangesASecond_aWatcherThatLagsCatchesUp() throws Exception {
        try (RedisProcess redis = RedisProcess.server();
                TcpProxy proxy = new TcpProxy(redis.port());
                StateFleet fleet = StateFleet.at(redis.uri(), proxy.uri(), redis.uri())) {
            Member lagging = fleet.members().get(1);
            proxy.delay(50);
            long end = SystemTime.shared().nanoTime() + TimeUnit.SECONDS.toNanos(5);
            int made = 0;
            for (long next = SystemTime.shared().nanoTime(); next < end; next += 10_000_000) {
                for (int i = 0; i < 10; i++) {
                    made++;
                    fleet.first().table().apply(StateWrite.put("fast-" + made % 200, Member.octets("change " + made)));
                }
                Eventually.pause(Math.max(0, next - SystemTime.shared().nanoTime()));
            }
            proxy.cut();
            proxy.delay(0);
            String last = "change " + made;
            String key = "fast-" + made % 200;
            Eventually.holds(() -> last.equals(lagging.replica().get(key)));

            fleet.heals();
            fleet.demandThatNothingWasLost();
        }
    }
}
