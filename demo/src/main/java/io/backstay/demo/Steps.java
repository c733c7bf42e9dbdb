package io.backstay.demo;

import io.backstay.demo.FaultSwitch.Fault;
import io.backstay.event.BreakerStateChanged;
import io.backstay.guard.BreakerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** What is broken and mended, in order, and what has to hold meanwhile. */
final class Steps {

    /** Longer than the time of an attempt. */
    private static final Duration SLOW = Duration.ofSeconds(3);

    /** One bad instance of two may cost this share of calls. */
    private static final long MOST_LOST_PERCENT = 1;

    private static final Duration MOST_REFUSAL_TIME = Duration.ofMillis(5);
    private static final Duration MOST_REFUSAL_TIME_WHEN_BUSY = Duration.ofMillis(25);
    private static final Duration RECOVERY_AFTER_OPEN = Duration.ofSeconds(5);
    /** Longer than may be, so that a late recovery is measured and not only missed. */
    private static final Duration RECOVERY_LIMIT = Duration.ofSeconds(30);

    /** How long to wait for a call to be in flight, so that the kill hits one. */
    private static final Duration AIM_LIMIT = Duration.ofSeconds(2);

    private static final List<Resource> GONE = List.of(Resource.PROJECT, Resource.KNOWLEDGE);

    private final Timing timing;
    private final Fleet fleet;
    private final AttemptWatch watch;
    private final Stage stage;
    private final Checks checks;

    Steps(Timing timing, Fleet fleet, AttemptWatch watch, Stage stage, Checks checks) {
        this.timing = timing;
        this.fleet = fleet;
        this.watch = watch;
        this.stage = stage;
        this.checks = checks;
    }

    void run() throws InterruptedException {
        healthy();
        killed();
        restarted();
        oneSlow();
        oneFailing();
        allGone();
        allBack();
    }

    private void healthy() throws InterruptedException {
        PhaseStats phase = stage.open("healthy", "nothing is broken.");
        Waits.rest(timing.step());
        stage.close(phase);
        long lost = 0;
        for (Resource resource : Resource.values()) {
            lost += phase.of(resource.service()).lost();
        }
        checks.atMost("healthy: calls lost", lost, 0);
    }

    private void killed() throws InterruptedException {
        ServiceProcess victim = fleet.instance(Resource.USER, 0);
        PhaseStats phase = stage.open("one killed", victim.name() + " is killed by SIGKILL.");
        Waits.until(() -> watch.inFlight(victim.address()) > 0, AIM_LIMIT);
        long startedBefore = watch.started(victim.address());
        long inFlight = watch.inFlight(victim.address());
        victim.kill();
        // Those that began while the signal was being sent may have been in flight as well.
        inFlight += watch.started(victim.address()) - startedBefore;
        victim.awaitEnd();
        stage.say("It is dead; calls in flight on it were: " + inFlight + ".");
        Waits.rest(timing.step());
        stage.close(phase);
        ServiceStats seen = phase.of(Resource.USER.service());
        checks.add(
                "one killed: calls lost, at most those in flight on it",
                seen.lost() + " lost, " + inFlight + " in flight",
                seen.lost() <= inFlight);
        checks.atMost("one killed: idempotent calls lost", seen.idempotentLost(), 0);
    }

    private void restarted() throws InterruptedException {
        PhaseStats phase = stage.open("restarted", "it is started again on its port.");
        ServiceProcess again = fleet.restart(Resource.USER, 0);
        watch.lookOutFor(again.address());
        again.awaitReady();
        Waits.until(() -> watch.hasSucceeded(again.address()), RECOVERY_LIMIT);
        Duration recovery = watch.recovery(again.address(), again.readyNanos());
        tellRecovery(phase, Resource.USER, again.name(), recovery);
        Waits.rest(timing.step());
        stage.close(phase);
        checks.add(
                "restarted: it answers calls again within " + Figures.plain(RECOVERY_AFTER_OPEN),
                recovery == null ? "never" : Figures.seconds(recovery),
                recovery != null && recovery.compareTo(RECOVERY_AFTER_OPEN) <= 0);
        checks.atMost("restarted: calls lost", phase.of(Resource.USER.service()).lost(), 0);
    }

    private void oneSlow() throws InterruptedException {
        ServiceProcess slow = fleet.instance(Resource.PROJECT, 0);
        Duration attempt = Policies.of(Resource.PROJECT, timing).attemptTimeout();
        PhaseStats phase = stage.open(
                "one slow",
                slow.name() + " takes " + Figures.plain(SLOW) + " longer; an attempt may take " + Figures.plain(attempt)
                        + ".");
        withFault(slow, Fault.slow(SLOW), phase);
        checkOneBad(phase, Resource.PROJECT);
    }

    private void oneFailing() throws InterruptedException {
        ServiceProcess failing = fleet.instance(Resource.USER, 1);
        PhaseStats phase = stage.open("one answers 500", failing.name() + " answers 500 to everything.");
        withFault(failing, "error", phase);
        checkOneBad(phase, Resource.USER);
    }

    private void withFault(ServiceProcess instance, String fault, PhaseStats phase) throws InterruptedException {
        instance.set(fault);
        Waits.rest(timing.step());
        instance.set("healthy");
        stage.close(phase);
    }

