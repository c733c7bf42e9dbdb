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
 */
final class TransportPairs {

    private static final int FEWEST_CALLS_OF_A_CALLER = 2;
    private static final int ROUNDS = 5;
    private static final int FIRST_WARM_UP_TIMES = 4;

    private final String transport;
    private final long blockNanos;
    private final long warmUpNanos;
    private final long measureNanos;

    private TransportPairs(String transport, long blockNanos, long warmUpNanos, long measureNanos) {
        this.transport = transport;
        this.blockNanos = blockNanos;
        this.warmUpNanos = warmUpNanos;
        this.measureNanos = measureNanos;
    }

    /**
     * What one JVM measured for one kind of call.
     *
     * @param ratios one of each round, Backstay's time over the bare client's
     */
    record Measured(CallKind kind, Side backstay, Side floor, List<Double> ratios) {}

    /**
     * Takes the transport's name and the milliseconds of a block, of warming up a kind of call and of measuring it; prints a list
     * of {@link Measured} as JSON.
     */
    public static void main(String[] args) throws Exception {
        TransportPairs pairs = new TransportPairs(args[0], nanos(args[1]), nanos(args[2]), nanos(args[3]));
        for (CallKind kind : CallKind.warmUps()) {
            pairs.measure(kind, FIRST_WARM_UP_TIMES * pairs.warmUpNanos, 0);
        }
        List<Measured> all = new ArrayList<>();
        for (CallKind kind : CallKind.all()) {
            all.add(pairs.measure(kind, pairs.warmUpNanos, pairs.measureNanos));
        }
        System.out.println(JsonMapper.shared().writeValueAsString(all));
        System.exit(0);
    }

    private static long nanos(String millis) {
        return Duration.ofMillis(Long.parseLong(millis)).toNanos();
    }

    private Measured measure(CallKind kind, long warmUp, long measure) throws Exception {
        Side.Recorder backstay = recorder("backstay", kind);
        Side.Recorder floor = recorder("floor", kind);
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            ratios.add(round(kind, backstay, floor, warmUp / ROUNDS, measure / ROUNDS));
        }
        return new Measured(kind, backstay.side(), floor.side(), ratios);
    }

    private double round(CallKind kind, Side.Recorder ours, Side.Recorder floor, long warmUp, long measure)
            throws Exception {
        byte[] body = kind.body();
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
                    warmUp);
            return measure(() -> ours.run(backstay, callers, calls), () -> floor.run(bare, callers, calls), measure);
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
    private int warmUp(CallKind kind, Calls backstay, Calls bare, long nanos) throws Exception {
        int fewest = FEWEST_CALLS_OF_A_CALLER * kind.callers();
        int calls = fewest;
        long start = System.nanoTime();
        do {
            int now = calls;
            Quadruple quadruple = Quadruple.of(() -> backstay.run(now), () -> bare.run(now));
            long fitting = 2L * now * blockNanos / quadruple.bareNanos();
            calls = (int) Math.max(fewest, Math.min(fitting, 4L * now));
        } while (System.nanoTime() - start < nanos);
        return calls;
    }

    private static double measure(Quadruple.Block backstay, Quadruple.Block bare, long nanos) throws Exception {
        long backstayNanos = 0;
        long bareNanos = 0;
        long start = System.nanoTime();
        do {
            Quadruple quadruple = Quadruple.of(backstay, bare);
            backstayNanos += quadruple.backstayNanos();
            bareNanos += quadruple.bareNanos();
        } while (System.nanoTime() - start < nanos);
        return (double) backstayNanos / bareNanos;
    }
}
