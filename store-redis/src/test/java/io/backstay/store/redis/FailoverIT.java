package io.backstay.store.redis;

import io.backstay.localredis.Eventually;
import io.backstay.localredis.RedisProcess;
import io.backstay.localredis.SentinelSet;
import io.backstay.spi.StateWrite;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** What may happen to a set of servers that Sentinels watch over, while a fleet shares state through it. */
class FailoverIT {

    @Test
    void oldPrimaryFrozen_thenBack_takesNoWriteAndNobodyMissesAnything() throws Exception {
        try (SentinelSet redis = SentinelSet.start();
                StateFleet fleet = StateFleet.at(redis.uri())) {
            RedisProcess old = redis.primary();
            old.pause();
            redis.awaitOtherThan(old);

            fleet.heals();
            Eventually.get(fleet.first().table().apply(StateWrite.put("after", Member.octets("the failover"))));
            old.resume();
            Eventually.holds(() -> old.command("ROLE").startsWith("slave"));
            int before = fleet.changes();
            Eventually.holds(() -> fleet.changes() > before + 10);

            fleet.heals();
            fleet.demandThatNothingWasLost();
            assertThat(fleet.truth()).containsEntry("after", "the failover");
        }
    }

    @Test
    void primaryKilled_aReplicaTakesOver() throws Exception {
        try (SentinelSet redis = SentinelSet.start();
                StateFleet fleet = StateFleet.at(redis.uri())) {
            RedisProcess old = redis.primary();
            old.kill();
            redis.awaitOtherThan(old);

            fleet.heals();
            old.launch();
            fleet.demandThatNothingWasLost();
        }
    }
}