    private void checkOneBad(PhaseStats phase, Resource resource) {
        ServiceStats seen = phase.of(resource.service());
        checks.add(
                phase.name() + ": calls to " + resource.service() + " lost, at most " + MOST_LOST_PERCENT + " %",
                Figures.percent(seen.lost(), seen.calls()) + " (" + seen.lost() + " of " + seen.calls()
                        + ", idempotent: " + seen.idempotentLost() + ")",
                seen.lost() * 100 <= seen.calls() * MOST_LOST_PERCENT);
        checks.atMost(
                phase.name() + ": breaker changes, since one good instance is left",
                phase.breakerChanges(resource.service()).size(),
                0);
    }

    private void allGone() throws InterruptedException {
        PhaseStats phase = stage.open(
                "all gone",
                "all instances of project- and knowledge-service are killed; connections to them are refused.");
        List<ServiceProcess> killed = new ArrayList<>();
        for (Resource resource : GONE) {
            killed.addAll(fleet.instances(resource));
        }
        killed.forEach(ServiceProcess::kill);
        for (ServiceProcess process : killed) {
            process.awaitEnd();
        }
        Waits.rest(timing.outage());
        stage.close(phase);
        checkOutage(phase);
    }

    private void checkOutage(PhaseStats phase) {
        ServiceStats knowledge = phase.of(Resource.KNOWLEDGE.service());
        checks.add(
                "all gone: calls to knowledge-service not answered, by it or by the fallback",
                knowledge.failed() + " of " + knowledge.calls(),
                knowledge.failed() == 0 && knowledge.degraded() > 0);
        for (Resource resource : GONE) {
            List<BreakerStateChanged> changes = phase.breakerChanges(resource.service());
            checks.add(
                    "all gone: the breaker of " + resource.service() + " opened",
                    changes.size() + " changes",
                    changes.stream().anyMatch(change -> change.to() == BreakerState.OPEN));
        }
        checkRefusals(phase);
        checks.atMost(
                "all gone: calls to user-service lost, which was not broken",
                phase.of(Resource.USER.service()).lost(),
                0);
    }

    /** A machine that is late to run any thread is late within refused calls as well, and says nothing of them. */
    private void checkRefusals(PhaseStats phase) {
        Histogram refused = phase.of(Resource.KNOWLEDGE.service()).refused().copy();
        refused.add(phase.of(Resource.PROJECT.service()).refused());
        long p99 = refused.getValueAtPercentile(99);
        long late = phase.lateness().getValueAtPercentile(99);
        boolean isBusy = late > MOST_REFUSAL_TIME.toNanos() / 1_000;
        Duration most = isBusy ? MOST_REFUSAL_TIME_WHEN_BUSY : MOST_REFUSAL_TIME;
        checks.add(
                "all gone: p99 of calls that the breaker refused, less than " + Figures.plain(most)
                        + (isBusy ? ", this machine being busy" : ""),
                Figures.millis(p99) + " ms, longest " + Figures.millis(refused.getMaxValue()) + " ms, of "
                        + refused.getTotalCount()
                        + (isBusy ? "; calls began " + Figures.millis(late) + " ms late at p99" : ""),
                refused.getTotalCount() > 0 && p99 < most.toNanos() / 1_000);
    }

    private void allBack() throws InterruptedException {
        PhaseStats phase = stage.open("all back", "they are started again on their ports.");
        List<List<ServiceProcess>> started = new ArrayList<>();
        for (Resource resource : GONE) {
            watch.lookOutFor(resource.service());
            started.add(List.of(fleet.restart(resource, 0), fleet.restart(resource, 1)));
        }
        for (int i = 0; i < GONE.size(); i++) {
            awaitRecovery(phase, GONE.get(i), started.get(i));
        }
        Waits.rest(timing.step());
        stage.close(phase);
        for (Resource resource : GONE) {
            List<BreakerStateChanged> changes = phase.breakerChanges(resource.service());
            BreakerState last = changes.isEmpty()
                    ? BreakerState.OPEN
                    : changes.get(changes.size() - 1).to();
            checks.add(
                    "all back: the breaker of " + resource.service() + " is CLOSED again",
                    last.toString(),
                    last == BreakerState.CLOSED);
        }
    }

    private void awaitRecovery(PhaseStats phase, Resource resource, List<ServiceProcess> instances)
            throws InterruptedException {
        long back = Long.MAX_VALUE;
        for (ServiceProcess instance : instances) {
            back = Math.min(back, instance.awaitReady().readyNanos());
        }
        Waits.until(() -> watch.hasSucceeded(resource.service()), RECOVERY_LIMIT);
        Duration recovery = watch.recovery(resource.service(), back);
        tellRecovery(phase, resource, resource.service(), recovery);
        Duration most = timing.openTime().plus(RECOVERY_AFTER_OPEN);
        checks.add(
                "all back: " + resource.service() + " answers calls within " + Figures.plain(most) + " (open time + "
                        + Figures.plain(RECOVERY_AFTER_OPEN) + ")",
                recovery == null ? "never" : Figures.seconds(recovery),
                recovery != null && recovery.compareTo(most) <= 0);
    }

    private void tellRecovery(PhaseStats phase, Resource resource, String who, @Nullable Duration recovery) {
        if (recovery == null) {
            stage.say(who + " has not answered a call after " + Figures.plain(RECOVERY_LIMIT) + ".");
        } else {
            phase.recovered(resource.service(), recovery);
            stage.say(who + " answered its first call " + Figures.seconds(recovery) + " after it listened again.");
        }
    }
}
