package io.backstay.demo;

import io.backstay.Backstay;
import io.backstay.event.BreakerStateChanged;
import io.backstay.event.CallEvent;
import io.backstay.registry.Registry;
import io.backstay.spi.SystemTime;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;

/** The demo: starts the registry, the fleet and the load, goes through the steps, and says whether what had to hold held. */
final class Script {

    /** All services together. */
    static final int RATE = 120;

    /** A timer that is so late shows a machine that has no processor to spare. */
    private static final long BUSY_MICROS = 250_000;

    private static final Duration REGISTRATION_LIMIT = Duration.ofSeconds(20);

    private final Timing timing;
    private final PrintStream out;
    private final Checks checks = new Checks();

    Script(Timing timing, PrintStream out) {
        this.timing = timing;
        this.out = out;
    }

    /** The exit status. */
    int run() throws InterruptedException {
        long start = SystemTime.shared().nanoTime();
        Stage stage;
        Fleet fleet;
        try (RegistryServer redis = RegistryServer.start()) {
            Joining joining = new Joining(redis.uri(), timing);
            fleet = startFleet(redis, joining);
            try (fleet) {
                introduce();
                stage = perform(fleet, redis, joining);
            }
        }
        checks.atMost("processes left when the demo ends", fleet.alive(), 0);
        out.println();
        Table.of(stage.phases()).print(out);
        out.println();
        out.println("What had to hold:");
        checks.print(out);
        if (stage.latestMicros() > BUSY_MICROS) {
            out.println("This machine was busy: a call began " + Figures.millis(stage.latestMicros())
                    + " ms late, which no service is to blame for.");
        }
        out.println(
                "Took " + Figures.seconds(Duration.ofNanos(SystemTime.shared().nanoTime() - start)) + ".");
        return checks.status();
    }

    private Fleet startFleet(RegistryServer redis, Joining joining) throws InterruptedException {
        out.println(
                timing.isShortened()
                        ? "Backstay demo, shortened by --quick: steps of " + Figures.plain(timing.step())
                                + " in place of " + Figures.plain(Timing.full().step()) + ", an outage of "
                                + Figures.plain(timing.outage()) + " in place of "
                                + Figures.plain(Timing.full().outage()) + ", breakers open for "
                                + Figures.plain(timing.openTime()) + " in place of "
                                + Figures.plain(Timing.full().openTime()) + ", leases of "
                                + Figures.plain(timing.lease()) + " in place of "
                                + Figures.plain(Timing.full().lease()) + "."
                        : "Backstay demo; --quick is shorter.");
        out.println("Registry: a Redis of its own on port " + redis.port()
                + ", where services register themselves and callers find them.");
        Fleet fleet = Fleet.start(joining, out);
        out.println("Services, each instance a process of its own:");
        for (Resource resource : Resource.values()) {
            for (ServiceProcess instance : fleet.instances(resource)) {
                out.println("  " + instance.name() + ": pid " + instance.pid() + ", port " + instance.port());
            }
        }
        return fleet;
    }

    private void introduce() {
        for (Resource resource : Resource.values()) {
            out.println("Policy of " + resource.service() + ": " + Policies.words(Policies.of(resource, timing)) + ".");
        }
        out.println(
                "Load: " + RATE + " calls per second, blocking and asynchronous by turns. To user- and project-service"
                        + " one of " + Workload.KEYED_EVERY + " is a POST with an Idempotency-Key and one of "
                        + Workload.UNSAFE_EVERY
                        + " a POST that must not be repeated; all else are GETs. knowledge-service has a"
                        + " fallback.");
    }

    private Stage perform(Fleet fleet, RegistryServer redis, Joining joining) throws InterruptedException {
        AttemptWatch watch = new AttemptWatch();
        BreakerRelay breakers = new BreakerRelay();
        try (Backstay backstay = caller(joining, watch, breakers)) {
            Roster roster = new Roster();
            roster.follow(backstay.extension(Registry.class));
            awaitAll(fleet, roster);
            PhaseStats between = new PhaseStats("between steps");
            try (LoadGenerator load = new LoadGenerator(new Workload(backstay), RATE, between)) {
                breakers.tell(load);
                Stage stage = new Stage(load, out);
                stage.warmUp();
                new Steps(timing, fleet, watch, stage, checks).run();
                new RegistrySteps(timing, fleet, redis, roster, watch, stage, checks).run();
                stage.stop();
                checks.atMost("in all: lists of instances that were empty", roster.empties(), 0);
                checks.add(
                        "the load kept its rate: calls not made, or broken without a result, 0",
                        stage.skipped() + " of " + stage.begun() + ", " + stage.unexplained(),
                        stage.skipped() == 0 && stage.unexplained() == 0);
                return stage;
            }
        }
    }

    /** Knows services by the registry alone: variables that say where one is are left out. */
    private Backstay caller(Joining joining, AttemptWatch watch, BreakerRelay breakers) {
        Backstay.Builder builder = Backstay.builder()
                .environment(Map.of())
                .listener(CallEvent.class, watch)
                .listener(BreakerStateChanged.class, breakers);
        joining.settings().forEach(builder::setting);
        for (Resource resource : Resource.values()) {
            builder.policy(resource.service(), Policies.of(resource, timing));
        }
        return builder.build();
    }

    private static void awaitAll(Fleet fleet, Roster roster) throws InterruptedException {
        if (!Waits.until(() -> roster.size() == fleet.size(), REGISTRATION_LIMIT)) {
            throw new DemoException("callers find " + roster.size() + " of " + fleet.size() + " instances after "
                    + Figures.plain(REGISTRATION_LIMIT));
        }
    }
}
