package io.backstay.it.discovery;

import io.backstay.localredis.RedisProcess;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What takes many instances of a service at once, while it is called all the time. Only those calls may fail that come upon it first, since
 * their three attempts may meet three that are gone; none fails after that, and the others lose nothing.
 */
@Execution(ExecutionMode.CONCURRENT)
class MassFaultsIT {

    private static final String NO_ZONE = "";
    /** Of each caller: two for each thread, by when all have been found out. */
    private static final int FIRST_CALLS = 2 * FleetCaller.THREADS;

    private static final Duration A_WHILE = FleetSettings.LEASE.multipliedBy(5);

    @Test
    void mostCrashAtOnce_theirLeasesRunOut_andTheyAreGoneSinceNothingAnswersThere() throws Exception {
        String[] crowd = {"c1", "c2", "c3", "c4", "c5", "c6"};
        try (RedisProcess redis = RedisProcess.server();
                ServiceFleet fleet = ServiceFleet.at(redis.uri(), "one", "two")) {
            InstanceProcess process = fleet.add(InstanceProcess.start(redis.uri(), NO_ZONE, crowd));
            fleet.awaitUp(crowd);
            fleet.awaitAnswersOf(crowd);

            process.kill();

            fleet.demandThatCrashIsSeen(crowd);
            fleet.awaitGone(A_WHILE, crowd);
            fleet.demandThatLostCallsAreAtMost(FIRST_CALLS);
            fleet.awaitAnswers(100);
            fleet.demandThatNobodySufferedBut(crowd);
        }
    }

    @Test
    void halfTheFleetRestartedAtOnce_isFoundAtItsNewAddresses() throws Exception {
        String[] half = {"h1", "h2", "h3"};
        try (RedisProcess redis = RedisProcess.server();
                ServiceFleet fleet = ServiceFleet.at(redis.uri(), "one", "two", "three")) {
            InstanceProcess before = fleet.add(InstanceProcess.start(redis.uri(), NO_ZONE, half));
            fleet.awaitUp(half);
            fleet.awaitAnswersOf(half);

            before.kill();
            fleet.add(InstanceProcess.start(redis.uri(), NO_ZONE, half));

            fleet.awaitUp(half);
            fleet.awaitAnswersOf(half);
            fleet.demandThatLostCallsAreAtMost(FIRST_CALLS);
            fleet.awaitAnswers(100);
            assertThat(fleet.callers())
                    .allSatisfy(caller -> assertThat(caller.list())
                            .extracting(instance -> instance.id() + " " + instance.status())
                            .containsExactlyInAnyOrder("one UP", "two UP", "three UP", "h1 UP", "h2 UP", "h3 UP"));
            fleet.demandThatNobodySufferedBut(half);
        }
    }
}
