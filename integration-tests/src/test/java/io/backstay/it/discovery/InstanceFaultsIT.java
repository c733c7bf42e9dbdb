package io.backstay.it.discovery;

import io.backstay.InstanceStatus;
import io.backstay.localredis.Eventually;
import io.backstay.localredis.RedisProcess;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What may happen to an instance of a service that is called all the time. In each case callers know within a lease and a second, no call
 * fails, and the other instances lose nothing.
 */
@Execution(ExecutionMode.CONCURRENT)
class InstanceFaultsIT {

    private static final String NO_ZONE = "";
    private static final String[] STEADY = {"one", "two", "three"};
    /** The calls that come upon it first, one on each thread, and one of each caller in each second in which it is tried again. */
    private static final int FEW = 10;

    private final RedisProcess redis = RedisProcess.server();
    private final ServiceFleet fleet = ServiceFleet.at(redis.uri(), STEADY);

    @AfterEach
    void stopFleet() throws Exception {
        fleet.close();
        redis.close();
    }

    private InstanceProcess startProcess(String... ids) {
        InstanceProcess process = fleet.add(InstanceProcess.start(redis.uri(), NO_ZONE, ids));
        fleet.awaitUp(ids);
        fleet.awaitAnswersOf(ids);
        return process;
    }

    /** One more instance, on a host of its own that a test may ill-treat. */
    private Host startHost(String id) {
        Host host = fleet.add(Host.of(FleetSettings.process(redis.uri()), id));
        fleet.awaitUp(id);
        fleet.awaitAnswersOf(id);
        return host;
    }

    @Test
    void killed_isSeen_andIsGoneSoon() throws Exception {
        InstanceProcess process = startProcess("killed");

        process.kill();

        fleet.demandThatCrashIsSeen("killed");
        fleet.awaitGone(FleetSettings.LEASE.multipliedBy(3), "killed");
        fleet.awaitAnswers(50);
        fleet.demandThatNobodySufferedBut("killed");
    }

    @Test
    void frozen_isSeenThoughItsPortStillTakesConnections_andIsBackWhenItGoesOn() throws Exception {
        InstanceProcess process = startProcess("frozen");

        process.freeze();
        fleet.demandThatCrashIsSeen("frozen");
        assertThat(fleet.failedAttemptsAt("frozen")).as("attempts at it").isLessThanOrEqualTo(FEW);
        fleet.awaitAnswers(100);
        process.thaw();

        fleet.awaitUp("frozen");
        fleet.awaitShareOf("frozen");
        fleet.demandThatNobodySufferedBut("frozen");
    }

    @Test
    void slow_getsFewCalls_untilItIsQuickAgain() throws Exception {
        Host host = startHost("slow");

        host.server("slow").delay(Duration.ofMillis(300));
        int before = fleet.answersOf("slow");
        fleet.awaitAnswers(1_000);
        assertThat(fleet.answersOf("slow") - before).as("slow answers").isLessThanOrEqualTo(3 * FEW);
        host.server("slow").delay(Duration.ZERO);

        fleet.awaitShareOf("slow");
        fleet.demandThatNobodySufferedBut();
    }

    @Test
    void hanging_costsTimeButNoCall_andGetsFew_untilItAnswersAgain() throws Exception {
        Host host = startHost("hanging");

        host.server("hanging").delay(FleetSettings.ATTEMPT_TIMEOUT.multipliedBy(5));
        fleet.awaitAnswers(1_000);
        assertThat(fleet.failedAttemptsAt("hanging")).as("attempts at it").isBetween(1, 2 * FEW);
        host.server("hanging").delay(Duration.ZERO);

        fleet.awaitShareOf("hanging");
        fleet.demandThatNobodySufferedBut("hanging");
    }

    @Test
    void flapping_comesAndGoes_whileNobodyElseDoes() throws Exception {
        Host host = startHost("flapping");

        for (int i = 0; i < 3; i++) {
            host.server("flapping").status(503);
            fleet.awaitStanding(Optional.of(InstanceStatus.DOWN)::equals, Duration.ofSeconds(10), "flapping");
            host.server("flapping").status(200);
            fleet.awaitUp("flapping");
        }

        fleet.awaitShareOf("flapping");
        fleet.demandThatNobodySufferedBut("flapping");
    }

    @Test
    void restartedInALoop_isFoundAnewEachTime() throws Exception {
        InstanceProcess process = startProcess("looping");
        for (int i = 0; i < 2; i++) {
            process.kill();
            process = startProcess("looping");
        }

        fleet.demandThatNobodySufferedBut("looping");
    }

    @Test
    void registeredTwice_laterProcessWins_andEarlierIsTold() throws Exception {
        InstanceProcess earlier = startProcess("twin");
        int earlierPort = fleet.caller().find("twin").orElseThrow().port();

        Host later = fleet.add(Host.of(FleetSettings.process(redis.uri()), "twin"));
        earlier.awaits(InstanceMain.REPLACED + "twin");

        int laterPort = later.server("twin").port();
        Eventually.holds(() -> fleet.callers().stream()
                .allMatch(caller -> caller.find("twin").orElseThrow().port() == laterPort));
        // The earlier keeps quiet, longer than it would take to renew or to put back what was taken from it.
        Eventually.pause(FleetSettings.LEASE.multipliedBy(2).toNanos());
        fleet.awaitUp("twin");
        assertThat(fleet.caller().find("twin").orElseThrow().port())
                .isEqualTo(laterPort)
                .isNotEqualTo(earlierPort);
        fleet.demandThatNobodySufferedBut();
    }

    @Test
    void registeredWithAWrongPort_isFoundToBeDown_andOthersAnswerInItsPlace() throws Exception {
        Host host = startHost("right");
        int nobodysPort = RedisProcess.freePort();

        host.register("wrong", nobodysPort, instance -> instance, replaced -> {});

        fleet.awaitStanding(Optional.of(InstanceStatus.DOWN)::equals, Duration.ofSeconds(10), "wrong");
        fleet.awaitAnswers(100);
        fleet.demandThatNobodySufferedBut("wrong");
    }

    @Test
    void draining_finishesWhatItHas_andIsNotMissed() throws Exception {
        Host host = startHost("draining");
        Duration work = Duration.ofMillis(200);
        host.server("draining").delay(work);
        for (String id : STEADY) {
            fleet.host(id).server(id).delay(work);
        }
        Eventually.holds(host.server("draining")::isBusy);

        host.registration("draining").close();

        fleet.awaitGone(Duration.ofSeconds(2), "draining");
        fleet.awaitAnswers(50);
        fleet.demandThatNobodySufferedBut();
    }
}
