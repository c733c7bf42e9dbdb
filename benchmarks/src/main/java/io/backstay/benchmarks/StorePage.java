package io.backstay.benchmarks;

import io.backstay.benchmarks.StoreFigures.Plan;
import io.backstay.benchmarks.StoreFigures.Round;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.openjdk.jmh.results.RunResult;

/** Makes the page about what shared state costs: asked, measured, met or missed by how much. */
final class StorePage {

    private final StoreFigures measured;
    private final Collection<RunResult> reads;
    private final Page page = new Page();

    StorePage(StoreFigures measured, Collection<RunResult> reads) {
        this.measured = measured;
        this.reads = reads;
    }

    String text() {
        page.line("# What shared state costs");
        page.line();
        page.line("Made by `./bench.sh store` from `store.json` and `store-loopback.json`; not to be edited.");
        page.line();
        run();
        page.line();
        asked();
        page.line();
        page.line("## Operations, beside Lettuce alone");
        page.line();
        loads("One at a time, by one caller.", Round::single);
        page.line();
        loads("Many at a time, over the same connection.", Round::pipelined);
        page.line();
        page.line("## A change told to another process");
        page.line();
        changes();
        page.line();
        page.line("## A table read whole");
        page.line();
        reading();
        page.line();
        page.line("## Leases renewed");
        page.line();
        renewals();
        page.line();
        page.line("## A value of a copy");
        page.line();
        reads();
        return page.text();
    }

    private void run() {
        Machine machine = measured.machine();
        page.line(
                "%s, %s, %d cores, %s; Redis %s over loopback, Lettuce's sockets of the JDK. Rounds: %d, each in a new JVM against a new"
                        + " Redis; the mean of the rounds, and in brackets the lowest and the highest. Client, Redis and other processes share the cores.",
                measured.date(),
                machine.jdk(),
                machine.cores(),
                machine.os(),
                measured.redis(),
                measured.plan().rounds());
        if (!measured.plan().equals(Plan.MEASUREMENT)) {
            page.line();
            page.line("**A quick run to try the benchmark, not a measurement.**");
        }
    }

    private void asked() {
        page.line("| asked | measured | |");
        page.line("|---|---|---|");
        for (String name : List.of("backstay_put", "backstay_putIfVersion")) {
            most(name + ", one at a time, p99, ms", 2, p99Millis(name, Round::single));
            least(name + ", pipelined, a second", 20_000, of(name, Round::pipelined, StoreLoad::perSecond));
        }
        most(
                "change to callback in another process, p50, ms",
                20,
                all(round -> round.changes().p50Micros() / 1e3));
        most("the same, p99, ms", 100, all(round -> round.changes().p99Micros() / 1e3));
        most(
                "a table read, how long one command holds Redis, ms",
                5,
                all(round -> round.reading().longestMillis()));
        for (int atOnce : List.of(1, 100)) {
            most(
                    Page.text("10,000 renewals a second, %d in a call, %% of a core of Redis", atOnce),
                    25,
                    all(round -> redisPercent(round, atOnce)));
        }
        for (RunResult read : reads) {
            if (name(read).startsWith("floor")) {
                continue;
            }
            most(
                    name(read) + " of a copy, ns",
                    50,
                    List.of(read.getPrimaryResult().getScore()));
            most("the same, B", 0.5, List.of(bytes(read)));
        }
    }

    private void most(String what, double asked, List<Double> rounds) {
        boolean always = rounds.stream().allMatch(value -> value <= asked);
        row(what + ": at most ", asked, rounds, mean(rounds) <= asked, always);
    }

    private static double redisPercent(Round round, int atOnce) {
        return 100
                * round.renewals().stream()
                        .filter(each -> each.benchmark().equals("backstay_renew") && each.atOnce() == atOnce)
                        .mapToDouble(StoreRenewals::redisCores)
                        .sum();
    }

    private void least(String what, double asked, List<Double> rounds) {
        boolean always = rounds.stream().allMatch(value -> value >= asked);
        row(what + ": at least ", asked, rounds, mean(rounds) >= asked, always);
    }

    private void row(String what, double asked, List<Double> rounds, boolean met, boolean always) {
        double apart = 100 * Math.abs(mean(rounds) / asked - 1);
        String by = Page.text("%s by %.0f %%", met ? "met" : "missed", apart);
        page.line(
                "| %s%s | %s | %s |",
                what, figure(asked), spread(rounds), by + (met && !always ? ", not in each round" : ""));
    }

    private void loads(String caption, Function<Round, List<StoreLoad>> loads) {
        page.line(caption);
        page.line();
        page.line("| operation | at once | a second | p50, ms | p99, ms | longest, ms |");
        page.line("|---|---:|---:|---:|---:|---:|");
        for (StoreLoad load : loads.apply(measured.rounds().get(0))) {
            String name = load.benchmark();
            page.line(
                    "| %s | %d | %s | %s | %s | %s |",
                    name,
                    load.atOnce(),
                    spread(of(name, loads, StoreLoad::perSecond)),
                    spread(of(name, loads, each -> each.p50Micros() / 1e3)),
                    spread(p99Millis(name, loads)),
                    spread(of(name, loads, each -> each.longestMicros() / 1e3)));
        }
    }

