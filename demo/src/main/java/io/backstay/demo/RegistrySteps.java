package io.backstay.demo;

import io.backstay.Backstay;
import io.backstay.registry.Registry;
import io.backstay.registry.ServiceQuery;
import io.backstay.spi.SystemTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The steps in which instances come and go and the registry itself dies, and what has to hold meanwhile. */
final class RegistrySteps {

    private static final Resource GROWING = Resource.PROJECT;
    private static final Duration MOST_TIME_TO_SEE = Duration.ofSeconds(1);
    /** How long after a lease all must be in the registry again. */
    private static final Duration SLACK = Duration.ofSeconds(2);
    /** Longer than may be, so that what is late is measured and not only missed. */
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Timing timing;
    private final Fleet fleet;
    private final RegistryServer redis;
    private final Roster roster;
    private final AttemptWatch watch;
    private final Stage stage;
    private final Checks checks;

    RegistrySteps(
            Timing timing,
            Fleet fleet,
            RegistryServer redis,
            Roster roster,
            AttemptWatch watch,
            Stage stage,
            Checks checks) {
        this.timing = timing;
        this.fleet = fleet;
        this.redis = redis;
        this.roster = roster;
        this.watch = watch;
        this.stage = stage;
        this.checks = checks;
    }

    void run() throws InterruptedException {
        oneMore();
        redisGone();
        redisBack();
        oneLeaves();
    }

    private void oneMore() throws InterruptedException {
        PhaseStats phase = stage.open(
                "one more", "a third instance of " + GROWING.service() + " is started and registers itself.");
        ServiceProcess third = fleet.add(GROWING).awaitReady();
        String address = third.address();
        Waits.until(() -> roster.has(address) && watch.hasSucceeded(address), LIMIT);
        Duration seen = roster.timeToSee(address, third.readyNanos());
        Duration answered = watch.recovery(address, third.readyNanos());
        stage.say("Callers were told of it " + words(seen) + " after it listened, and it answered the first call "
                + words(answered) + " after that moment.");
        Waits.rest(timing.settling());
        stage.close(phase);
        checks.add(
                "one more: callers are told of it within " + Figures.plain(MOST_TIME_TO_SEE) + ", and it answers",
                words(seen) + ", " + words(answered),
                seen != null && seen.compareTo(MOST_TIME_TO_SEE) <= 0 && answered != null);
        checkNoneLost(phase);
    }

    private void redisGone() throws InterruptedException {
        PhaseStats phase = stage.open(
                "Redis gone",
                "the registry is killed by SIGKILL, for longer than a lease of " + Figures.plain(timing.lease()) + ".");
        redis.kill();
        Waits.rest(timing.lease().plus(timing.settling()));
        int known = roster.size();
        stage.say("Callers still know " + known + " instances of " + fleet.size() + ".");
        stage.close(phase);
        checks.add(
                "Redis gone: instances that callers know, all " + fleet.size(),
                Integer.toString(known),
                known == fleet.size());
        checkNoneLost(phase);
    }

    private void redisBack() throws InterruptedException {
        PhaseStats phase = stage.open("Redis back", "it is started again on its port, with nothing in it.");
        long start = SystemTime.shared().nanoTime();
        redis.startAgain();
        Duration full = timeToFill(start);
        stage.say(
                full == null
                        ? "A program that starts now does not find all instances after " + Figures.plain(LIMIT) + "."
                        : "A program that was started meanwhile found all " + fleet.size() + " instances after "
                                + words(full) + ".");
        Waits.rest(timing.settling());
        Waits.until(() -> roster.up() == fleet.size(), LIMIT);
        long up = roster.up();
        stage.close(phase);
        Duration most = timing.lease().plus(SLACK);
        checks.add(
                "Redis back: all have registered again, within a lease + " + Figures.plain(SLACK),
                words(full),
                full != null && full.compareTo(most) <= 0);
        checks.add(
                "Redis back: instances that callers hold to be up, all " + fleet.size(),
                Long.toString(up),
                up == fleet.size());
        checkNoneLost(phase);
    }

    /** Until a program that knows nothing but the registry finds all of them there. */
    private @Nullable Duration timeToFill(long sinceNanos) throws InterruptedException {
        Backstay.Builder builder = Backstay.builder().environment(Map.of());
        new Joining(redis.uri(), timing).settings().forEach(builder::setting);
        try (Backstay newcomer = builder.build()) {
            Registry registry = newcomer.extension(Registry.class);
            ServiceQuery all = ServiceQuery.any().onlyUp();
            boolean found = Waits.until(() -> registry.discover(all).size() == fleet.size(), LIMIT);
            return found ? Duration.ofNanos(SystemTime.shared().nanoTime() - sinceNanos) : null;
        }
    }

    private void oneLeaves() throws InterruptedException {
        ServiceProcess leaving = fleet.retire(GROWING);
        PhaseStats phase = stage.open("one leaves", leaving.name() + " is asked to end, and takes its leave first.");
        leaving.askToEnd();
        boolean gone = Waits.until(() -> !roster.has(leaving.address()), LIMIT);
        int status = leaving.awaitEnd();
        Waits.rest(timing.settling());
        stage.close(phase);
        checks.add(
                "one leaves: it is in no list any more, and ended with 0",
                (gone ? "gone" : "still listed") + ", " + status,
                gone && status == 0);
        checkNoneLost(phase);
    }

    private void checkNoneLost(PhaseStats phase) {
        long lost = List.of(Resource.values()).stream()
                .mapToLong(resource -> phase.of(resource.service()).lost())
                .sum();
        checks.atMost(phase.name() + ": calls lost, of all services", lost, 0);
    }

    private static String words(@Nullable Duration time) {
        return time == null ? "never" : Figures.seconds(time);
    }
}
