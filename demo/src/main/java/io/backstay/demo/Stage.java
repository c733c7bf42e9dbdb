package io.backstay.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Opens and closes the steps under a running load, and keeps what each of them counted. */
final class Stage {

    private static final int LONGEST_WARM_UP_SECONDS = 8;

    /** Far below the time of an attempt; an answer takes a tenth of it. */
    private static final Duration PROMPT = Duration.ofMillis(150);

    private final LoadGenerator load;
    private final PrintStream out;
    private final List<PhaseStats> phases = new ArrayList<>();
    /** Calls made while no step is open. */
    private final PhaseStats between;

    private int number;

    /** Calls between steps are counted to what the load has now. */
    Stage(LoadGenerator load, PrintStream out) {
        this.load = load;
        this.out = out;
        this.between = load.phase();
        phases.add(between);
    }

    /**
     * Begins the load and lets it run, second by second, until calls are prompt: a program that has just started says little of how
     * calls fare, least of all on a busy machine. After the longest warm-up it goes on all the same.
     */
    void warmUp() throws InterruptedException {
        out.println(
                "Warming up: " + 2 * Rehearsal.CALLS + " calls to nobody, which a breaker refuses, and the load until"
                        + " calls are prompt. None of it is in the figures.");
        Rehearsal.run();
        load.start();
        for (int second = 1; ; second++) {
            PhaseStats window = new PhaseStats("warm-up");
            load.switchTo(window);
            Waits.rest(Duration.ofSeconds(1));
            load.switchTo(between);
            load.awaitSettled(window);
            if (isPrompt(window)) {
                return;
            }
            if (second == LONGEST_WARM_UP_SECONDS) {
                say("After " + second
                        + " s calls still take long: this machine is busy, and the figures will show it.");
                return;
            }
        }
    }

    private static boolean isPrompt(PhaseStats window) {
        return window.services().stream()
                .map(window::of)
                .allMatch(stats ->
                        stats.lost() == 0 && stats.latency().getValueAtPercentile(95) < PROMPT.toNanos() / 1_000);
    }

    /** Begins a step: from now on calls are counted to it. */
    PhaseStats open(String name, String title) {
        PhaseStats phase = new PhaseStats(name);
        out.println();
        out.println("Step " + ++number + ", " + name + ": " + title);
        phases.add(phase);
        load.switchTo(phase);
        return phase;
    }

    /** Ends a step, waits for its calls, and says what callers saw. The load goes on meanwhile. */
    void close(PhaseStats phase) throws InterruptedException {
        load.switchTo(between);
        load.awaitSettled(phase);
        PhaseReport.print(phase, out);
    }

    void say(String line) {
        out.println("  " + line);
    }

    /** Ends the load and waits for the last calls. */
    void stop() throws InterruptedException {
        load.stop();
        load.awaitSettled(load.phase());
    }

    /** What was counted, in order. */
    List<PhaseStats> phases() {
        return List.copyOf(phases);
    }

    /** How late the latest call began that was due, in microseconds. */
    long latestMicros() {
        return phases.stream()
                .mapToLong(phase -> phase.lateness().getMaxValue())
                .max()
                .orElse(0);
    }

    long begun() {
        return phases.stream().mapToLong(PhaseStats::begun).sum();
    }

    long skipped() {
        return phases.stream().mapToLong(PhaseStats::skipped).sum();
    }

    long unexplained() {
        return phases.stream()
                .flatMap(phase -> phase.services().stream().map(phase::of))
                .mapToLong(ServiceStats::unexplained)
                .sum();
    }
}