    private void changes() {
        page.line(
                "A change is made each millisecond, by %,d different keys, and carries the time at which it was made; the other process, a JVM"
                        + " of its own, keeps a `TableReplica` and takes the time in its listener, by the same clock of the machine (`Instant`).",
                1_000);
        page.line();
        page.line("| made | told | a second | p50, ms | p99, ms | longest, ms | told before made |");
        page.line("|---:|---:|---:|---:|---:|---:|---:|");
        for (Round round : measured.rounds()) {
            StoreChanges changes = round.changes();
            page.line(
                    "| %,d | %,d | %,.0f | %.2f | %.2f | %.2f | %d |",
                    changes.written(),
                    changes.told(),
                    changes.perSecond(),
                    changes.p50Micros() / 1e3,
                    changes.p99Micros() / 1e3,
                    changes.longestMicros() / 1e3,
                    changes.backwards());
        }
    }

    private void reading() {
        page.line(
                "A new `TableReplica` reads all %,d entries of 1 KB, again and again. \"Longest command\" is Redis' own, from its `SLOWLOG`: what"
                        + " decides. A process of its own asks for a sign of life each millisecond over a plain socket, before that and meanwhile;"
                        + " what it sees has the delays of the shared cores in it.",
                measured.plan().entries());
        page.line();
        page.line(
                "| readings | ms for one | scripts above 0.1 ms | longest command, ms | sign of life alone, p50, p99, longest, ms | the same while reading |");
        page.line("|---:|---:|---:|---:|---:|---:|");
        for (Round round : measured.rounds()) {
            StoreReading reading = round.reading();
            page.line(
                    "| %d | %,.0f | %,d | %.2f | %s | %s |",
                    reading.readings(),
                    reading.readMillis(),
                    reading.pieces(),
                    reading.longestMillis(),
                    pings(reading.idle()),
                    pings(reading.reading()));
        }
    }

    private static String pings(StoreReading.Pings pings) {
        return Page.text("%.2f, %.2f, %.2f", pings.p50Millis(), pings.p99Millis(), pings.longestMillis());
    }

    private void renewals() {
        page.line(
                "10,000 entries with leases of 15 s, over one connection, the calls at an even pace; one core is 100 %%. `floor_ping` is as many `PING`s of Lettuce alone. Redis by its"
                        + " `INFO cpu`, the process that renews by its system, the script by `INFO commandstats`.");
        page.line();
        page.line("| calls | in a call | a second | Redis | the process | in the script, µs a call |");
        page.line("|---|---:|---:|---:|---:|---:|");
        for (Round round : measured.rounds()) {
            for (StoreRenewals renewals : round.renewals()) {
                page.line(
                        "| %s | %d | %,.0f | %.1f %% | %.1f %% | %s |",
                        renewals.benchmark(),
                        renewals.atOnce(),
                        renewals.perSecond(),
                        100 * renewals.redisCores(),
                        100 * renewals.processCores(),
                        renewals.benchmark().startsWith("floor") ? "" : Page.text("%.1f", renewals.scriptMicros()));
            }
        }
    }

    private void reads() {
        page.line("JMH; ± is its 99.9 %% interval.");
        page.line();
        page.line("| read | entries | ns | B |");
        page.line("|---|---:|---:|---:|");
        for (RunResult read : reads) {
            page.line(
                    "| %s | %s | %.1f ± %.1f | %.1f |",
                    name(read).replaceFirst(",.*", ""),
                    read.getParams().getParam("entries"),
                    read.getPrimaryResult().getScore(),
                    read.getPrimaryResult().getScoreError(),
                    bytes(read));
        }
    }

    private static String name(RunResult read) {
        String benchmark = read.getParams().getBenchmark();
        return Page.text(
                "%s, %s entries",
                benchmark.substring(benchmark.lastIndexOf('.') + 1),
                read.getParams().getParam("entries"));
    }

    private static double bytes(RunResult read) {
        return Objects.requireNonNull(read.getSecondaryResults().get("gc.alloc.rate.norm"))
                .getScore();
    }

    private List<Double> p99Millis(String name, Function<Round, List<StoreLoad>> loads) {
        return of(name, loads, load -> load.p99Micros() / 1e3);
    }

    private List<Double> of(String name, Function<Round, List<StoreLoad>> loads, ToDoubleFunction<StoreLoad> value) {
        return all(round -> loads.apply(round).stream()
                .filter(load -> load.benchmark().equals(name))
                .mapToDouble(value)
                .sum());
    }

    private List<Double> all(Function<Round, Double> value) {
        return measured.rounds().stream().map(value).toList();
    }

    private static double mean(List<Double> rounds) {
        return rounds.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    private static String spread(List<Double> rounds) {
        if (rounds.size() == 1) {
            return figure(rounds.get(0));
        }
        List<Double> sorted = rounds.stream().sorted().toList();
        return Page.text(
                "%s [%s, %s]", figure(mean(rounds)), figure(sorted.get(0)), figure(sorted.get(sorted.size() - 1)));
    }

    private static String figure(double value) {
        return value < 100 ? Page.text("%.2f", value) : Page.text("%,.0f", value);
    }
}
