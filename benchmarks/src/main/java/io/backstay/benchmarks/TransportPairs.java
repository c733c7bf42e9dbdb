package io.backstay.benchmarks;

import io.backstay.Backstay;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * One JVM's comparison of Backstay over one transport with the bare client of that transport, over loopback, for each
 * {@link CallKind}: blocks in {@link Quadruple}s, each block of as many calls.
 *
 * <p>Each kind has several rounds, with new clients, threads and connections on both sides: on which core they come to lie makes up
 * to half of a short call's time and stays as it is, so that the rounds, not the quadruples, are independent of one another.
 *
 * <p>The time is bounded as a whole: each kind has its share of what is left, each round its share of that, and a kind whose
 * calls are slow has fewer rounds, never less than two.
 */
final class TransportPairs {

    private static final int FEWEST_CALLS_OF_A_CALLER = 2;
    private static final int MOST_ROUNDS = 5;
    private static final int FEWEST_ROUNDS = 2;

    /** Of the whole time: has the JVM compile what all kinds run. */
    private static final double PART_OF_FIRST_WARM_UP = 0.06;

    /** Of a round's time. */
    private static final double PART_OF_WARM_UP = 0.25;

    private final String transport;
    private final long blockNanos;
    private final long endNanos;

    private TransportPairs(String transport, long blockNanos, long endNanos) {
        this.transport = transport;
        this.blockNanos = blockNanos;
        this.endNanos = endNanos;
    }

    /**
     * What one JVM measured for one kind of call.
     *
     * @param ratios one of each round, Backstay's time over the bare client's
     */
    record Measured(CallKind kind, Side backstay, Side floor, List<Double> ratios) {}

    /**
     * Takes the transport's name, the milliseconds of a block and the milliseconds for all; prints a list of {@link Measured} as
     * JSON.
     */
    public static void main(String[] args) throws Exception {
        long all = nanos(args[2]);
        TransportPairs pairs = new TransportPairs(args[0], nanos(args[1]), System.nanoTime() + all);
        List<CallKind> first = CallKind.warmUps();
        for (CallKind kind : first) {
            pairs.measure(kind, (long) (all * PART_OF_FIRST_WARM_UP / first.size()));
        }
        System.out.println(JsonMapper.shared().writeValueAsString(pairs.measure(CallKind.all())));
        System.exit(0);
    }

    private static long nanos(String millis) {
        return Duration.ofMillis(Long.parseLong(millis)).toNanos();
    }

    private List<Measured> measure(List<CallKind> kinds) throws Exception {
        List<Measured> all = new ArrayList<>();
        for (int i = 0; i < kinds.size(); i++) {
            // A client of JDK 17 ends once it is collected; until then its thread wakes up now and then.
            System.gc();
            all.add(measure(kinds.get(i), (endNanos - System.nanoTime()) / (kinds.size() - i)));
        }
        return all;
    }

    private Measured measure(CallKind kind, long nanos) throws Exception {
        Side.Recorder backstay = recorder("backstay", kind);
        Side.Recorder floor = recorder("floor", kind);
        List<Double> ratios = new ArrayList<>();
        long end = System.nanoTime() + nanos;
        for (int left = MOST_ROUNDS; left > 0; left--) {
            long share = (end - System.nanoTime()) / left;
            if (share > 0 || ratios.size() < FEWEST_ROUNDS) {
                ratios.add(round(kind, backstay, floor, share));
            }
        }
        return new Measured(kind, backstay.side(), floor.side(), ratios);
    }

    private double round(CallKind kind, Side.Recorder ours, Side.Recorder floor, long nanos) throws Exception {
        byte[] body = kind.body();
        long start = System.nanoTime();
        try (LeanServer server = new LeanServer(kind.requestBytes(), kind.answerBytes());
                ByteExchange bare = bare(server.address(), body);
                Callers callers = new Callers(kind.callers(), kind.async());
                Backstay root = Backstay.builder()
                        .setting("backstay.transport", transport)
                        .endpoint("user-service", server.address())
                        .build()) {
            ByteExchange backstay = new BackstayExchange(root.client("user-service"), body);
            Side.Recorder forgotten = recorder("warm_up", kind);
            int calls = warmUp(
                    kind,
                    now -> forgotten.run(backstay, callers, now),
                    now -> forgotten.run(bare, callers, now),
                    start + (long) (nanos * PART_OF_WARM_UP));
            return measure(
                    () -> ours.run(backstay, callers, calls), () -> floor.run(bare, callers, calls), start + nanos);
        }
    }

    private Side.Recorder recorder(String system, CallKind kind) {
        String benchmark = String.join("_", system, transport, kind.method().toLowerCase(Locale.ROOT), kind.way());
        return new Side.Recorder(benchmark, kind.answerBytes());
    }

    private ByteExchange bare(URI address, byte @Nullable [] body) {
        return switch (transport) {
            case "jdk" -> new JdkExchange(BareClients.jdk(), address, body);
            case "okhttp" -> new OkHttpExchange(BareClients.okHttp(), address, body);
            default -> throw new IllegalArgumentException("no bare client is known below the transport " + transport);
        };
    }

    /** A block of so many calls; says how many nanoseconds it took. */
    @FunctionalInterface
    private interface Calls {
        long run(int number) throws Exception;
    }

    /** Says how many calls the bare client makes in a block's time. */
    private int warmUp(CallKind kind, Calls backstay, Calls bare, long until) throws Exception {
        int fewest = FEWEST_CALLS_OF_A_CALLER * kind.callers();
        int calls = kind.callers();
        do {
            int now = calls;
            Quadruple quadruple = Quadruple.of(() -> backstay.run(now), () -> bare.run(now));
            long fitting = 2L * now * blockNanos / quadruple.bareNanos();
            calls = (int) Math.max(fewest, Math.min(fitting, 4L * now));
        } while (System.nanoTime() < until);
        return calls;
    }

    private static double measure(Quadruple.Block backstay, Quadruple.Block bare, long until) throws Exception {
        long backstayNanos = 0;
        long bareNanos = 0;
        do {
            Quadruple quadruple = Quadruple.of(backstay, bare);
            backstayNanos += quadruple.backstayNanos();
            bareNanos += quadruple.bareNanos();
        } while (System.nanoTime() < until);
        return (double) backstayNanos / bareNanos;
    }
}
