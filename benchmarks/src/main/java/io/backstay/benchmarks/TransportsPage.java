package io.backstay.benchmarks;

import io.backstay.benchmarks.Transports.Fork;
import io.backstay.benchmarks.Transports.Pair;
import io.backstay.benchmarks.Transports.Plan;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Makes the page about what a call over a transport costs: asked, measured, met or missed by how much. */
final class TransportsPage {

    private static final double RATIO_ASKED = 1.03;

    private final Transports measured;
    private final Page page = new Page();

    TransportsPage(Transports measured) {
        this.measured = measured;
    }

    String text() {
        page.line("# What a call over a transport costs");
        page.line();
        page.line("Made by `./bench.sh transports` from what stands in `transports.json`; not to be edited.");
        page.line();
        run();
        page.line();
        how();
        page.line();
        asked();
        for (String transport : transports()) {
            page.line();
            table(transport);
        }
        return page.text();
    }

    private List<String> transports() {
        return measured.pairs().stream().map(Pair::transport).distinct().toList();
    }

    private void run() {
        Machine machine = measured.machine();
        Plan plan = measured.plan();
        page.line(
                "%s, %s, %d cores, %s. %d JVMs for each transport; %d s for each of them, which all kinds of call share.",
                measured.date(), machine.jdk(), machine.cores(), machine.os(), plan.forks(), plan.forkSeconds());
        if (!plan.equals(Plan.MEASUREMENT)) {
            page.line();
            page.line("**A quick run to try the benchmark, not a measurement.**");
        }
    }

    private void how() {
        page.line(
                "Backstay with its standard policy against the bare client below the transport, over loopback. Either way the"
                        + " result is a `byte[]` of the caller's own. A GET is answered with the body; a POST sends it and is"
                        + " answered with 100 B. Blocks of about %,d ms follow one another as A B B A, all of as many calls; \"added\""
                        + " is to the bare client's time: in each JVM there are up to five rounds, each with new clients,"
                        + " threads and connections; the geometric mean of the rounds' ratios, its 95 %% interval, and in brackets the means of the single JVMs that lie furthest apart. p50 and p99 are of"
                        + " single calls. \"B a call\" is what all threads of the JVM allocated.",
                measured.plan().blockMillis());
        page.line();
        page.line(
                "Callers, clients and server share the %d cores. The server is a thread for each connection that allocates"
                        + " nothing, parses nothing and hands the kernel octets from outside the heap; but with 64 callers, and with"
                        + " 1 MB, the cores are full, and the kernel's copying is part of every number. So there \"added\" says what share"
                        + " Backstay has of all work, that of the server included, and no number is the most that a client could do. The"
                        + " server acknowledges at once what comes of a body: else OkHttp, which leaves Nagle's algorithm on, would wait"
                        + " some 40 ms for most POSTs of more than 8 KB, bare or not.",
                measured.machine().cores());
    }

    private void asked() {
        page.line(
                "Calls that failed and were made again, within their time: Backstay %,d of %,d, bare %,d of %,d.",
                sum(Pair::backstay, Side::failures),
                sum(Pair::backstay, Side::calls),
                sum(Pair::floor, Side::failures),
                sum(Pair::floor, Side::calls));
        page.line();
        page.line(
                "| asked: at most %s added | met | met, but the interval holds the limit | missed, but it holds it | missed |",
                Page.percent(RATIO_ASKED));
        page.line("|---|---:|---:|---:|---:|");
        for (String transport : transports()) {
            List<Ratio> ratios = of(transport).stream().map(Pair::ratio).toList();
            page.line(
                    "| %s, of %d kinds of call | %d | %d | %d | %d |",
                    transport,
                    ratios.size(),
                    ratios.stream().filter(ratio -> ratio.high() <= RATIO_ASKED).count(),
                    ratios.stream()
                            .filter(ratio -> ratio.mean() <= RATIO_ASKED && ratio.high() > RATIO_ASKED)
                            .count(),
                    ratios.stream()
                            .filter(ratio -> ratio.mean() > RATIO_ASKED && ratio.low() <= RATIO_ASKED)
                            .count(),
                    ratios.stream().filter(ratio -> ratio.low() > RATIO_ASKED).count());
        }
    }

    private void table(String transport) {
        page.line("## %s", transport);
        page.line();
        page.line(
                "| call | callers | calls a second, Backstay / bare | p50, µs | p99, µs | B a call | added | asked: %s |",
                Page.percent(RATIO_ASKED));
        page.line("|---|---:|---:|---:|---:|---:|---|---|");
        for (Pair pair : of(transport)) {
            Side ours = pair.backstay();
            Side bare = pair.floor();
            page.line(
                    "| %s | %d | %,.0f / %,.0f | %,.0f / %,.0f | %,.0f / %,.0f | %s / %s | %s [%s] | %s |",
                    call(pair.kind()),
                    pair.kind().callers(),
                    ours.callsPerSecond(),
                    bare.callsPerSecond(),
                    ours.p50Micros(),
                    bare.p50Micros(),
                    ours.p99Micros(),
                    bare.p99Micros(),
                    bytes(ours),
                    bytes(bare),
                    Page.interval(pair.ratio()),
                    spread(pair.forks()),
                    Page.verdict(pair.ratio(), RATIO_ASKED));
        }
    }

    private long sum(Function<Pair, Side> side, ToLongFunction<Side> value) {
        return measured.pairs().stream().map(side).mapToLong(value).sum();
    }

    private List<Pair> of(String transport) {
        return measured.pairs().stream()
                .filter(pair -> pair.transport().equals(transport))
                .toList();
    }

    private static String call(CallKind kind) {
        return Page.text("%s %,d B, %s", kind.method(), kind.bodyBytes(), kind.way());
    }

    private static String bytes(Side side) {
        return Double.isNaN(side.bytesPerCall()) ? "unknown" : Page.text("%,.0f", side.bytesPerCall());
    }

    private static String spread(List<Fork> forks) {
        double[] means =
                forks.stream().mapToDouble(fork -> fork.ratio().mean()).sorted().toArray();
        return Page.percent(means[0]) + ", " + Page.percent(means[means.length - 1]);
    }
}
